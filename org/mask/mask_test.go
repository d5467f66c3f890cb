package mask_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/mask"
)

func TestWhatStaysOfANumberDoesNotTellWhoseItIs(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"+14155550100":          "+141•••••00",
		"14155550100":           "141•••••00",
		"+919944421125":         "+919•••••25",
		"0014155550100":         "001•••••00",
		"+6591234567":           "+65•••••67",
		"4155550100":            "41•••••00",
		"030123456":             "0•••••56",
		"+30123456":             "+•••••56",
		"30123456":              "•••••56",
		"0123456":               "•••••",
		"1001":                  "•••••",
		"+":                     "•••••",
		"*72030123456":          "•••••",
		"ada@example.com":       "•••••",
		"１４１５５５５０１００":           "•••••",
		"+141•••••00":           "•••••",
		"":                      "",
		"anonymous":             "anonymous",
		"Anonymous":             "Anonymous",
		strings.Repeat("1", 20): "111•••••11",
	} {
		require.Equal(t, want, mask.Number(number), number)
	}
	require.Equal(t, "•••••", mask.Text("Ada Lovelace"))
	require.Equal(t, mask.Text("Ada Lovelace"), mask.Text("A"))
	require.Empty(t, mask.Text(""))
}

func TestATextRepeatsANumberInAnyForm(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"+14155550100", "he called from 555 01-00, at 4155550100", "(415) 555-0100", "5550100"} {
		require.True(t, mask.Repeats(text, "+14155550100"), text)
	}
	for _, text := range []string{"", "Case 12/2026", "550100", "+14155550101"} {
		require.False(t, mask.Repeats(text, "+14155550100"), text)
	}
	require.False(t, mask.Repeats("room 1001", "1001"))
	require.False(t, mask.Repeats("", ""))
}

// has are the numbers of an organisation, and what it was asked for.
type has struct {
	numbers []string
	asked   [][]string
}

func (h *has) OwnNumbers(_ context.Context, organizationID string, among []string) ([]string, error) {
	if organizationID != "mine" {
		return nil, errors.New("whose?")
	}
	h.asked = append(h.asked, among)
	return slices.DeleteFunc(slices.Clone(among), func(n string) bool { return !slices.Contains(h.numbers, n) }), nil
}

func TestOwnNumbersStayInEveryForm(t *testing.T) {
	t.Parallel()
	o := org.Organization{ID: "mine", Profile: org.Profile{EmergencyNumbers: []string{"112"}}}
	h := &has{numbers: []string{"+919944421125", "1001"}}
	seen := []string{
		"+919944421125", "919944421125", "00919944421125", "1001", "1002", "112", "911", "09944421125", "+449944421125", "", "x", "*97", "*721001",
	}
	own, err := mask.OwnOf(t.Context(), h, o, seen...)
	require.NoError(t, err)
	var kept []string
	for _, n := range seen {
		require.Equal(t, own.Has(n) || n == "", own.Number(n) == n, n)
		if own.Has(n) {
			kept = append(kept, n)
		}
	}
	require.Equal(t, []string{"+919944421125", "919944421125", "00919944421125", "1001", "112", "*97"}, kept)
	require.Equal(t, [][]string{{"+919944421125", "1001", "1002", "112", "911", "+449944421125"}}, h.asked[:1])

	none, err := mask.OwnOf(t.Context(), h, o, "", "anonymous")
	require.NoError(t, err)
	require.Empty(t, none)
	require.Len(t, h.asked, 1, "nothing to ask about")
	_, err = mask.OwnOf(t.Context(), h, org.Organization{ID: "theirs"}, "1001")
	require.Error(t, err)
}

func TestANumberIsLookedForInTheFormsThatItIsKnownBy(t *testing.T) {
	t.Parallel()
	for _, n := range []string{"+919944421125", "919944421125", "00919944421125"} {
		require.Equal(t, []string{"+919944421125", "00919944421125", "919944421125"}, mask.Forms(n))
	}
	require.Equal(t, []string{"1001"}, mask.Forms("1001"))
	require.Equal(t, []string{"*97"}, mask.Forms("*97"))
}
