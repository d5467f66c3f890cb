package bunstore

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/event"
	"github.com/orgpbx/orgpbx/resource"
)

// change runs fn in a transaction that holds the organisation's lock, and
// gives it the organisation's row. The entry of the trail that the context has
// for it is saved with it.
func (s *Store) change(ctx context.Context, organizationID string, fn func(context.Context, bun.Tx, *organizationRow) error) error {
	return s.changeAndEnd(ctx, organizationID, fn, func(context.Context, bun.Tx) error { return nil })
}

// changeAndEnd is change with something to do after the trail was written.
func (s *Store) changeAndEnd(ctx context.Context, organizationID string,
	fn func(context.Context, bun.Tx, *organizationRow) error, end func(context.Context, bun.Tx) error,
) error {
	if !storable(organizationID) {
		return org.ErrNotFound
	}
	unlock, err := s.lockWriters(ctx, organizationID)
	if err != nil {
		return err
	}
	defer unlock()

	audit.Of(ctx).Restart()
	return s.recorded(ctx, organizationID, func(ctx context.Context, tx bun.Tx) error {
		return s.changeLocked(ctx, tx, organizationID, fn)
	}, end)
}

func (s *Store) changeLocked(ctx context.Context, tx bun.Tx, organizationID string, fn func(context.Context, bun.Tx, *organizationRow) error) error {
	row := new(organizationRow)
	q := tx.NewSelect().Model(row).Where("o.id = ?", organizationID)
	if s.dialect == Postgres {
		// Not FOR UPDATE: that would also stop logins, which only point at the
		// row. SQLite took its one lock when the transaction began.
		q.For("NO KEY UPDATE")
	}
	if err := q.Scan(ctx); err != nil {
		return failed(ctx, "lock organization", err)
	}
	return fn(ctx, tx, row)
}

// Change implements [resource.Store].
func (s *Store) Change(ctx context.Context, organizationID string, fn func(resource.Tx) error) error {
	return s.change(ctx, organizationID, func(ctx context.Context, db bun.Tx, row *organizationRow) error {
		t := &tx{db: db, row: row}
		if err := fn(t); err != nil {
			return err
		}
		config := row.organization().Config
		config.Raise()
		if err := saveConfig(ctx, db, row, config); err != nil {
			return err
		}
		return s.tell(ctx, db, row, t.told...)
	})
}

// saveConfig writes how far the PBX is behind, and the counts.
func saveConfig(ctx context.Context, db bun.Tx, row *organizationRow, config org.ConfigStatus) error {
	row.setConfig(config)
	_, err := db.NewUpdate().Model(row).
		Column("desired_revision", "applied_revision", "config_state", "users", "dids", "trunks", "queues").
		WherePK().Exec(ctx)
	return failed(ctx, "update organization", err)
}

// tx is a change of one organisation.
type tx struct {
	db  bun.Tx
	row *organizationRow // locked; its counts follow the writes

	told []event.Event
}

// Organization implements [resource.Tx].
func (t *tx) Organization() org.Organization { return t.row.organization().Clone() }

// Counts implements [resource.Tx].
func (t *tx) Counts(_ context.Context, organizationID string) (resource.Counts, error) {
	if organizationID != t.row.ID {
		return resource.Counts{}, nil
	}
	return t.row.counts(), nil
}

// Snapshot implements [resource.Tx].
func (t *tx) Snapshot(ctx context.Context, organizationID string) (resource.Snapshot, error) {
	if organizationID != t.row.ID {
		return resource.Snapshot{}, org.ErrNotFound
	}
	return snapshotOf(ctx, t.db, t.Organization())
}

// Tell implements [resource.Tx].
func (t *tx) Tell(_ context.Context, organizationID string, e event.Event) error {
	if organizationID != t.row.ID {
		return org.ErrNotFound
	}
	t.told = append(t.told, e)
	return nil
}

// Holder implements [resource.Tx].
func (t *tx) Holder(ctx context.Context, organizationID, number string) (resource.Ref, error) {
	if organizationID != t.row.ID || !storable(number) {
		return resource.Ref{}, org.ErrNotFound
	}
	var ref resource.Ref
	err := t.db.NewRaw(
		`SELECT ?, id FROM orgpbx_users WHERE organization_id = ? AND extension = ?
		 UNION ALL
		 SELECT ?, id FROM orgpbx_queues WHERE organization_id = ? AND number = ?
		 UNION ALL
		 SELECT ?, id FROM orgpbx_ivrs WHERE organization_id = ? AND number = ?
		 UNION ALL
		 SELECT ?, id FROM orgpbx_conferences WHERE organization_id = ? AND number = ?
		 UNION ALL
		 SELECT ?, id FROM orgpbx_ai_agents WHERE organization_id = ? AND number = ?`,
		string(resource.KindUser), organizationID, number,
		string(resource.KindQueue), organizationID, number,
		string(resource.KindIVR), organizationID, number,
		string(resource.KindConference), organizationID, number,
		string(resource.KindAIAgent), organizationID, number,
	).Scan(ctx, &ref.Kind, &ref.ID)
	return ref, failed(ctx, "find the holder of a number", err)
}

// Users implements [resource.Tx].
func (t *tx) Users() resource.Table[resource.User] { return writer(t, users) }

// Trunks implements [resource.Tx].
func (t *tx) Trunks() resource.Table[resource.Trunk] { return writer(t, trunks) }

// DIDs implements [resource.Tx].
func (t *tx) DIDs() resource.Table[resource.DID] { return writer(t, dids) }

// Queues implements [resource.Tx].
func (t *tx) Queues() resource.Table[resource.Queue] { return writer(t, queues) }

// OutboundRoutes implements [resource.Tx].
func (t *tx) OutboundRoutes() resource.Table[resource.OutboundRoute] { return writer(t, routes) }

// IVRs implements [resource.Tx].
func (t *tx) IVRs() resource.Table[resource.IVR] { return writer(t, ivrs) }

// Conferences implements [resource.Tx].
func (t *tx) Conferences() resource.Table[resource.Conference] { return writer(t, conferences) }

// AIAgents implements [resource.Tx].
func (t *tx) AIAgents() resource.Table[resource.AIAgent] { return writer(t, agents) }
