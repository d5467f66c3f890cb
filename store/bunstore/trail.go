package bunstore

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
)

// platformTrailLock is the advisory lock of Postgres that entries of the
// platform's chain are appended under. An organisation's chain needs none: who
// appends to it holds the lock of the organisation.
const platformTrailLock = 0x6f726771

type auditRow struct {
	bun.BaseModel `bun:"table:orgpbx_audit,alias:a"`

	Chain       string    `bun:"chain,pk"`
	Sequence    int64     `bun:"sequence,pk"`
	At          time.Time `bun:"at"`
	ActorKind   string    `bun:"actor_kind"`
	ActorID     string    `bun:"actor_id"`
	Operation   string    `bun:"operation"`
	ObjectKind  string    `bun:"object_kind"`
	ObjectID    string    `bun:"object_id"`
	Outcome     string    `bun:"outcome"`
	RequestID   string    `bun:"request_id"`
	Details     string    `bun:"details"`
	DetailsHash []byte    `bun:"details_hash"`
	Previous    []byte    `bun:"previous"`
	Hash        []byte    `bun:"hash"`
}

func newAuditRow(e audit.Entry) *auditRow {
	return &auditRow{
		Chain: e.Chain, Sequence: e.Sequence, At: e.At,
		ActorKind: string(e.Actor.Kind), ActorID: e.Actor.ID,
		Operation: e.Operation, ObjectKind: e.Object.Kind, ObjectID: e.Object.ID,
		Outcome: e.Outcome, RequestID: e.RequestID, Details: e.Details,
		DetailsHash: e.DetailsHash[:], Previous: e.Previous[:], Hash: e.Hash[:],
	}
}

func (r *auditRow) entry() audit.Entry {
	return audit.Entry{
		Chain: r.Chain, Sequence: r.Sequence, At: r.At.UTC(),
		Actor:     audit.Actor{Kind: audit.ActorKind(r.ActorKind), ID: r.ActorID},
		Operation: r.Operation, Object: audit.Object{Kind: r.ObjectKind, ID: r.ObjectID},
		Outcome: r.Outcome, RequestID: r.RequestID, Details: r.Details,
		DetailsHash: hash(r.DetailsHash), Previous: hash(r.Previous), Hash: hash(r.Hash),
	}
}

// recorded runs fn in a transaction and saves with it the entry of the trail
// that the context has for it, then runs end. The transaction has to hold the
// lock of the organisation.
func (s *Store) recorded(ctx context.Context, organizationID string, fn, end func(context.Context, bun.Tx) error) error {
	var inside error
	appended := false
	err := s.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		inside = fn(ctx, tx)
		if inside == nil {
			appended, inside = appendPending(ctx, tx, organizationID)
		}
		if inside == nil {
			inside = end(ctx, tx)
		}
		return inside
	})
	switch {
	case inside != nil:
		return inside
	case err != nil:
		return failed(ctx, "begin or commit", err)
	case appended:
		audit.Of(ctx).Saved()
	}
	return nil
}

func appendPending(ctx context.Context, tx bun.Tx, chain string) (bool, error) {
	e, pending, err := audit.Of(ctx).Pending(chain)
	if err != nil || !pending {
		return false, err
	}
	return true, appendLocked(ctx, tx, e)
}

// appendLocked saves the entry as the last of its chain, to which nobody else
// appends until the transaction ends.
func appendLocked(ctx context.Context, tx bun.Tx, e audit.Entry) error {
	last := new(auditRow)
	err := tx.NewSelect().Model(last).Column("sequence", "hash").
		Where("chain = ?", e.Chain).Order("sequence DESC").Limit(1).Scan(ctx)
	err = failed(ctx, "read the end of the trail", err)
	if err != nil && !errors.Is(err, org.ErrNotFound) {
		return err
	}
	_, err = tx.NewInsert().Model(newAuditRow(e.After(last.entry()))).Exec(ctx)
	return failed(ctx, "append to the trail", err)
}

// eraseDetails takes what may be about people out of the chain of an
// organisation that is gone.
func eraseDetails(ctx context.Context, tx bun.Tx, chain string) error {
	_, err := tx.NewUpdate().Model((*auditRow)(nil)).Set("details = ''").
		Where("chain = ?", chain).Where("details <> ''").Exec(ctx)
	return failed(ctx, "erase details of the trail", err)
}

// AppendEntry implements [audit.Store].
func (s *Store) AppendEntry(ctx context.Context, e audit.Entry) (bool, error) {
	if e.Chain == audit.Platform {
		return true, s.appendToPlatform(ctx, e)
	}
	err := s.change(ctx, e.Chain, func(ctx context.Context, tx bun.Tx, _ *organizationRow) error {
		return appendLocked(ctx, tx, e)
	})
	if errors.Is(err, org.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (s *Store) appendToPlatform(ctx context.Context, e audit.Entry) error {
	unlock, err := s.lockWriters(ctx, audit.Platform)
	if err != nil {
		return err
	}
	defer unlock()
	nothing := func(context.Context, bun.Tx) error { return nil }
	return s.recorded(ctx, audit.Platform, func(ctx context.Context, tx bun.Tx) error {
		if s.dialect == Postgres {
			if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(?)", platformTrailLock); err != nil {
				return failed(ctx, "lock the trail", err)
			}
		}
		return appendLocked(ctx, tx, e)
	}, nothing)
}

// Entries implements [audit.Store].
func (s *Store) Entries(ctx context.Context, chain string, filter audit.Filter, page audit.Page) ([]audit.Entry, error) {
	if !storable(chain, filter.Actor, filter.Operation, filter.Object, filter.Outcome) {
		return nil, nil
	}
	var rows []*auditRow
	q := s.db.NewSelect().Model(&rows).Where("chain = ?", chain)
	narrow(q, filter)
	order, beyond := "sequence", "sequence > ?"
	if page.NewestFirst {
		order, beyond = "sequence DESC", "sequence < ?"
	}
	if page.From != 0 {
		q.Where(beyond, page.From)
	}
	if page.Limit > 0 {
		q.Limit(int64(page.Limit))
	}
	if err := q.Order(order).Scan(ctx); err != nil {
		return nil, failed(ctx, "list the trail", err)
	}
	list := make([]audit.Entry, len(rows))
	for i, row := range rows {
		list[i] = row.entry()
	}
	return list, nil
}

func narrow(q *bun.SelectQuery, f audit.Filter) {
	if !f.From.IsZero() {
		q.Where("at >= ?", f.From.UTC())
	}
	if !f.To.IsZero() {
		q.Where("at < ?", f.To.UTC())
	}
	if f.Actor != "" {
		q.Where("(actor_kind = ? OR actor_id = ?)", f.Actor, f.Actor)
	}
	if f.Operation != "" {
		q.Where("operation = ?", f.Operation)
	}
	if f.Object != "" {
		q.Where("(object_kind = ? OR object_id = ?)", f.Object, f.Object)
	}
	if f.Outcome != "" {
		q.Where("outcome = ?", f.Outcome)
	}
}

// Chains implements [audit.Store].
func (s *Store) Chains(ctx context.Context, after string, limit int) ([]string, error) {
	if !storable(after) {
		return nil, nil
	}
	var chains []string
	err := s.db.NewSelect().Model((*auditRow)(nil)).Column("chain").Distinct().
		Where("chain > ?", after).Order("chain").Limit(int64(limit)).Scan(ctx, &chains)
	return chains, failed(ctx, "list the chains of the trail", err)
}
