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

// months are the partitions of the calls that are known to be there.
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

// makeMonth makes a table first and attaches it then: making it attached would
// keep everybody off all calls meanwhile.
func (s *Store) makeMonth(ctx context.Context, month time.Time) error {
	name := bun.Ident(fmt.Sprintf("orgpbx_calls_%04d_%02d", month.Year(), month.Month()))
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
