package subject

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestANumberIsFoundInEveryFormAndNoOtherIs(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		asked string
		same  []string
		other []string
	}{
		{
			"+14155550100",
			[]string{
				"+14155550100", "14155550100", "4155550100", "5550100", "0014155550100", "01114155550100", "914155550100", "94155550100",
				"901114155550100", "+1 (415) 555-0100", "Ada +14155550100", `"Ada" <+14155550100>`,
			},
			[]string{"+12125550100", "12125550100", "2125550100", "+4414155550100", "550100", "", "anonymous", "+141555501001"},
		},
		{
			"+4930123456",
			[]string{"4930123456", "030123456", "004930123456", "0030123456", "9030123456", "90004930123456", "30123456"},
			[]string{"+4940123456", "040123456", "123456", "+493012345"},
		},
		{"4155550100", []string{"+14155550100", "4155550100", "5550100"}, []string{"+12125550100", "2125550100"}},
		{"5550100", []string{"5550100", "+495550100"}, []string{"+14155550100"}},
		{"101", []string{"101", "Desk 101"}, []string{"1101", "+101101", "0101", "1"}},
		{"0000000", []string{"0000000", "000000000"}, []string{"1000000", ""}},
	} {
		n := newNumber(tc.asked)
		for _, written := range tc.same {
			require.True(t, n.in(written), "%s is %q", tc.asked, written)
		}
		for _, written := range tc.other {
			require.False(t, n.in(written), "%s is not %q", tc.asked, written)
		}
	}
}

func TestANumberIsFoundInJSON(t *testing.T) {
	t.Parallel()
	n := newNumber("+14155550100")
	require.True(t, n.inJSON([]byte(`{"a":[{"phone":"415 555 0100"}]}`)))
	for _, text := range []string{`{"id":"01998f3a-7c1e-7d2b-9a41-414155550100"}`, `{"n":14155550100}`, `null`, `{`, `"+12125550100"`} {
		require.False(t, n.inJSON([]byte(text)), text)
	}
}
