package asterisk

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/resource"
)

func TestPatternsMatchTheNumbersAndNoOthers(t *testing.T) {
	t.Parallel()
	run := func(from, to int) (numbers []safe) {
		for n := from; n <= to; n++ {
			numbers = append(numbers, safe(fmt.Sprint(n)))
		}
		return numbers
	}
	for name, tc := range map[string]struct{ numbers, want []safe }{
		"none":               {},
		"one":                {[]safe{"1001"}, []safe{"1001"}},
		"fifty":              {run(1000, 1049), []safe{"10[0-4]X"}},
		"a hundred":          {run(100, 199), []safe{"1XX"}},
		"one is left out":    {append(run(10, 14), run(16, 19)...), []safe{"1[0-4]", "1[6-9]"}},
		"several lengths":    {[]safe{"20", "201", "2011"}, []safe{"20", "201", "2011"}},
		"a zero in front":    {[]safe{"01", "02", "1"}, []safe{"1", "0[1-2]"}},
		"an uneven boundary": {run(98, 101), []safe{"10[0-1]", "9[8-9]"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := patternsOf(tc.numbers)
			require.ElementsMatch(t, tc.want, got)
			wanted := map[string]int{}
			for _, n := range tc.numbers {
				wanted[string(n)] = 1
			}
			for _, n := range append(append(run(0, 2100), "01", "02", "03", "001"), tc.numbers...) {
				matches := 0
				for _, p := range got {
					if resource.MatchPattern(string(p), string(n)) {
						matches++
					}
				}
				require.Equal(t, wanted[string(n)], matches, n)
			}
		})
	}
}
