package calls

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/orgpbx/orgpbx/internal/postgrestest"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/store/bunstore"
)

// onEachStore runs a benchmark on a store of each kind, which has one organisation.
func onEachStore(b *testing.B, run func(b *testing.B, s *bunstore.Store, o org.Organization)) {
	b.Helper()
	for dialect, connect := range map[bunstore.Dialect]func() *sql.DB{
		bunstore.SQLite: func() *sql.DB {
			db, err := sql.Open("sqlite", bunstore.SQLiteDSN(filepath.Join(b.TempDir(), "calls.db")))
			require.NoError(b, err)
			return db
		},
		bunstore.Postgres: func() *sql.DB {
			return stdlib.OpenDB(*postgrestest.Schema(b, os.Getenv(postgrestest.Variable)))
		},
	} {
		b.Run(string(dialect), func(b *testing.B) {
			s := bunstore.New(connect(), dialect)
			b.Cleanup(func() { _ = s.Close() })
			require.NoError(b, s.Migrate(b.Context()))
			orgs := org.New(s, org.Options{})
			profile, err := orgs.Draft(org.Hotel)
			require.NoError(b, err)
			profile.Name = "House"
			o, _, err := orgs.Create(b.Context(), profile)
			require.NoError(b, err)
			run(b, s, o)
		})
	}
}

// BenchmarkIngest reads 10,000 calls out of the file that Asterisk writes into a
// store, as fast as it goes, and finds every one of them there. It says how many went
// in a second, and what stayed in the memory of the first half and of all.
func BenchmarkIngest(b *testing.B) {
	const half = 5_000
	onEachStore(b, func(b *testing.B, s *bunstore.Store, o org.Organization) {
		b.Helper()
		path := filepath.Join(b.TempDir(), FileName)
		reader := &file{path: path, recorder: cdr.New(s, cdr.Options{}), positions: s, log: slog.New(slog.DiscardHandler)}
		var took time.Duration
		n := 0
		for b.Loop() {
			for _, name := range []string{"half-KB", "all-KB"} {
				text := strings.ReplaceAll(lines(n, n+half), "aaaa1111", o.ContextPrefix)
				out, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
				require.NoError(b, err)
				_, err = out.WriteString(text)
				require.NoError(b, err)
				require.NoError(b, out.Close())
				n += half
				begun := time.Now()
				require.NoError(b, reader.pass(b.Context()))
				took += time.Since(begun)
				b.ReportMetric(float64(heap())/1024, name)
			}
		}
		b.ReportMetric(float64(n)/took.Seconds(), "calls/s")
		requireAll(b, s, o, n)
	})
}

// BenchmarkIngestEvents has 1,000 calls end each second for DURATION, 10s without one.
// Each is told of by a manager connection, which is cut now and then, and by the file.
// Each has to be in the store once. It says how long after its end the latest call was
// saved, and how long after the last end all were; how many records a transaction had,
// and events waited in memory at most; and what was in use after each quarter.
func BenchmarkIngestEvents(b *testing.B) {
	const perSecond = 1_000
	duration := 10 * time.Second
	if given := os.Getenv("DURATION"); given != "" {
		var err error
		duration, err = time.ParseDuration(given)
		require.NoError(b, err)
	}
	total := int(duration.Seconds() * perSecond)
	onEachStore(b, func(b *testing.B, s *bunstore.Store, o org.Organization) {
		b.Helper()
		w := newWitness(cdr.New(s, cdr.Options{}), total)
		x := newExchange(b, o.ContextPrefix, Config{Recorder: w, Positions: s, File: filepath.Join(b.TempDir(), FileName)})
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		cutEvery := min(total/5, 30*perSecond)
		backlog := 0
		b.ResetTimer()
		begun := time.Now()
		for n := 0; n < total; {
			now := <-tick.C
			for due := min(total, int(now.Sub(begun).Seconds()*perSecond)); n < due; n++ {
				w.ends(n)
				x.calls(b, n, now.Unix())
				switch {
				case n%(total/4) == total/4-1 && n < total-1:
					b.ReportMetric(float64(heap())/1024, fmt.Sprintf("KB-at-%d/4", 4*(n+1)/total))
				case n%cutEvery == cutEvery/2:
					x.Cut()
				}
			}
			backlog = max(backlog, x.conn.Backlog())
		}
		ended := time.Now()
		select {
		case <-w.all:
		case <-time.After(10 * time.Minute):
			require.Fail(b, "calls are missing")
		}
		b.StopTimer()
		b.ReportMetric(float64(total)/time.Since(begun).Seconds(), "calls/s")
		b.ReportMetric(time.Since(ended).Seconds(), "s-to-the-last")
		b.ReportMetric(w.latest.Seconds(), "s-latest")
		b.ReportMetric(float64(w.given)/float64(w.times), "records/tx")
		b.ReportMetric(float64(backlog), "backlog")
		b.ReportMetric(float64(heap())/1024, "KB-at-4/4")
		requireAll(b, s, o, total)
	})
}

// requireAll fails unless each of so many calls is there once, and billed once.
func requireAll(b *testing.B, s *bunstore.Store, o org.Organization, total int) {
	b.Helper()
	found := map[int64]bool{}
	n := 0
	for page := (org.Page{Limit: 10_000}); ; {
		list, err := s.Calls(b.Context(), o.ID, cdr.Filter{}, page)
		require.NoError(b, err)
		for _, c := range list {
			found[c.Parts[0].Sequence] = true
		}
		n += len(list)
		if len(list) < page.Limit {
			break
		}
		page.After = list[len(list)-1].ID
	}
	require.Len(b, found, total)
	require.Equal(b, total, n)
	seconds, err := s.BilledSeconds(b.Context(), o.ID, time.Unix(0, 0), time.Unix(1<<32, 0))
	require.NoError(b, err)
	require.Equal(b, int64(60*total), seconds)
}

// witness sees when calls are saved.
type witness struct {
	Recorder
	all chan struct{} // closed when all are

	mu     sync.Mutex
	begun  time.Time
	ended  []time.Duration // each call, since begun
	saved  []bool
	left   int
	latest time.Duration
	// given and times are how many records were given to the recorder, and how often.
	given, times int
}

func newWitness(recorder Recorder, total int) *witness {
	return &witness{
		Recorder: recorder, all: make(chan struct{}), begun: time.Now(),
		ended: make([]time.Duration, total), saved: make([]bool, total), left: total,
	}
}

// ends notes that a call ends now.
func (w *witness) ends(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended[n] = time.Since(w.begun)
}

// Record implements [Recorder].
func (w *witness) Record(ctx context.Context, records []cdr.Record) error {
	if err := w.Recorder.Record(ctx, records); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.given, w.times = w.given+len(records), w.times+1
	for _, r := range records {
		if w.saved[r.Sequence] {
			continue
		}
		w.saved[r.Sequence] = true
		w.latest = max(w.latest, time.Since(w.begun)-w.ended[r.Sequence])
		w.left--
		if w.left == 0 {
			close(w.all)
		}
	}
	return nil
}

// heap is how many bytes are in use once nothing can be collected.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
