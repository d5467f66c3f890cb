package parts

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver named "sqlite"

	"github.com/orgpbx/orgpbx/store"
	"github.com/orgpbx/orgpbx/store/bunstore"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// connections are how many a server opens to Postgres at most.
const connections = 32

// OpenStore opens the database of the settings and brings its tables up to
// date. Errors never hold the URL, which may carry a password.
func OpenStore(ctx context.Context, url string) (store.Store, error) {
	scheme, file, _ := strings.Cut(url, ":")
	switch scheme {
	case "memory":
		return memstore.New(), nil
	case "sqlite":
		if err := createPrivate(file); err != nil {
			return nil, fmt.Errorf("ORGPBX_DATABASE_URL: %w", err)
		}
		db, err := sql.Open("sqlite", bunstore.SQLiteDSN(file))
		if err != nil {
			return nil, fmt.Errorf("open the SQLite file: %w", err)
		}
		return migrate(ctx, db, bunstore.SQLite)
	default:
		config, err := pgx.ParseConfig(url)
		if err != nil {
			return nil, fmt.Errorf("ORGPBX_DATABASE_URL: not a Postgres URL")
		}
		// bun writes arguments into the statement, so caching statements by
		// their text would only fill memory.
		config.DefaultQueryExecMode = pgx.QueryExecModeExec
		db := stdlib.OpenDB(*config)
		// Fewer than Postgres has for everybody, and kept: a new one takes it longer
		// than most of what it is asked.
		db.SetMaxOpenConns(connections)
		db.SetMaxIdleConns(connections)
		return migrate(ctx, db, bunstore.Postgres)
	}
}

// createPrivate makes the file where there is none, for its owner only: SQLite
// would let everybody read it. SQLite gives its side files the same mode.
func createPrivate(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator's choice
	if err != nil {
		return err
	}
	return f.Close()
}

func migrate(ctx context.Context, db *sql.DB, dialect bunstore.Dialect) (store.Store, error) {
	s := bunstore.New(db, dialect)
	if err := s.Migrate(ctx); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("prepare the database (ORGPBX_DATABASE_URL): %w", err)
	}
	return s, nil
}
