package bunstore

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org"
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

// PurgeCalls implements [cdr.PurgeStore].
func (s *Store) PurgeCalls(ctx context.Context, organizationID string, limit int, below func(org.Organization) string, gone func([]string)) (int, error) {
	var ids []string
	err := s.purge(ctx, organizationID, func(ctx context.Context, tx bun.Tx, row *organizationRow) error {
		err := tx.NewSelect().Model((*callRow)(nil)).Column("c.id").
			Where("c.organization_id = ?", organizationID).Where("c.id < ?", below(row.organization())).
			Where("NOT EXISTS (SELECT 1 FROM orgpbx_recordings AS r WHERE r.organization_id = c.organization_id AND r.call_id = c.id)").
			Order("c.id").Limit(int64(limit)).Scan(ctx, &ids)
		if err != nil || len(ids) == 0 {
			return failed(ctx, "find calls to delete", err)
		}
		_, err = tx.NewDelete().Model((*callRow)(nil)).
			Where("organization_id = ?", organizationID).Where("id IN (?)", bun.List(ids)).Exec(ctx)
		if err != nil {
			return failed(ctx, "delete calls", err)
		}
		last := ids[len(ids)-1]
		_, err = tx.NewUpdate().Model((*organizationRow)(nil)).Set("calls_purged = ?", last).
			Where("id = ?", organizationID).Where("calls_purged < ?", last).Exec(ctx)
		if err != nil {
			return failed(ctx, "note the last call that was deleted", err)
		}
		gone(ids)
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(ids), nil
}

// DoomRecordings implements [cdr.PurgeStore].
func (s *Store) DoomRecordings(ctx context.Context, organizationID string, limit int, below func(org.Organization) string) (int, error) {
	var ids []string
	err := s.purge(ctx, organizationID, func(ctx context.Context, tx bun.Tx, row *organizationRow) error {
		err := tx.NewSelect().Model((*recordingRow)(nil)).Column("r.call_id").
			Where("r.organization_id = ?", organizationID).Where("r.call_id < ?", below(row.organization())).
			Where("r.state <> 'deleting'").Order("r.call_id").Limit(int64(limit)).Scan(ctx, &ids)
		if err != nil || len(ids) == 0 {
			return failed(ctx, "find recordings to delete", err)
		}
		_, err = tx.NewUpdate().Model((*recordingRow)(nil)).Set("state = 'deleting'").
			Where("organization_id = ?", organizationID).Where("call_id IN (?)", bun.List(ids)).Exec(ctx)
		return failed(ctx, "note recordings to delete", err)
	})
	if err != nil {
		return 0, err
	}
	return len(ids), nil
}

// DoomedRecordings implements [cdr.PurgeStore].
func (s *Store) DoomedRecordings(ctx context.Context, organizationID, after string, limit int) ([]cdr.DoomedRecording, error) {
	if !storable(organizationID, after) {
		return nil, nil
	}
	var list []cdr.DoomedRecording
	err := s.db.NewSelect().Model((*recordingRow)(nil)).
		Column("r.call_id", "r.name").ColumnExpr("COALESCE(c.recording, '') AS called").
		Join("LEFT JOIN orgpbx_calls AS c ON c.organization_id = r.organization_id AND c.id = r.call_id").
		Where("r.organization_id = ?", organizationID).Where("r.call_id > ?", after).Where("r.state = 'deleting'").
		Order("r.call_id").Limit(int64(limit)).Scan(ctx, &list)
	return list, failed(ctx, "list recordings to delete", err)
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
		_, err = tx.NewUpdate().Model((*callRow)(nil)).Set("recording = ''").
			Where("organization_id = ?", organizationID).Where("id IN (?)", bun.List(ids)).Exec(ctx)
		if err != nil {
			return failed(ctx, "forget the names of recordings", err)
		}
		slices.Sort(ids)
		gone(ids)
		return nil
	})
}
