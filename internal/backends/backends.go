package backends

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // the driver named "sqlite"

	"github.com/orgpbx/orgpbx/internal/postgrestest"
	"github.com/orgpbx/orgpbx/store"
	"github.com/orgpbx/orgpbx/store/bunstore"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// Kind is a kind of store.
type Kind struct {
	Name string
	Open func(testing.TB) store.Store // an empty one, closed when the test ends
}

// Kinds returns every kind: memory, SQLite, and the Postgres of a URL.
func Kinds(postgresURL string) []Kind {
	return []Kind{
		{"memory", func(testing.TB) store.Store { return memstore.New() }},
		{"sqlite", func(t testing.TB) store.Store {
			db, err := sql.Open("sqlite", bunstore.SQLiteDSN(filepath.Join(t.TempDir(), "test.db")))
			require.NoError(t, err)
			return migrated(t, bunstore.New(db, bunstore.SQLite))
		}},
		{"postgres", func(t testing.TB) store.Store {
			db := stdlib.OpenDB(*postgrestest.Schema(t, postgresURL))
			db.SetMaxOpenConns(8)
			db.SetMaxIdleConns(8)
			return migrated(t, bunstore.New(db, bunstore.Postgres))
		}},
	}
}

// Each runs a test on a store of each kind.
func Each(t *testing.T, postgresURL string, test func(t *testing.T, db store.Store)) {
	t.Helper()
	for _, kind := range Kinds(postgresURL) {
		t.Run(kind.Name, func(t *testing.T) {
			t.Parallel()
			test(t, kind.Open(t))
		})
	}
}

func migrated(t testing.TB, s *bunstore.Store) store.Store {
	t.Helper()
	t.Cleanup(func() { _ = s.Close() })
	require.NoError(t, s.Migrate(t.Context()))
	return s
}
