package bunstore

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/event"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// usageRow is what the calls of a quarter of an hour add up to.
type usageRow struct {
	bun.BaseModel `bun:"table:orgpbx_call_usage,alias:u"`

	OrganizationID string `bun:"organization_id,pk"`
	Quarter        int64  `bun:"quarter,pk"`
	BilledSeconds  int64  `bun:"billed_seconds"`
}

// RecordCalls implements [cdr.Store].
func (s *Store) RecordCalls(ctx context.Context, calls []cdr.OwnedCall) (cdr.Recorded, error) {
	recorded, err := s.recordCalls(ctx, calls)
	if isMissingMonth(err) {
		s.months.forget()
		return s.recordCalls(ctx, calls)
	}
	return recorded, err
}

func (s *Store) recordCalls(ctx context.Context, calls []cdr.OwnedCall) (cdr.Recorded, error) {
	var recorded cdr.Recorded
	if err := s.ensureMonths(ctx, calls); err != nil {
		return recorded, err
	}
	unlock, err := s.lockFile(ctx)
	if err != nil {
		return recorded, err
	}
	defer unlock()
	err = s.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		rows, refused, err := s.ownedRows(ctx, tx, calls)
		recorded.Refused = refused
		if err != nil || len(rows) == 0 {
			return err
		}
		r := recorder{tx: tx, usage: map[usageKey]int64{}, told: map[string][]event.Event{}}
		if err := r.record(ctx, rows, s.dialect); err != nil {
			return err
		}
		recorded.Touched = r.touched()
		for _, id := range recorded.Touched {
			if err := s.tellOf(ctx, tx, id, r.told[id]...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return cdr.Recorded{}, failed(ctx, "record calls", err)
	}
	return recorded, nil
}

// ownedRows are the rows of the calls whose organisation is there, and stays
// until the transaction ends, as does how many of its calls are purged. It counts
// the calls that may have been.
func (s *Store) ownedRows(ctx context.Context, tx bun.Tx, calls []cdr.OwnedCall) (rows []*callRow, refused int, err error) {
	var prefixes []string
	for _, c := range calls {
		if storable(c.ContextPrefix) && !slices.Contains(prefixes, c.ContextPrefix) {
			prefixes = append(prefixes, c.ContextPrefix)
		}
	}
	if len(prefixes) == 0 {
		return nil, 0, nil
	}
	var owners []struct{ ID, ContextPrefix, CallsPurged string }
	q := tx.NewSelect().Model((*organizationRow)(nil)).Column("id", "context_prefix", "calls_purged").
		Where("o.context_prefix IN (?)", bun.List(prefixes)).Order("o.id")
	if s.dialect == Postgres {
		q.For("KEY SHARE")
	}
	if err := q.Scan(ctx, &owners); err != nil {
		return nil, 0, err
	}
	for _, c := range calls {
		for _, o := range owners {
			switch {
			case o.ContextPrefix != c.ContextPrefix:
			case c.ID <= o.CallsPurged:
				refused++
			default:
				rows = append(rows, newCallRow(o.ID, c.Call))
			}
		}
	}
	return rows, refused, nil
}

type usageKey struct {
	organizationID string
	quarter        int64
}

// recorder saves calls and adds up what they add to the use.
type recorder struct {
	tx    bun.Tx
	usage map[usageKey]int64 // has a key for each call that was new or grew
	told  map[string][]event.Event
	// recordings are those of the same calls.
	recordings []*recordingRow
}

func (r *recorder) record(ctx context.Context, rows []*callRow, dialect Dialect) error {
	var inserted []string
	_, err := r.tx.NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Returning("id").Exec(ctx, &inserted)
	if err != nil {
		return err
	}
	isNew := make(map[string]bool, len(inserted))
	for _, id := range inserted {
		isNew[id] = true
	}
	var known []*callRow
	for _, row := range rows {
		if isNew[row.ID] {
			if err := r.count(row, row.call(), row.call().CountedSeconds(), true); err != nil {
				return err
			}
			r.keepRecording(row)
		} else {
			known = append(known, row)
		}
	}
	if err := r.combine(ctx, known, dialect); err != nil {
		return err
	}
	if err := r.saveRecordings(ctx); err != nil {
		return err
	}
	return r.saveUsage(ctx)
}

// combine adds to calls that are there what is new of them.
func (r *recorder) combine(ctx context.Context, rows []*callRow, dialect Dialect) error {
	if len(rows) == 0 {
		return nil
	}
	organizations, ids := make([]string, len(rows)), make([]string, len(rows))
	for i, row := range rows {
		organizations[i], ids[i] = row.OrganizationID, row.ID
	}
	slices.Sort(organizations)
	var there []*callRow
	q := r.tx.NewSelect().Model(&there).Where("c.organization_id IN (?)", bun.List(slices.Compact(organizations))).
		Where("c.id IN (?)", bun.List(ids)).Order("c.organization_id", "c.id")
	if dialect == Postgres {
		q.For("UPDATE")
	}
	if err := q.Scan(ctx); err != nil {
		return err
	}
	saved := make(map[string]*callRow, len(there))
	for _, row := range there {
		saved[row.ID] = row
	}
	for _, row := range rows {
		before, is := saved[row.ID]
		if !is {
			continue // deleted in between
		}
		after, grown := cdr.Combine(before.call(), row.call())
		if !grown {
			continue
		}
		grownRow := newCallRow(row.OrganizationID, after)
		if _, err := r.tx.NewUpdate().Model(grownRow).WherePK().Exec(ctx); err != nil {
			return err
		}
		r.keepRecording(grownRow)
		if err := r.count(row, after, after.CountedSeconds()-before.call().CountedSeconds(), false); err != nil {
			return err
		}
	}
	return nil
}

// count notes what a call that was saved adds to the use, and its event.
func (r *recorder) count(row *callRow, saved cdr.Call, seconds int64, isNew bool) error {
	r.usage[usageKey{row.OrganizationID, cdr.Quarter(row.StartedAt)}] += seconds
	e, err := cdr.CallEvent(saved, isNew)
	r.told[row.OrganizationID] = append(r.told[row.OrganizationID], e)
	return err
}

func (r *recorder) saveUsage(ctx context.Context) error {
	var rows []*usageRow
	for key, seconds := range r.usage {
		if seconds != 0 {
			rows = append(rows, &usageRow{OrganizationID: key.organizationID, Quarter: key.quarter, BilledSeconds: seconds})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	slices.SortFunc(rows, func(a, b *usageRow) int {
		return cmp.Or(cmp.Compare(a.OrganizationID, b.OrganizationID), cmp.Compare(a.Quarter, b.Quarter))
	})
	_, err := r.tx.NewInsert().Model(&rows).On("CONFLICT (organization_id, quarter) DO UPDATE").
		Set("billed_seconds = u.billed_seconds + EXCLUDED.billed_seconds").Exec(ctx)
	return err
}

// touched lists the organisations of which something was new.
func (r *recorder) touched() []string {
	ids := map[string]bool{}
	for key := range r.usage {
		ids[key.organizationID] = true
	}
	return slices.Sorted(maps.Keys(ids))
}

// Call implements [cdr.Store].
func (s *Store) Call(ctx context.Context, organizationID, id string) (cdr.Call, error) {
	if !storable(organizationID, id) {
		return cdr.Call{}, org.ErrNotFound
	}
	row := new(callRow)
	err := s.db.NewSelect().Model(row).Where("c.organization_id = ?", organizationID).Where("c.id = ?", id).Scan(ctx)
	if err != nil {
		return cdr.Call{}, failed(ctx, "read call", err)
	}
	return row.call(), nil
}

// Calls implements [cdr.Store].
func (s *Store) Calls(ctx context.Context, organizationID string, filter cdr.Filter, page org.Page) ([]cdr.Call, error) {
	list, _, err := s.SearchCalls(ctx, organizationID, filter, page, 0)
	return list, err
}

// BilledSeconds implements [cdr.Store].
func (s *Store) BilledSeconds(ctx context.Context, organizationID string, from, to time.Time) (int64, error) {
	if !storable(organizationID) {
		return 0, nil
	}
	var sum int64
	err := s.db.NewSelect().Model((*usageRow)(nil)).ColumnExpr("COALESCE(SUM(billed_seconds), 0)").
		Where("organization_id = ?", organizationID).
		Where("quarter >= ?", cdr.Quarter(from)).Where("quarter < ?", cdr.Quarter(to)).Scan(ctx, &sum)
	return sum, failed(ctx, "add up billed seconds", err)
}
