package bunstore

import (
	"context"
	"database/sql"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/schema"

	"github.com/orgpbx/orgpbx/internal/keylock"
	"github.com/orgpbx/orgpbx/store"
)

var _ store.Store = (*Store)(nil)

// Dialect is the kind of a database.
type Dialect string

// The databases that are supported.
const (
	Postgres Dialect = "postgres"
	SQLite   Dialect = "sqlite"
)

// Store is a [store.Store] in a database. It is safe for concurrent use, and
// any number of processes may share one Postgres.
type Store struct {
	db      *bun.DB
	dialect Dialect
	// writing keeps writers that would wait for each other in the database from
	// holding a connection each meanwhile: one busy organisation would use the
	// pool up. The database's own lock is the one that counts.
	writing keylock.Set
	months  months // Postgres: of the calls
}

// New returns a store on an opened database, which [Store.Close] closes. Call
// [Store.Migrate] before anything else. The hooks see every statement, for
// tracing and counting.
func New(db *sql.DB, dialect Dialect, hooks ...bun.QueryHook) *Store {
	var d schema.Dialect = pgdialect.New()
	if dialect == SQLite {
		d = sqlitedialect.New()
	}
	s := &Store{db: bun.NewDB(db, d), dialect: dialect}
	for _, h := range hooks {
		s.db = s.db.WithQueryHook(h)
	}
	return s
}

// Ping returns nil when the database answers.
func (s *Store) Ping(ctx context.Context) error { return failed(ctx, "ping", s.db.PingContext(ctx)) }

// Close closes the database.
func (s *Store) Close() error { return s.db.Close() }

// lockWriters waits for the other transactions that change the organisation,
// in SQLite for all writers, in this process.
func (s *Store) lockWriters(ctx context.Context, organizationID string) (unlock func(), err error) {
	if s.dialect == SQLite {
		return s.lockFile(ctx)
	}
	return s.writing.Lock(ctx, organizationID)
}

// lockFile waits for the other writers of a SQLite file in this process. In
// Postgres a single statement needs no such lock.
func (s *Store) lockFile(ctx context.Context) (unlock func(), err error) {
	if s.dialect != SQLite {
		return func() {}, nil
	}
	return s.writing.Lock(ctx, "")
}

// write is a statement that writes.
type write interface {
	Exec(ctx context.Context, dest ...any) (sql.Result, error)
}

// execAlone runs a single statement, and returns how many rows it found.
func (s *Store) execAlone(ctx context.Context, doing string, statement write) (int64, error) {
	unlock, err := s.lockFile(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	result, err := statement.Exec(ctx)
	if err != nil {
		return 0, failed(ctx, doing, err)
	}
	n, err := result.RowsAffected()
	return n, failed(ctx, doing, err)
}
