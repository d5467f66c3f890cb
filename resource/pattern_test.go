package resource_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/orgpbx/orgpbx/resource"
)

func TestPatternsAsteriskCanParse(t *testing.T) {
	t.Parallel()
	for _, p := range []string{
		"911", "_911", "_9X.", "NXXNXXXXXX", "+49X!", "0[1-57]X.", "[12][0-9]", "*99X", "#", "00ZX.", "xz[*#]n",
	} {
		require.True(t, resource.CheckPattern(p), p)
	}
	for _, p := range []string{
		"", "_", ".", "_.", "!", "_!", "9.X", "9..", "[", "[]", "]", "[1", "1]", "[9-1]", "[a-z]", "[X]", "[1-]", "[-1]",
		"9 X", "9X.,1", "9X.\n", "${EXTEN}", "s", "i", "h", "9;", "9=>1", "1234567890123456789012345678901234567890X",
	} {
		require.False(t, resource.CheckPattern(p), "%q", p)
	}
}

func TestAnAcceptedPatternHoldsNothingButPatternCharacters(t *testing.T) {
	t.Parallel()
	safe := regexp.MustCompile(`^_?[0-9*#+XZNxzn\[\]-]+[.!]?$`)
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.StringOf(rapid.SampledFrom([]rune("0159XZNxn.![]-*#+_ ,;\n$"))).Draw(t, "pattern")
		if resource.CheckPattern(p) {
			require.Regexp(t, safe, p)
		}
	})
}

func TestNumbersThatPatternsStandFor(t *testing.T) {
	t.Parallel()
	for pattern, numbers := range map[string]struct{ in, out []string }{
		"112":      {[]string{"112"}, []string{"", "11", "1123", "0112"}},
		"_1XX":     {[]string{"100", "112", "199"}, []string{"1", "1123", "1*2", "212"}},
		"ZN":       {[]string{"12", "99"}, []string{"02", "11", "1", "123"}},
		"9.":       {[]string{"91", "9112"}, []string{"9", "8", ""}},
		"9!":       {[]string{"9", "9112"}, []string{"8", ""}},
		"[1-37*]0": {[]string{"10", "30", "70", "*0"}, []string{"40", "60", "-0", "1", "100"}},
		"+49X!":    {[]string{"+491", "+4912"}, []string{"+49", "491"}},
		"1[":       {nil, []string{"1", "1["}},
	} {
		for _, number := range numbers.in {
			require.True(t, resource.MatchPattern(pattern, number), "%s is one of %s", number, pattern)
		}
		for _, number := range numbers.out {
			require.False(t, resource.MatchPattern(pattern, number), "%s is none of %s", number, pattern)
		}
	}
}

func TestPatternsOfOneNumber(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"112", "_112", "*31#", "+49"} {
		require.True(t, resource.IsNumber(pattern), pattern)
		require.True(t, resource.MatchPattern(pattern, strings.TrimPrefix(pattern, "_")), pattern)
	}
	for _, pattern := range []string{"1X", "11[2]", "112!", "112.", "", "_", "x"} {
		require.False(t, resource.IsNumber(pattern), pattern)
	}
}
