package asterisktest

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAudioAddr(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ sdp, want string }{
		"is read from our own description": {string(describe(netip.MustParseAddrPort("127.0.0.1:4000"))), "127.0.0.1:4000"},
		"of the media goes before that of the session": {
			"v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP4 127.0.0.2\r\n", "127.0.0.2:4000",
		},
		"needs a connection line":           {"v=0\r\nm=audio 4000 RTP/AVP 0\r\n", ""},
		"is absent when audio was refused":  {"c=IN IP4 127.0.0.1\r\nm=audio 0 RTP/AVP 0\r\n", ""},
		"is absent when there is only text": {"hello", ""},
		"needs a port that is a number":     {"c=IN IP4 127.0.0.1\r\nm=audio many RTP/AVP 0\r\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr, err := audioAddr([]byte(test.sdp))
			if test.want == "" {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.want, addr.String())
		})
	}
}
