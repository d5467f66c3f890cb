package confdir

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
)

func TestASettingIsComparedWithTheWayAsteriskShowsIt(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		key, written, shown string
		same                bool
	}{
		{"qualify_timeout", "10", "10.000000", true},
		{"qualify_timeout", "10", "10", true},
		{"qualify_timeout", "10", "1", false},
		{"qualify_timeout", "10", "3.000000", false},
		{"qualify_timeout", "10", "", false},
		{"qualify_frequency", "60", "60", true},
		{"callerid", `"One" <1001>`, "One <1001>", true},
		{"callerid", "<1001>", "1001", true},
		{"callerid", "<1001>", "1002", false},
		{"allow", "!all,ulaw,alaw", "(ulaw|alaw)", true},
		{"direct_media", "no", "false", true},
		{"context", "a-phones", "b-phones", false},
		{"match", "10.0.0.1", "10.0.0.1/255.255.255.255", true},
		{"match", "10.0.0.1", "10.0.0.2/255.255.255.255", false},
	} {
		shown := map[string]string{tc.key: tc.shown}
		require.Equal(t, tc.same, isShown(shown, asterisk.Line{Key: tc.key, Value: tc.written}), "%s %s", tc.key, tc.shown)
	}
	require.False(t, isShown(map[string]string{}, asterisk.Line{Key: "qualify_timeout", Value: "10"}))
}
