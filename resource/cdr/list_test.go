package cdr_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

func TestAPageOfASearchStopsAfterSoManyCalls(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(*org.Profile) {}, cdr.Options{Look: 4})
	begin := f.options.Now()
	for n := range 10 {
		f.call(t, []cdr.Direction{cdr.In, cdr.Out}[n%2], fmt.Sprint(1000+n), "", "")
	}
	at := func(n int) time.Time { return begin.Add(time.Duration(n) * time.Second) } // call n, from 1 on
	callers := func(calls []cdr.Call) (all []string) {
		for _, c := range calls {
			all = append(all, c.Caller)
		}
		return all
	}
	for _, c := range []struct {
		name       string
		filter     cdr.Filter
		limit      int
		want       []string
		more       bool
		searchedTo time.Time
	}{
		{"no call is", cdr.Filter{Disposition: cdr.Busy}, 3, nil, true, at(7)},
		{"some are", cdr.Filter{Direction: cdr.Out}, 3, []string{"1009", "1007"}, true, at(7)},
		{"so many are", cdr.Filter{Direction: cdr.Out}, 2, []string{"1009", "1007"}, true, time.Time{}},
		{"more are", cdr.Filter{Direction: cdr.Out}, 1, []string{"1009"}, true, time.Time{}},
		{"all are", cdr.Filter{}, 3, []string{"1009", "1008", "1007"}, true, time.Time{}},
		{"by a part", cdr.Filter{Query: "100"}, 3, []string{"1009", "1008", "1007"}, true, time.Time{}},
		{"no more than so many are there", cdr.Filter{Query: "nobody", To: at(4)}, 3, nil, false, time.Time{}},
		{"all at once", cdr.Filter{Query: "100", To: at(4)}, 0, []string{"1002", "1001", "1000"}, false, time.Time{}},
	} {
		found, err := f.List(t.Context(), f.o, c.filter, org.Page{Limit: c.limit})
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, callers(found.Calls), c.name)
		require.Equal(t, c.more, found.Next != "", c.name)
		require.Equal(t, c.searchedTo, found.SearchedTo, c.name)
	}
}

// Whatever is searched, and however little a page looks at, to follow the pages shows
// what one page without a limit shows, masked or not.
func TestShortPagesShowWhatIsThere(t *testing.T) {
	t.Parallel()
	f := newMasked(t)
	open := f.o
	open.Compliance.PIIMasking = false
	ctx := t.Context()
	names := []string{"", "Ada Lovelace", "Grace Hopper"}
	for n := range 60 {
		d := cdr.Directions()[n%7%3]
		f.call(t, d, []string{patient, "1001", ownDID, "04155550100"}[n%5%4], names[n%11%3], []string{ownDID, "1001", "+442071838750"}[n%3])
	}
	rapid.Check(t, func(t *rapid.T) {
		filter := cdr.Filter{
			Direction:   rapid.SampledFrom(append(cdr.Directions(), "")).Draw(t, "direction"),
			Disposition: rapid.SampledFrom([]cdr.Disposition{"", cdr.Answered, cdr.Busy}).Draw(t, "disposition"),
			Recorded:    rapid.Bool().Draw(t, "recorded") && rapid.Bool().Draw(t, "really"),
		}
		o, queries := open, []string{"", "ada", "55", "4155550100", patient, ownDID, "1001", "nobody"}
		if rapid.Bool().Draw(t, "masked") {
			o, queries = f.o, []string{"", ownDID, "1001"}
		}
		filter.Query = rapid.SampledFrom(queries).Draw(t, "query")
		options := f.options
		options.Look = rapid.IntRange(1, 70).Draw(t, "look")
		service := cdr.New(f.db, options)
		want, err := service.List(ctx, o, filter, org.Page{})
		require.NoError(t, err)
		var got []cdr.Call
		for page := (org.Page{Limit: rapid.IntRange(1, 9).Draw(t, "limit")}); ; {
			found, err := service.List(ctx, o, filter, page)
			require.NoError(t, err)
			require.LessOrEqual(t, len(found.Calls), page.Limit)
			require.Equal(t, found.Next != "" && len(found.Calls) < page.Limit, !found.SearchedTo.IsZero())
			got = append(got, found.Calls...)
			if found.Next == "" {
				break
			}
			page.After = found.Next
		}
		require.Equal(t, append([]cdr.Call(nil), want.Calls...), got)
	})
}
