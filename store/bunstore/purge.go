package bunstore

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// purge is change that no call of the organisation can be saved meanwhile of.
func (s *Store) purge(ctx context.Context, organizationID string, fn func(context.Context, bun.Tx, *organizationRow) error) error {
	return s.change(ctx, organizationID, func(ctx context.Context, tx bun.Tx, row *organizationRow) error {
		if s.dialect == Postgres {
			// Who saves calls holds FOR KEY SHARE, which the lock of a change lets by.
			q := tx.NewSelect().Model((*organizationRow)(nil)).Column("id").Where("o.id = ?", organizationID).For("UPDATE")
			if _, err := q.Exec(ctx); err != nil {
				return failed(ctx, "keep calls from being saved", err)
			}
		}
		return fn(ctx, tx, row)
	})
}

// dueRow is what a hold knows a call by.
type dueRow struct {
	callRow
	State          *string `bun:"state"` // of the recording; null for none
	RecordingBytes int64   `bun:"recording_bytes"`
}

func (r *dueRow) due() cdr.DueCall {
	return cdr.DueCall{Call: r.call(), Recorded: r.State != nil, Bytes: r.RecordingBytes}
}

// traces are what a hold knows a call by.
const traces = "c.id, c.caller, c.caller_name, c.called, c.endpoint, c.answered_by, c.started_at, c.parts"

// selectDue finds calls behind an id of which the condition holds, in order. r is the
// recording of a call c.
func selectDue(db bun.IDB, organizationID, after string, limit int, condition string, args ...any) *bun.SelectQuery {
	return db.NewSelect().TableExpr("orgpbx_calls AS c").
		Join("LEFT JOIN orgpbx_recordings AS r ON r.organization_id = c.organization_id AND r.call_id = c.id").
		Where("c.organization_id = ?", organizationID).Where("c.id > ?", after).
		Where(condition, args...).Order("c.id").Limit(int64(limit))
}

// dueCalls reads what a hold knows calls by.
func dueCalls(ctx context.Context, q *bun.SelectQuery) ([]cdr.DueCall, error) {
	var rows []*dueRow
	err := q.ColumnExpr(traces).ColumnExpr("r.state, COALESCE(r.bytes, 0) AS recording_bytes").Scan(ctx, &rows)
	if err != nil {
		return nil, failed(ctx, "find calls past their time", err)
	}
	list := make([]cdr.DueCall, len(rows))
	for i, row := range rows {
		list[i] = row.due()
	}
	return list, nil
}

// dueIDs reads the ids of calls, and which of them nothing keeps.
func dueIDs(ctx context.Context, q *bun.SelectQuery, kept hold.Set) (all, unheld []string, err error) {
	if kept.Nothing() {
		err := q.ColumnExpr("c.id").Scan(ctx, &all)
		return all, all, failed(ctx, "find calls past their time", err)
	}
	calls, err := dueCalls(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	for _, d := range calls {
		all = append(all, d.Call.ID)
	}
	return all, cdr.Unheld(calls, kept), nil
}

// DueCalls implements [cdr.PurgeStore].
func (s *Store) DueCalls(ctx context.Context, organizationID, after, callsBelow, recordingsBelow string, limit int) ([]cdr.DueCall, error) {
	if !storable(organizationID, after, callsBelow, recordingsBelow) {
		return nil, nil
	}
	return dueCalls(ctx, selectDue(s.db, organizationID, after, limit, "c.id < ? AND (c.id < ? OR r.state IS NOT NULL AND c.id < ?)",
		max(callsBelow, recordingsBelow), callsBelow, recordingsBelow))
}

// purgeDue gives edit the ids of those calls, of those for which the condition
// holds, that nothing keeps, and whether these are all for which it holds from after
// to the last of them.
func (s *Store) purgeDue(ctx context.Context, organizationID, after string, limit int, below func(org.Organization) string,
	condition string, edit func(ctx context.Context, tx bun.Tx, ids []string, all bool) error,
) (cdr.Batch, error) {
	var batch cdr.Batch
	err := s.purge(ctx, organizationID, func(ctx context.Context, tx bun.Tx, row *organizationRow) error {
		kept, err := holdsInForce(ctx, tx, organizationID)
		if err != nil || kept.Everything() {
			return err
		}
		all, ids, err := dueIDs(ctx, selectDue(tx, organizationID, after, limit, "c.id < ? AND "+condition, below(row.organization())), kept)
		if err != nil {
			return err
		}
		if len(all) == limit {
			batch.Next = all[limit-1]
		}
		if len(ids) == 0 {
			return nil
		}
		batch.Gone = len(ids)
		return edit(ctx, tx, ids, len(ids) == len(all))
	})
	if err != nil {
		return cdr.Batch{}, err
	}
	return batch, nil
}

// unrecorded holds of a call c that has no recording. Of r.state IS NULL Postgres
// expects that it holds of few, and sorts all calls of an organisation for each batch.
const unrecorded = "NOT EXISTS (SELECT 1 FROM orgpbx_recordings AS x WHERE x.organization_id = c.organization_id AND x.call_id = c.id)"

// PurgeCalls implements [cdr.PurgeStore].
func (s *Store) PurgeCalls(ctx context.Context, organizationID, after string, limit int, below func(org.Organization) string, gone func([]string)) (cdr.Batch, error) {
	return s.purgeDue(ctx, organizationID, after, limit, below, unrecorded, func(ctx context.Context, tx bun.Tx, ids []string, all bool) error {
		last := ids[len(ids)-1]
		q := tx.NewDelete().Model((*callRow)(nil)).Where("c.organization_id = ?", organizationID)
		if all {
			// Thousands of ids take longer to read than to delete. Nobody can add a call
			// or a recording meanwhile.
			q.Where("c.id > ?", after).Where("c.id <= ?", last)
			recorded, err := tx.NewSelect().Model((*recordingRow)(nil)).Where("r.organization_id = ?", organizationID).
				Where("r.call_id > ?", after).Where("r.call_id <= ?", last).Exists(ctx)
			if err != nil {
				return failed(ctx, "look for recordings", err)
			}
			if recorded { // which makes SQLite look at all calls first and delete them then
				q.Where(unrecorded)
			}
		} else {
			q.Where("c.id IN (?)", bun.List(ids))
		}
		if _, err := q.Exec(ctx); err != nil {
			return failed(ctx, "delete calls", err)
		}
		_, err := tx.NewUpdate().Model((*organizationRow)(nil)).Set("calls_purged = ?", last).
			Where("id = ?", organizationID).Where("calls_purged < ?", last).Exec(ctx)
		if err != nil {
			return failed(ctx, "note the last call that was deleted", err)
		}
		gone(ids)
		return nil
	})
}

// DoomRecordings implements [cdr.PurgeStore].
func (s *Store) DoomRecordings(ctx context.Context, organizationID, after string, limit int, below func(org.Organization) string) (cdr.Batch, error) {
	return s.purgeDue(ctx, organizationID, after, limit, below, "r.state <> 'deleting'", func(ctx context.Context, tx bun.Tx, ids []string, _ bool) error {
		_, err := tx.NewUpdate().Model((*recordingRow)(nil)).Set("state = 'deleting'").
			Where("organization_id = ?", organizationID).Where("call_id IN (?)", bun.List(ids)).Exec(ctx)
		return failed(ctx, "note recordings to delete", err)
	})
}

// DoomedRecordings implements [cdr.PurgeStore].
func (s *Store) DoomedRecordings(ctx context.Context, organizationID, after string, limit int) ([]cdr.DoomedRecording, error) {
	if !storable(organizationID, after) {
		return nil, nil
	}
	var rows []*struct {
		callRow
		CallID       string    `bun:"call_id"`
		Name         string    `bun:"name"`
		ClaimedUntil time.Time `bun:"claimed_until,nullzero"`
		Archived     bool      `bun:"archived"`
	}
	err := s.db.NewSelect().TableExpr("orgpbx_recordings AS r").
		ColumnExpr("r.call_id, r.name, r.claimed_until, r.archived, COALESCE(c.recording, '') AS recording").
		ColumnExpr("r.call_id AS id, c.caller, c.caller_name, c.called, c.endpoint, c.answered_by, c.parts").
		Join("LEFT JOIN orgpbx_calls AS c ON c.organization_id = r.organization_id AND c.id = r.call_id").
		Where("r.organization_id = ?", organizationID).Where("r.call_id > ?", after).Where("r.state = 'deleting'").
		Order("r.call_id").Limit(int64(limit)).Scan(ctx, &rows)
	if err != nil || len(rows) == 0 {
		return nil, failed(ctx, "list recordings to delete", err)
	}
	kept, err := holdsInForce(ctx, s.db, organizationID)
	if err != nil {
		return nil, err
	}
	list := make([]cdr.DoomedRecording, len(rows))
	for i, row := range rows {
		held := cdr.DueCall{Call: row.call()}.Held(kept)
		list[i] = cdr.DoomedRecording{
			CallID: row.CallID, Name: row.Name, Called: row.Recording, Held: held,
			ClaimedUntil: row.ClaimedUntil.UTC(), Archived: row.Archived,
		}
	}
	return list, nil
}

// PurgeRecordings implements [cdr.PurgeStore].
func (s *Store) PurgeRecordings(ctx context.Context, organizationID string, callIDs []string, gone func([]string)) error {
	callIDs = slices.DeleteFunc(slices.Clone(callIDs), func(id string) bool { return !storable(id) })
	if len(callIDs) == 0 {
		return nil
	}
	return s.purge(ctx, organizationID, func(ctx context.Context, tx bun.Tx, _ *organizationRow) error {
		var ids []string
		_, err := tx.NewDelete().Model((*recordingRow)(nil)).
			Where("organization_id = ?", organizationID).Where("call_id IN (?)", bun.List(callIDs)).
			Where("state = 'deleting'").Returning("call_id").Exec(ctx, &ids)
		if err != nil || len(ids) == 0 {
			return failed(ctx, "forget recordings", err)
		}
		if err := forgetNames(ctx, tx, organizationID, ids); err != nil {
			return err
		}
		slices.Sort(ids)
		gone(ids)
		return nil
	})
}

// forgetNames takes the names of recordings out of calls.
func forgetNames(ctx context.Context, db bun.IDB, organizationID string, callIDs []string) error {
	_, err := db.NewUpdate().Model((*callRow)(nil)).Set("recording = ''").
		Where("organization_id = ?", organizationID).Where("id IN (?)", bun.List(callIDs)).Exec(ctx)
	return failed(ctx, "forget the names of recordings", err)
}
