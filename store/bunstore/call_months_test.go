package bunstore

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// A month goes when it is empty and before the one that is asked about, not while
// somebody reads calls, and comes back with its next call, whichever process that
// reaches.
func TestAnEmptyMonthIsDropped(t *testing.T) {
	t.Parallel()
	connect := newPostgres(t)
	s := open(t, Postgres, connect)
	other := New(connect(t), Postgres)
	o := house(t, s)
	january := time.Date(2026, time.January, 15, 12, 0, 0, 0, time.UTC)
	record := func(s *Store, months ...int) {
		var records []cdr.Record
		for n, month := range months {
			r := benchRecord([]org.Organization{o}, n, 1)
			r.StartedAt = january.AddDate(0, month, 0)
			r.AnsweredAt, r.EndedAt = r.StartedAt, r.StartedAt
			r.UniqueID = fmt.Sprintf("%d.%d", r.StartedAt.Unix(), n)
			records = append(records, r)
		}
		require.NoError(t, cdr.New(s, cdr.Options{}).Record(t.Context(), records))
	}
	drop := func() { require.NoError(t, s.DropEmptyMonths(t.Context(), january.AddDate(0, 3, 0))) }
	record(other, 0, 1, 2, 3)
	record(s, 0, 1, 2, 3)
	drop()
	require.Equal(t, 4, partitions(t, s), "there are calls in all")
	february := cdr.FirstID(january.AddDate(0, 1, 0))
	batch, err := s.PurgeCalls(t.Context(), o.ID, "", 9, func(org.Organization) string { return february }, func([]string) {})
	require.NoError(t, err)
	require.Equal(t, 1, batch.Gone)

	reading, err := other.db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	var n int
	require.NoError(t, reading.NewRaw("SELECT count(*) FROM orgpbx_calls").Scan(t.Context(), &n))
	drop()
	require.Equal(t, 4, partitions(t, s), "somebody reads")
	require.NoError(t, reading.Rollback())
	drop()
	require.Equal(t, 3, partitions(t, s))

	calls := func() int {
		list, err := s.Calls(t.Context(), o.ID, cdr.Filter{}, org.Page{})
		require.NoError(t, err)
		return len(list)
	}
	require.Equal(t, 3, calls())
	january = january.Add(time.Hour) // behind the last that was purged
	record(other, 0)
	require.Equal(t, 4, partitions(t, s))
	require.Equal(t, 4, calls())
}

func TestTheMonthsToComeAndThisOneStay(t *testing.T) {
	t.Parallel()
	s := open(t, Postgres, newPostgres(t))
	month := time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)
	require.NoError(t, s.makeMonth(t.Context(), month))
	require.NoError(t, s.makeMonth(t.Context(), month.AddDate(0, 1, 0)))
	require.NoError(t, s.DropEmptyMonths(t.Context(), month.AddDate(0, 1, 0).Add(-time.Second)))
	require.Equal(t, 2, partitions(t, s))
	require.NoError(t, s.DropEmptyMonths(t.Context(), month.AddDate(0, 1, 0)))
	require.Equal(t, 1, partitions(t, s))
}

func partitions(t testing.TB, s *Store) (n int) {
	t.Helper()
	require.NoError(t, s.db.NewRaw("SELECT count(*) FROM pg_inherits WHERE inhparent = 'orgpbx_calls'::regclass").Scan(t.Context(), &n))
	return n
}

// BenchmarkEmptyMonths reads the newest page of calls of two years, with sixty empty
// months before them and without.
func BenchmarkEmptyMonths(b *testing.B) {
	of := benchCalls(b)
	s := open(b, Postgres, newPostgres(b))
	calls := cdr.New(s, cdr.Options{})
	all := houses(b, s)
	fill(b, s, calls, all, of)
	page := func(b *testing.B) {
		b.Helper()
		for b.Loop() {
			_, err := calls.List(b.Context(), all[0], cdr.Filter{}, org.Page{Limit: 51})
			require.NoError(b, err)
		}
	}
	b.Run("none", page)
	for n := range 60 {
		require.NoError(b, s.makeMonth(b.Context(), benchBegin.AddDate(0, -1-n, 0)))
	}
	b.Run("sixty", page)
	require.NoError(b, s.DropEmptyMonths(b.Context(), benchBegin))
	b.Run("dropped", page)
}
