package resource_test

import (
	"regexp"
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
