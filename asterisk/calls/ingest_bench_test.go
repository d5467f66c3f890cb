package calls

import (
	"database/sql"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
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

// BenchmarkIngest reads 10,000 calls out of the file that Asterisk writes into a
// store, as fast as it goes, and finds every one of them there. It says how many went
// in a second, and what stayed in the memory of the first half and of all.
func BenchmarkIngest(b *testing.B) {
	const half = 5_000
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
			found, err := s.Calls(b.Context(), o.ID, cdr.Filter{}, org.Page{})
			require.NoError(b, err)
			require.Len(b, found, n)
		})
	}
}

// heap is how many bytes are in use once nothing can be collected.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
