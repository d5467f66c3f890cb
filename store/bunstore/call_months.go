package bunstore

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/resource/cdr"
)

// monthLock is the advisory lock of Postgres that one process at a time makes a
// partition under.
const monthLock = migrationLock + 1

// months are the partitions of the calls that were there when they were looked for. An
// empty one may have been dropped since.
type months struct {
	mu    sync.Mutex
	known map[time.Time]bool
}

// ensureMonths makes the partitions that the calls belong into. Nothing is made
// in SQLite, whose table has none.
func (s *Store) ensureMonths(ctx context.Context, calls []cdr.OwnedCall) error {
	if s.dialect == SQLite {
		return nil
	}
	s.months.mu.Lock()
	defer s.months.mu.Unlock()
	for _, c := range calls {
		month := time.Date(c.StartedAt.Year(), c.StartedAt.Month(), 1, 0, 0, 0, 0, time.UTC)
		if s.months.known[month] {
			continue
		}
		if err := s.makeMonth(ctx, month); err != nil {
			return failed(ctx, "make the partition of a month", err)
		}
		if s.months.known == nil {
			s.months.known = map[time.Time]bool{}
		}
		s.months.known[month] = true
	}
	return nil
}

// forget has the partitions looked for again.
func (m *months) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.known)
}

// makeMonth makes a table first and attaches it then: making it attached would
// keep everybody off all calls meanwhile.
func (s *Store) makeMonth(ctx context.Context, month time.Time) error {
	name := bun.Ident(monthName(month))
	return s.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(?)", monthLock); err != nil {
			return err
		}
		var is bool
		if err := tx.NewRaw("SELECT to_regclass(?) IS NOT NULL", string(name)).Scan(ctx, &is); err != nil || is {
			return err
		}
		if _, err := tx.ExecContext(ctx, "CREATE TABLE ? (LIKE orgpbx_calls INCLUDING ALL)", name); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "ALTER TABLE orgpbx_calls ATTACH PARTITION ? FOR VALUES FROM (?) TO (?)",
			name, cdr.FirstID(month), cdr.FirstID(month.AddDate(0, 1, 0)))
		return err
	})
}

// monthName is what the partition of a month is called. The names are in the order of
// the months.
func monthName(month time.Time) string {
	month = month.UTC()
	return fmt.Sprintf("orgpbx_calls_%04d_%02d", month.Year(), month.Month())
}

// DropEmptyMonths implements [cdr.PurgeStore].
func (s *Store) DropEmptyMonths(ctx context.Context, before time.Time) error {
	if s.dialect == SQLite {
		return nil
	}
	var names []string
	err := s.db.NewRaw(`SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
		WHERE i.inhparent = 'orgpbx_calls'::regclass AND c.relname < ? ORDER BY c.relname`, monthName(before)).Scan(ctx, &names)
	if err != nil {
		return failed(ctx, "list the partitions of calls", err)
	}
	for _, name := range names {
		err := s.dropIfEmpty(ctx, bun.Ident(name))
		if isViolation(err, "57014") {
			return nil // the timeout: somebody reads calls for long, and would have the others wait for each month
		}
		if err != nil {
			return failed(ctx, "drop the partition of a month", err)
		}
	}
	return nil
}

func (s *Store) dropIfEmpty(ctx context.Context, partition bun.Ident) error {
	// What was purged just now takes long to look through until it is vacuumed. So
	// nobody waits for the first look.
	if has, err := hasRows(ctx, s.db, partition); err != nil || has {
		return err
	}
	return s.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		// Everybody who reads or saves calls waits behind who waits for this lock.
		if _, err := tx.ExecContext(ctx, "SET LOCAL statement_timeout = '100ms'"); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "LOCK TABLE ONLY orgpbx_calls IN ACCESS EXCLUSIVE MODE"); err != nil {
			return err
		}
		if has, err := hasRows(ctx, tx, partition); err != nil || has {
			return err
		}
		_, err := tx.ExecContext(ctx, "DROP TABLE ?", partition)
		return err
	})
}

func hasRows(ctx context.Context, db bun.IDB, table bun.Ident) (has bool, err error) {
	err = db.NewRaw("SELECT EXISTS (SELECT 1 FROM ?)", table).Scan(ctx, &has)
	return has, err
}

// isMissingMonth reports whether a call has no partition.
func isMissingMonth(err error) bool { return isViolation(err, "23514") }
