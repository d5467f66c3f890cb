package bunstore

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// openWithCalls is a store with 1000 calls of an organisation, from January to March of
// the year in which those of the benchmarks begin.
func openWithCalls(t *testing.T, dialect Dialect, connect connect, hooks ...bun.QueryHook) (*Store, org.Organization) {
	t.Helper()
	s := open(t, dialect, connect, hooks...)
	o := house(t, s)
	var records []cdr.Record
	for n := range 1000 {
		records = append(records, benchRecord([]org.Organization{o}, n, 10_000))
	}
	require.NoError(t, cdr.New(s, cdr.Options{}).Record(t.Context(), records))
	if dialect == Postgres { // which does so by itself, SQLite does not
		_, err := s.db.ExecContext(t.Context(), "ANALYZE")
		require.NoError(t, err)
	}
	return s, o
}

// plan is how the database reads what is selected.
func (s *Store) plan(t *testing.T, q *bun.SelectQuery) string {
	t.Helper()
	explain := map[Dialect]string{SQLite: "EXPLAIN QUERY PLAN ", Postgres: "EXPLAIN "}[s.dialect]
	var lines []map[string]any
	require.NoError(t, s.db.NewRaw(explain+q.String()).Scan(t.Context(), &lines))
	return fmt.Sprint(lines)
}

func TestCallsOfANumberAreFoundByAnIndex(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dialect Dialect, connect connect) {
		s, o := openWithCalls(t, dialect, connect)
		for _, side := range callSides {
			search := callSearch{store: s, organizationID: o.ID, page: org.Page{Limit: 51}}
			plan := s.plan(t, search.narrowed(search.from(new([]*callRow), callLookup{side, "0000500"}, "")))
			// Postgres names the index of a month by its columns.
			require.Contains(t, plan, map[Dialect]string{SQLite: "USING INDEX orgpbx_calls_" + strings.TrimPrefix(side, "c."), Postgres: "_right_"}[dialect])
			require.NotContains(t, plan, "Sort")
			require.NotContains(t, plan, "TEMP B-TREE")
		}
	})
}

func TestASearchTakesFewStatements(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dialect Dialect, connect connect) {
		counter := new(statements)
		s, o := openWithCalls(t, dialect, connect, counter)
		march := benchBegin.AddDate(0, 2, 0)
		for _, c := range []struct {
			name   string
			filter cdr.Filter
			most   int
			want   map[Dialect]int
		}{
			{"all calls", cdr.Filter{To: march}, 400, map[Dialect]int{SQLite: 1, Postgres: 1}},
			{"what many calls have", cdr.Filter{To: march, Direction: cdr.In}, 400, map[Dialect]int{SQLite: 1, Postgres: 1}},
			{"a number that called once", cdr.Filter{Ending: "+14150000500"}, 400, map[Dialect]int{SQLite: 2, Postgres: 2}},
			{"a number that is in all calls", cdr.Filter{Ending: "+919944421125"}, 400, map[Dialect]int{SQLite: 2, Postgres: 2}},
			{"what no call has", cdr.Filter{To: march, Query: "x"}, 300, map[Dialect]int{SQLite: 3, Postgres: 3}},
			// In a month there are not so many calls, which Postgres asks first.
			{"what no call has, farther back", cdr.Filter{To: march, Query: "x"}, 600, map[Dialect]int{SQLite: 3, Postgres: 4}},
		} {
			counter.take()
			_, _, err := s.SearchCalls(t.Context(), o.ID, c.filter, org.Page{Limit: 51}, c.most)
			require.NoError(t, err, c.name)
			require.Len(t, counter.take(), c.want[dialect], c.name)
		}
	})
}

func TestASearchPlansForTheNewestMonthsFirst(t *testing.T) {
	t.Parallel()
	s, o := openWithCalls(t, Postgres, newPostgres(t))
	search := callSearch{store: s, organizationID: o.ID, filter: cdr.Filter{To: benchBegin.AddDate(0, 2, 0).Add(24 * time.Hour)}}
	all := s.plan(t, search.from(new([]*callRow), callLookup{}, ""))
	require.Contains(t, all, "orgpbx_calls_2025_01")
	lately := s.plan(t, search.from(new([]*callRow), callLookup{}, search.lately()))
	require.Contains(t, lately, "orgpbx_calls_2025_02")
	require.NotContains(t, lately, "orgpbx_calls_2025_01")
}
