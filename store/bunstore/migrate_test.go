package bunstore

import (
	"database/sql"
	"io/fs"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestMigratingTwiceIsFine(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dialect Dialect, connect connect) {
		s := open(t, dialect, connect)
		o := house(t, s)
		require.NoError(t, s.Migrate(t.Context()))
		got, err := s.Organization(t.Context(), o.ID)
		require.NoError(t, err)
		require.Equal(t, o, got)
		require.Equal(t, released(t), applied(t, s))
	})
}

func TestProcessesMayMigrateAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dialect Dialect, connect connect) {
		const processes = 6
		results := make(chan error)
		for range processes {
			s := New(connect(t), dialect)
			go func() { results <- s.Migrate(t.Context()) }()
		}
		for range processes {
			require.NoError(t, <-results)
		}
		require.Equal(t, released(t), applied(t, New(connect(t), dialect)))
	})
}

func TestAFailedMigrationLeavesNothingAndIsTriedAgain(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dialect Dialect, connect connect) {
		s := open(t, dialect, connect)
		broken := withOneMore(t, "CREATE TABLE orgpbx_more (id text);\nCREATE TABLE orgpbx_more (id text);\n")
		require.ErrorContains(t, migrateWith(t, s, broken), "9999_more")
		require.Equal(t, released(t), applied(t, s))
		_, err := s.db.ExecContext(t.Context(), "SELECT * FROM orgpbx_more")
		require.Error(t, err, "the half that worked is undone")

		mended := withOneMore(t, "CREATE TABLE orgpbx_more (id text);\nCREATE TABLE orgpbx_most (id text);\n")
		require.NoError(t, migrateWith(t, s, mended))
		require.Equal(t, append(released(t), "9999_more"), applied(t, s))
	})
}

func TestMigrateRefusesASQLiteFileWithoutForeignKeys(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("sqlite", "file:"+t.TempDir()+"/plain.db")
	require.NoError(t, err)
	s := New(db, SQLite)
	t.Cleanup(func() { _ = s.Close() })
	require.ErrorContains(t, s.Migrate(t.Context()), "SQLiteDSN")
}

func TestMigrateRefusesAPoolOfOneWhereItWouldWaitForItself(t *testing.T) {
	t.Parallel()
	db := newPostgres(t)(t)
	db.SetMaxOpenConns(1)
	require.ErrorContains(t, New(db, Postgres).Migrate(t.Context()), "two or more")
}

// released names the migrations that there are.
func released(t *testing.T) []string {
	t.Helper()
	paths, err := fs.Glob(files, "migrations/*.sql")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for i, name := range paths {
		paths[i] = strings.TrimSuffix(path.Base(name), ".sql")
	}
	return paths
}

// withOneMore returns the real migrations and one after them.
func withOneMore(t *testing.T, text string) fs.FS {
	t.Helper()
	all := fstest.MapFS{"migrations/9999_more.sql": {Data: []byte(text)}}
	for _, name := range released(t) {
		name = "migrations/" + name + ".sql"
		real, err := files.ReadFile(name)
		require.NoError(t, err)
		all[name] = &fstest.MapFile{Data: real}
	}
	return all
}

func migrateWith(t *testing.T, s *Store, files fs.FS) error {
	t.Helper()
	migrations, err := s.migrations(files)
	require.NoError(t, err)
	return s.migrate(t.Context(), migrations)
}

// applied lists the migrations that are marked.
func applied(t *testing.T, s *Store) []string {
	t.Helper()
	var names []string
	err := s.db.NewSelect().Table(migrationTable).Column("name").Order("name").Scan(t.Context(), &names)
	require.NoError(t, err)
	return names
}
