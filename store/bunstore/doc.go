// Package bunstore keeps everything in Postgres or SQLite, with bun. It brings
// no driver: the caller opens the database and gives it to [New].
//
// SQLite, with modernc.org/sqlite:
//
//	db, err := sql.Open("sqlite", bunstore.SQLiteDSN("orgpbx.db"))
//	s := bunstore.New(db, bunstore.SQLite)
//	err = s.Migrate(ctx)
//
// Postgres 12 or newer, with pgx. bun writes arguments into the statement, so
// pgx must not cache statements by their text:
//
//	config, err := pgx.ParseConfig(url)
//	config.DefaultQueryExecMode = pgx.QueryExecModeExec
//	s := bunstore.New(stdlib.OpenDB(*config), bunstore.Postgres)
//	err = s.Migrate(ctx)
//
// Tables are named orgpbx_…, so they can live in a database with others. The
// row structs of this package are apart from the types of the domain: a column
// can change without the domain, and the other way round.
//
// A change locks the organisation's row, where the counts of users, trunks,
// DIDs and queues are kept too: a quota is checked without counting rows.
// SQLite has one writer at a time, for all organisations together.
package bunstore
