package bunstore

import (
	"database/sql"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
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
		require.Equal(t, migrationNames(t), applied(t, s))
	})
}

// An organisation from before a column was added has what the column says.
func TestRowsFromBeforeAMigrationGetItsDefaults(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dialect Dialect, connect connect) {
		s := New(connect(t), dialect)
		start, err := files.ReadFile("migrations/0001_start.sql")
		require.NoError(t, err)
		require.NoError(t, migrateWith(t, s, fstest.MapFS{"migrations/0001_start.sql": {Data: start}}))
		old := org.Organization{ID: "old", APIKey: "key", ContextPrefix: "prefix", Profile: org.Profile{Name: "Old", Status: org.Active}}
		_, err = s.db.NewInsert().Model(newOrganizationRow(old)).ExcludeColumn("emergency_numbers", "time_zone", "old_secret_hash", "old_secret_until").Exec(t.Context())
		require.NoError(t, err)
		_, err = s.db.ExecContext(t.Context(), `INSERT INTO orgpbx_deployments
			(organization_id, id, revision, state, changes, error, started_at, finished_at)
			VALUES ('old', 'd', 1, 'applied', '[]', '', '2026-01-05 09:30:00', '2026-01-05 09:30:01')`)
		require.NoError(t, err)

		require.NoError(t, s.Migrate(t.Context()))
		migrated, err := s.Organization(t.Context(), "old")
		require.NoError(t, err)
		require.Equal(t, []string{"112", "911"}, migrated.EmergencyNumbers)
		require.Equal(t, "UTC", migrated.Settings.TimeZone)
		history, err := s.Deployments(t.Context(), "old", org.Page{})
		require.NoError(t, err)
		require.Len(t, history, 1)
		require.Empty(t, history[0].Warnings)
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
		require.Equal(t, migrationNames(t), applied(t, New(connect(t), dialect)))
	})
}

func TestAFailedMigrationLeavesNothingAndIsTriedAgain(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dialect Dialect, connect connect) {
		s := open(t, dialect, connect)
		broken := withOneMore(t, "CREATE TABLE orgpbx_more (id text);\nCREATE TABLE orgpbx_more (id text);\n")
		require.ErrorContains(t, migrateWith(t, s, broken), "9999_more")
		require.Equal(t, migrationNames(t), applied(t, s))
		_, err := s.db.ExecContext(t.Context(), "SELECT * FROM orgpbx_more")
		require.Error(t, err, "the half that worked is undone")

		mended := withOneMore(t, "CREATE TABLE orgpbx_more (id text);\nCREATE TABLE orgpbx_most (id text);\n")
		require.NoError(t, migrateWith(t, s, mended))
		require.Equal(t, append(migrationNames(t), "9999_more"), applied(t, s))
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

// withOneMore returns the real migrations and one after them.
func withOneMore(t *testing.T, more string) fs.FS {
	t.Helper()
	all := fstest.MapFS{"migrations/9999_more.sql": {Data: []byte(more)}}
	for _, name := range migrationNames(t) {
		file := "migrations/" + name + ".sql"
		text, err := files.ReadFile(file)
		require.NoError(t, err)
		all[file] = &fstest.MapFile{Data: text}
	}
	return all
}

// migrationNames lists the real migrations in order.
func migrationNames(t *testing.T) []string {
	t.Helper()
	entries, err := files.ReadDir("migrations")
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".sql"))
	}
	return names
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
