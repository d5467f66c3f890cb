package bunstore

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"text/template"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"
)

// files are the migrations, in order of name. One that was released is never
// edited: write the next.
//
//go:embed migrations/*.sql
var files embed.FS

const (
	migrationTable = "orgpbx_migrations"
	lockTable      = "orgpbx_migration_locks"
	// migrationLock is the advisory lock of Postgres that one process at a time
	// migrates under: a number that others in the database hardly use.
	migrationLock = 0x6f726770 // "orgp"
)

// columnTypes are the names of types that the two databases do not share.
var columnTypes = map[Dialect]struct {
	ID, Bytes, Time, JSON, ByMonth string
	Postgres                       bool
}{
	// Ids are compared byte by byte, whatever the database's language is.
	Postgres: {ID: `text COLLATE "C"`, Bytes: "bytea", Time: "timestamptz", JSON: "jsonb", ByMonth: " PARTITION BY RANGE (id)", Postgres: true},
	SQLite:   {ID: "text", Bytes: "blob", Time: "timestamp", JSON: "text"},
}

// Migrate makes the tables, or brings them up to date. It may be called by
// several processes at once, and needs a pool of two connections or more in
// Postgres. Each migration is one transaction: what fails leaves nothing behind, and is tried
// again by the next call.
func (s *Store) Migrate(ctx context.Context) error {
	migrations, err := s.migrations(files)
	if err != nil {
		return err
	}
	return s.migrate(ctx, migrations)
}

func (s *Store) migrate(ctx context.Context, migrations *migrate.Migrations) error {
	unlock, err := s.lockMigrations(ctx)
	if err != nil {
		return failed(ctx, "wait to migrate", err)
	}
	defer unlock()

	migrator := migrate.NewMigrator(s.db, migrations,
		migrate.WithTableName(migrationTable),
		migrate.WithLocksTableName(lockTable),
		migrate.WithMarkAppliedOnSuccess(true),
		// A migration marks itself in its transaction; to mark it once more, as
		// the migrator does, must be no error.
		migrate.WithUpsert(true),
	)
	if err := migrator.Init(ctx); err != nil {
		return failed(ctx, "make the table of migrations", err)
	}
	if _, err := migrator.Migrate(ctx); err != nil {
		return failed(ctx, "migrate", err)
	}
	return nil
}

// lockMigrations keeps other processes from migrating meanwhile. SQLite needs
// no such lock: its transactions have one writer.
func (s *Store) lockMigrations(ctx context.Context) (unlock func(), err error) {
	if s.dialect == SQLite {
		return func() {}, s.checkForeignKeys(ctx)
	}
	if s.db.Stats().MaxOpenConnections == 1 {
		return nil, errors.New("one connection is not enough: let the pool open two or more")
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock(?)", migrationLock); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return func() {
		ctx := context.WithoutCancel(ctx)
		_, _ = conn.ExecContext(ctx, "SELECT pg_advisory_unlock(?)", migrationLock)
		_ = conn.Close()
	}, nil
}

// SQLite refuses who opens a new file in the moment in which another gives it its
// write-ahead log, and does not make him wait. So he comes again, so often.
const (
	opening      = 500
	openingPause = 10 * time.Millisecond
)

// checkForeignKeys refuses a SQLite database that was opened without
// [SQLiteDSN]: rows of a deleted organisation would stay.
func (s *Store) checkForeignKeys(ctx context.Context) error {
	var on bool
	for tries := 0; ; tries++ {
		err := s.db.NewRaw("PRAGMA foreign_keys").Scan(ctx, &on)
		if err == nil {
			break
		}
		if !isBusy(err) || tries == opening {
			return err
		}
		select {
		case <-time.After(openingPause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if !on {
		return errors.New("foreign keys are off: open the database with bunstore.SQLiteDSN")
	}
	return nil
}

// migrations reads the SQL files for this database.
func (s *Store) migrations(files fs.FS) (*migrate.Migrations, error) {
	names, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	migrations := migrate.NewMigrations()
	for _, name := range names {
		file, err := template.ParseFS(files, name)
		if err != nil {
			return nil, fmt.Errorf("read migration: %w", err)
		}
		var text bytes.Buffer
		if err := file.Execute(&text, columnTypes[s.dialect]); err != nil {
			return nil, fmt.Errorf("read migration: %w", err)
		}
		migrations.Add(migrate.Migration{
			Name: strings.TrimSuffix(path.Base(name), ".sql"),
			Up:   up(strings.Split(text.String(), ";\n")),
		})
	}
	return migrations, nil
}

// up runs the statements of a migration and marks it as applied, in one
// transaction, unless another process did so meanwhile.
func up(statements []string) func(context.Context, *migrate.Migrator, *migrate.Migration) error {
	return func(ctx context.Context, m *migrate.Migrator, migration *migrate.Migration) error {
		return m.DB().RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
			done, err := tx.NewSelect().Table(migrationTable).Where("name = ?", migration.Name).Exists(ctx)
			if err != nil || done {
				return err
			}
			for _, statement := range statements {
				if strings.TrimSpace(statement) == "" {
					continue
				}
				if _, err := tx.ExecContext(ctx, statement); err != nil {
					return err
				}
			}
			mark := &migrate.Migration{Name: migration.Name, GroupID: migration.GroupID}
			_, err = tx.NewInsert().Model(mark).ModelTableExpr(migrationTable).Exec(ctx)
			return err
		})
	}
}
