package asterisk_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
)

func TestWriterEscapesValues(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ value, written string }{
		"plain text stays":                        {"two words", "two words"},
		"a semicolon is escaped":                  {"a;b", `a\;b`},
		"a semicolon behind backslashes too":      {`a\\;b`, `a\\\;b`},
		"a block comment does not open":           {";-- x", `\;-- x`},
		"a line end becomes a space":              {"a\r\n[b]", "a  [b]"},
		"so do the line ends of Unicode":          {"a\u2028b\u0085c", "a b c"},
		"and a byte that is no character":         {"a\xffb", "a b"},
		"spaces at the ends go":                   {" a ", "a"},
		"an arrow at the start stays in the text": {"> a", "> a"},
		"nothing is nothing":                      {"", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := asterisk.File{Sections: []asterisk.Section{{Name: "s", Kind: "auth", Lines: []asterisk.Line{{Key: "k", Value: test.value}}}}}
			lines := strings.Split(string(f.Bytes()), "\n")
			require.Equal(t, strings.TrimRight("k = "+test.written, " "), lines[len(lines)-2])
		})
	}
}

func TestWriterCutsALineThatAsteriskWouldDrop(t *testing.T) {
	t.Parallel()
	for _, value := range []string{strings.Repeat("a", 9000), strings.Repeat(";", 9000), strings.Repeat("é", 9000)} {
		f := asterisk.File{Sections: []asterisk.Section{{Name: "s", Kind: "auth", Lines: []asterisk.Line{{Key: "k", Value: value}}}}}
		sections, err := readAsAsterisk(f.Bytes())
		require.NoError(t, err)
		got := sections[0].lines[0].value
		require.Greater(t, len(got), 4000)
		require.True(t, strings.HasPrefix(value, got), "a beginning")
	}
}

func TestParseFileRefusesWhatWasNotGenerated(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ text, says string }{
		"a section with options":       {"; auth\n[a](+)\n", "pjsip.conf line 2: not a section that was generated"},
		"a line without a sign":        {"; auth\n[a]\nhello\n", "pjsip.conf line 3: not a setting that was generated"},
		"a directive":                  {"#include x\n", "pjsip.conf line 1: not a setting that was generated"},
		"a setting before the section": {"a = secret\n", "pjsip.conf line 1: a setting outside of every section"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := asterisk.ParseFile("pjsip", []byte(test.text))
			require.EqualError(t, err, test.says)
		})
	}
}
