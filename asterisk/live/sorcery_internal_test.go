package live

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/resource"
)

func TestASectionIsReadBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	s := asterisk.Section{Name: "alpha-1", Kind: asterisk.KindIdentify, Lines: []asterisk.Line{
		{Key: "z", Value: `"Zoë" <1> \ ; {}`}, {Key: "match", Value: "sip.example.com"}, {Key: "a", Value: ""},
	}}
	for _, addresses := range []string{"", "192.0.2.1,192.0.2.2"} {
		text, err := encode(s, addresses)
		require.NoError(t, err)
		require.Contains(t, text, addresses)
		require.NotContains(t, text, "\n")
		require.Equal(t, s, decode(s.Kind, s.Name, text))
	}
}

func TestCodecsNeedNoOrderOfSettings(t *testing.T) {
	t.Parallel()
	written := sorcerySections([]asterisk.Section{{Name: "x", Kind: "endpoint", Lines: []asterisk.Line{
		{Key: "type", Value: "endpoint"}, {Key: "disallow", Value: "all"}, {Key: "allow", Value: "ulaw,alaw"},
	}}})
	text, err := encode(written[0], "")
	require.NoError(t, err)
	require.JSONEq(t, `{"allow":"!all,ulaw,alaw"}`, text)
}

func TestWhatTheDatabaseCannotHoldIsRejected(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string][]asterisk.Line{
		"a setting that is there twice": {{Key: "set_var", Value: "A=1"}, {Key: "set_var", Value: "B=2"}},
		"too much for one line of AMI":  {{Key: "contact", Value: strings.Repeat("x", 1010)}},
	} {
		_, err := encode(asterisk.Section{Name: "x", Kind: "endpoint", Lines: lines}, "")
		var rejected *resource.RejectedError
		require.ErrorAs(t, err, &rejected, name)
	}
}

func TestWhatIsNoFlatObjectIsLikeNoSection(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "nonsense", "[]", `{"a":1}`, `{"a":{"b":"c"}}`, `{"a":"b"`} {
		require.Empty(t, decode("aor", "x", text).Lines, text)
	}
}

func TestTheFastWayToReadAnObjectIsTheSameAsTheSlowOne(t *testing.T) {
	t.Parallel()
	own := 0
	for _, text := range []string{
		"{}", `{"a":"b"}`, `{"a":"b","c":""}`, `{"a":"b","a":"c"}`, `{"a":"\"Zo\u00eb\" <1> \\"}`, `{"a":"x\\","b":"\\\""}`, `{"ä":"ö"}`,
		"", "{", "}", `{"a"}`, `{"a":}`, `{"a":"b",}`, `{,"a":"b"}`, `{"a":"b"`, `{"a":"b"} `, `{"a":"b"}}`, `{"a":"b"}x`, `{"a":1}`,
		`{"a":"b" }`, `{ "a":"b"}`, `{"a":"\q"}`, "{\"a\":\"\n\"}", "{\"a\":\"\xff\"}", `{"a":"b""c":"d"}`,
	} {
		fast, ok := decodeOwn(text)
		if !ok {
			continue
		}
		own++
		slow, err := decodeAny(text)
		require.NoError(t, err, text)
		require.Equal(t, slow, fast, text)
	}
	require.Equal(t, 7, own)
}

func TestTheSharedDialplanIsReadAsAsteriskReadsIt(t *testing.T) {
	t.Parallel()
	sections, err := baseSections(asterisk.BaseOptions{Dir: "/"})
	require.NoError(t, err)
	require.Equal(t, "orgpbx-inbound", sections[0].Name)
	require.Equal(t, asterisk.Line{Key: "exten", Value: "_[+0-9A-Za-z].,1,GotoIf($[${DIALPLAN_EXISTS(orgpbx-dids-${FILTER(0-9,${EXTEN}):-3},${FILTER(0-9,${EXTEN})},1)}]" +
		"?orgpbx-dids-${FILTER(0-9,${EXTEN}):-3},${FILTER(0-9,${EXTEN})},1:s,1)", Arrow: true}, sections[0].Lines[0])
	require.NoError(t, checkSendable(sections))
	for _, s := range sections {
		for _, l := range s.Lines {
			require.NotContains(t, l.Value, `\;`, "it is written with its backslash again")
		}
	}
}
