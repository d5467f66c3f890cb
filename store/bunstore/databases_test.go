package bunstore

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	_ "modernc.org/sqlite"

	"github.com/orgpbx/orgpbx/internal/postgrestest"
)

// connect opens a database once more, as another process would.
type connect func(t testing.TB) *sql.DB

// databases are what every test of this package runs on.
var databases = []struct {
	dialect Dialect
	// create makes an empty database that lasts as long as the test.
	create func(t testing.TB) connect
}{
	{SQLite, newSQLite},
	{Postgres, newPostgres},
}

// onEach runs a test on an empty database of each kind.
func onEach(t *testing.T, test func(t *testing.T, dialect Dialect, connect connect)) {
	t.Helper()
	for _, d := range databases {
		t.Run(string(d.dialect), func(t *testing.T) {
			t.Parallel()
			test(t, d.dialect, d.create(t))
		})
	}
}

func newSQLite(t testing.TB) connect {
	path := filepath.Join(t.TempDir(), "store test? #1.db")
	return func(t testing.TB) *sql.DB {
		db, err := sql.Open("sqlite", SQLiteDSN(path))
		require.NoError(t, err)
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
}

// newPostgres makes a schema of its own in the database of the environment.
func newPostgres(t testing.TB) connect {
	t.Helper()
	config := postgrestest.Schema(t, os.Getenv(postgrestest.Variable))
	return func(t testing.TB) *sql.DB {
		db := stdlib.OpenDB(*config.Copy())
		db.SetMaxOpenConns(8)
		db.SetMaxIdleConns(8) // the default is 2: the others would be opened anew each time
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
}

// open returns a store that is ready to use.
func open(t testing.TB, dialect Dialect, connect connect, hooks ...bun.QueryHook) *Store {
	t.Helper()
	s := New(connect(t), dialect, hooks...)
	require.NoError(t, s.Migrate(t.Context()))
	return s
}
