package bunstore

import (
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// benchCalls is how many calls the benchmarks have, in two years and of fifty
// organisations, of which the first has every second one. CALLS in the environment
// is another number.
func benchCalls(b *testing.B) int {
	b.Helper()
	given := os.Getenv("CALLS")
	if given == "" {
		return 50_000
	}
	n, err := strconv.Atoi(given)
	require.NoError(b, err)
	return n
}

const (
	benchHouses = 50
	benchSpan   = 730 * 24 * time.Hour
)

var benchBegin = time.Date(2025, time.January, 1, 0, 0, 0, 0, time.UTC)

// benchRecord is what Asterisk writes of call n of so many.
func benchRecord(houses []org.Organization, n, of int) cdr.Record {
	house := houses[0]
	if n%2 == 1 {
		house = houses[n/2%len(houses)]
	}
	start := benchBegin.Add(time.Duration(float64(benchSpan) * float64(n) / float64(of)))
	return cdr.Record{
		ContextPrefix: house.ContextPrefix, UniqueID: fmt.Sprintf("%d.%d", start.Unix(), n), LinkedID: fmt.Sprintf("%d.%d", start.Unix(), n),
		Sequence: int64(n), Direction: cdr.Directions()[n%3], Disposition: cdr.Answered,
		Caller: fmt.Sprintf("+1415%07d", n%10_000_000), CallerName: "Ada Lovelace", Called: "+919944421125",
		Endpoint: house.ContextPrefix + "-x7f3q9ab", AnsweredBy: house.ContextPrefix + "-b2k8m4zz",
		StartedAt: start, AnsweredAt: start.Add(4 * time.Second), EndedAt: start.Add(154 * time.Second),
	}
}

func houses(b *testing.B, s *Store) []org.Organization {
	b.Helper()
	all := make([]org.Organization, benchHouses)
	for i := range all {
		all[i] = house(b, s)
	}
	return all
}

// recordAll saves calls from the first to below the last, in batches of the feed's
// size.
func recordAll(b *testing.B, calls *cdr.Service, houses []org.Organization, from, to, of int) {
	b.Helper()
	const batch = 500
	records := make([]cdr.Record, 0, batch)
	for n := from; n < to; n++ {
		records = append(records, benchRecord(houses, n, of))
		if len(records) == batch || n == to-1 {
			require.NoError(b, calls.Record(b.Context(), records))
			records = records[:0]
		}
	}
}

// fill saves so many calls. Of more than 200,000 in Postgres the rest are copies.
func fill(b *testing.B, s *Store, calls *cdr.Service, houses []org.Organization, of int) {
	b.Helper()
	recorded := of
	if s.dialect == Postgres {
		recorded = min(of, 200_000)
	}
	begun := time.Now()
	recordAll(b, calls, houses, 0, recorded, recorded)
	b.Logf("%d calls recorded at %.0f/s", recorded, float64(recorded)/time.Since(begun).Seconds())
	if s.dialect == Postgres {
		copyCalls(b, s, recorded, of)
		_, err := s.db.ExecContext(b.Context(), "ANALYZE orgpbx_calls")
		require.NoError(b, err)
	}
}

// copyCalls makes many calls of the recorded ones in Postgres, each with another id and
// caller: to record ten million would take most of an hour.
func copyCalls(b *testing.B, s *Store, recorded, of int) {
	b.Helper()
	if recorded == of {
		return
	}
	_, err := s.db.ExecContext(b.Context(), "CREATE TABLE recorded_calls AS SELECT * FROM orgpbx_calls")
	require.NoError(b, err)
	var columns, values []string
	for _, f := range s.db.Table(reflect.TypeFor[callRow]()).Fields {
		value := f.Name
		switch f.Name {
		case "id":
			value = "left(id, 24) || lpad(to_hex(?0), 4, '0') || right(id, 8)"
		case "caller":
			value = "'+1415' || tail"
		case "search":
			value = "replace(search, right(caller, 7), tail)"
		}
		columns, values = append(columns, f.Name), append(values, value)
	}
	for done := recorded; done < of; done += recorded {
		_, err := s.db.ExecContext(b.Context(), "INSERT INTO orgpbx_calls ("+strings.Join(columns, ", ")+") SELECT "+strings.Join(values, ", ")+
			" FROM recorded_calls, lpad((right(caller, 7)::bigint + ?1)::text, 7, '0') AS tail ON CONFLICT DO NOTHING", done/recorded, done)
		require.NoError(b, err)
	}
}

// BenchmarkCalls reads a page of calls, and the minutes of a month, of an
// organisation that has half of all calls.
func BenchmarkCalls(b *testing.B) {
	for _, d := range databases {
		b.Run(string(d.dialect), func(b *testing.B) {
			of := benchCalls(b)
			s := open(b, d.dialect, d.create(b))
			calls := cdr.New(s, cdr.Options{})
			all := houses(b, s)
			fill(b, s, calls, all, of)
			middle := benchBegin.Add(benchSpan / 2)
			for name, filter := range map[string]cdr.Filter{
				"newest":                            {},
				"of a month":                        {From: middle, To: middle.AddDate(0, 1, 0), Direction: cdr.In},
				"by number":                         {Query: fmt.Sprintf("%07d", of/2)},
				"by a number that is in all":        {Query: "+919944421125"},
				"by a part that no call has":        {Query: "x" + fmt.Sprint(of), To: middle},
				"of a disposition that no call has": {Disposition: cdr.Busy},
				"by a number that is in all, as none says it":  {Query: "+19944421125"},
				"by a number that is in all, of a disposition": {Query: "+919944421125", Disposition: cdr.Busy},
			} {
				b.Run("page/"+name, func(b *testing.B) {
					for b.Loop() {
						_, err := calls.List(b.Context(), all[0], filter, org.Page{Limit: 50})
						require.NoError(b, err)
					}
				})
			}
			b.Run("all pages by a part that no call has", func(b *testing.B) {
				for b.Loop() {
					requireNone(b, calls, all[0], cdr.Filter{Query: "x" + fmt.Sprint(of)})
				}
			})
			b.Run("minutes of a month", func(b *testing.B) {
				for b.Loop() {
					_, err := s.BilledSeconds(b.Context(), all[0].ID, middle, middle.AddDate(0, 1, 0))
					require.NoError(b, err)
				}
			})
		})
	}
}

// requireNone follows a search that finds nothing to its end.
func requireNone(b *testing.B, calls *cdr.Service, o org.Organization, filter cdr.Filter) {
	b.Helper()
	for page := (org.Page{Limit: 50}); ; {
		found, err := calls.List(b.Context(), o, filter, page)
		require.NoError(b, err)
		require.Empty(b, found.Calls)
		if found.Next == "" {
			return
		}
		page.After = found.Next
	}
}

// BenchmarkRecordCalls is what a call costs that comes as an event, in a batch as
// a busy feed makes it, and once more in the file.
func BenchmarkRecordCalls(b *testing.B) {
	for _, d := range databases {
		b.Run(string(d.dialect), func(b *testing.B) {
			s := open(b, d.dialect, d.create(b))
			calls := cdr.New(s, cdr.Options{})
			all := houses(b, s)
			n := 0
			const at, of = 500, 10_000_000
			for b.Loop() {
				recordAll(b, calls, all, n, n+at, of)
				recordAll(b, calls, all, n, n+at, of)
				n += at
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "calls/s")
		})
	}
}
