package ami

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/staskobzar/goami2"
	"github.com/stretchr/testify/require"
)

func TestParsePacketKeepsEveryLine(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		packet string
		want   []Field
	}{
		"ordinary": {
			"Event: Hangup\r\nUniqueid: 1.2\r\n\r\n",
			[]Field{{"Event", "Hangup"}, {"Uniqueid", "1.2"}},
		},
		"empty values": {
			"Event: Hangup\r\nA1: \r\nB2:\r\n\r\n",
			[]Field{{"Event", "Hangup"}, {"A1", ""}, {"B2", ""}},
		},
		"repeated keys and colons in values": {
			"Event: X\r\nVar: a=1\r\nVar: b: c\r\n\r\n",
			[]Field{{"Event", "X"}, {"Var", "a=1"}, {"Var", "b: c"}},
		},
		"a key with an underscore": {
			"Event: UserEvent\r\nmy_key: v\r\n\r\n",
			[]Field{{"Event", "UserEvent"}, {"my_key", "v"}},
		},
		"a key of one letter": {
			"Event: UserEvent\r\nx: v\r\n\r\n",
			[]Field{{"Event", "UserEvent"}, {"x", "v"}},
		},
		"a lone line feed in a value": {
			"Response: Error\r\nMessage: No AORs found\n\r\n\r\n",
			[]Field{{"Response", "Error"}, {"Message", "No AORs found\n"}},
		},
		"an indented value": {
			"Response: Success\r\nOutput:   a  b \r\n\r\n",
			[]Field{{"Response", "Success"}, {"Output", "  a  b "}},
		},
		"a line without a colon": {
			"Event: X\r\njust text\r\n\r\n",
			[]Field{{"Event", "X"}, {"", "just text"}},
		},
		"bytes that are no UTF-8": {
			"Event: X\r\nName: \xff\xfe\r\n\r\n",
			[]Field{{"Event", "X"}, {"Name", "\xff\xfe"}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, parsePacket(test.packet).Fields())
		})
	}
}

func TestMessageLookup(t *testing.T) {
	t.Parallel()
	m := parsePacket("Response: Success\r\nActionID: 7\r\nOutput: a\r\nOUTPUT: b\r\n\r\n")
	require.Equal(t, "a", m.Get("output"))
	require.Equal(t, []string{"a", "b"}, m.Values("Output"))
	require.Equal(t, "7", m.ActionID())
	require.Empty(t, m.Get("Absent"))
	require.Empty(t, m.Values("Absent"))
	require.Empty(t, Message{}.Get("Response"))
	require.Empty(t, Message{}.Fields())
}

func TestPacketsAreCutAtEmptyLinesHoweverTheyArrive(t *testing.T) {
	t.Parallel()
	const stream = "Asterisk Call Manager/11.0.0\r\n" +
		"Response: Error\r\nMessage: with a stray end\r\n\r\n" + "\r\n\n" +
		"Response: Error\r\nMessage: with a stray feed\n\r\n\r\n" +
		"Event: X\r\nText: one\r\rtwo\nthree\n\nfour\r\n\r\n" +
		"Event: cut o"
	arrivals := map[string]func(io.Reader) io.Reader{
		"at once":      func(r io.Reader) io.Reader { return r },
		"byte by byte": iotest.OneByteReader,
		"in halves":    iotest.HalfReader,
		"with the end": iotest.DataErrReader,
	}
	for name, arrive := range arrivals {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := newPacketReader(arrive(strings.NewReader(stream)), maxPacket)
			require.NoError(t, in.banner())
			for _, want := range []string{
				"Response: Error\r\nMessage: with a stray end\r\n\r\n",
				"Response: Error\r\nMessage: with a stray feed\n\r\n\r\n",
				"Event: X\r\nText: one\r\rtwo\nthree\n\nfour\r\n\r\n",
			} {
				packet, err := in.next()
				require.NoError(t, err)
				require.Equal(t, want, packet)
			}
			_, err := in.next()
			require.ErrorIs(t, err, io.EOF)
		})
	}
}

// endless is a peer that sends one line that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestAPacketWithoutEndIsRefused(t *testing.T) {
	t.Parallel()
	_, err := newPacketReader(endless{}, 1<<20).next()
	require.ErrorContains(t, err, "larger than")
	require.ErrorContains(t, newPacketReader(endless{}, 1<<20).banner(), "greeting")
}

func FuzzActionIsRefusedOrBecomesExactlyOnePacket(f *testing.F) {
	f.Add("Ping", "Key", "Value", "Key", "Again")
	f.Add("DBPut", "Val", `{"auth_type":"md5"}`, "Empty", "")
	f.Add("Originate", "Variable", "a=1\r\nAction: Logoff", "x", "y")
	f.Add("Originate", "Variable\n", "a", "ActionID", "y")
	f.Add("X\r", "K:", " leading", "k", "\x00")
	f.Add("", "", "\r\n\r\n", "Action", "Logoff")
	f.Fuzz(func(t *testing.T, name, key1, value1, key2, value2 string) {
		a := Action{Name: name, Fields: []Field{{key1, value1}, {key2, value2}}}
		if a.validate() != nil {
			return
		}
		packet := a.encode("id-1")
		body, found := bytes.CutSuffix(packet, []byte("\r\n\r\n"))
		require.True(t, found)
		// Asterisk ends a line at a line feed, with or without carriage return.
		lines := strings.Split(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n")
		require.Equal(t, []string{
			"Action: " + name, "ActionID: id-1", key1 + ": " + value1, key2 + ": " + value2,
		}, lines)
		for i, f := range a.Fields {
			key, value, _ := strings.Cut(lines[i+2], ": ")
			require.Equal(t, Field{key, value}, f)
		}
		require.Equal(t, a.Fields, splitPacket(string(packet)).Fields()[2:])
	})
}

func FuzzPacketIsParsedAsGoami2DoesOrMoreFaithfully(f *testing.F) {
	f.Add("Event: Hangup\r\nUniqueid: 1.2\r\n\r\n")
	f.Add("Response: Success\r\nOutput:   indented\r\nmy_key: v\r\n\r\n")
	f.Add("Response: Error\r\nMessage: x\n\r\n\r\n")
	f.Add("\r\r\n\r\n")
	f.Add(":\r\n\r\n")
	f.Fuzz(func(t *testing.T, stream string) {
		packet, err := newPacketReader(strings.NewReader(stream), maxPacket).next()
		if err != nil {
			return
		}
		fields := parsePacket(packet).Fields()
		lines := strings.Split(strings.TrimSuffix(packet, packetEnd), "\r\n")
		require.Len(t, fields, len(lines))
		for i, field := range fields {
			require.Contains(t, lines[i], field.Key)
			require.True(t, strings.HasSuffix(lines[i], field.Value))
		}
		if theirs, err := goami2.Parse(packet); err == nil {
			for i, h := range theirs.Headers() {
				require.Equal(t, h.Name, fields[i].Key)
				require.Equal(t, h.Value, strings.TrimLeft(fields[i].Value, " "))
			}
		}
	})
}
