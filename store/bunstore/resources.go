package bunstore

import (
	"context"
	"database/sql"
	"slices"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// Users implements [resource.Store].
func (s *Store) Users() resource.Finder[resource.User] { return reader(s.db, users) }

// Trunks implements [resource.Store].
func (s *Store) Trunks() resource.Finder[resource.Trunk] { return reader(s.db, trunks) }

// DIDs implements [resource.Store].
func (s *Store) DIDs() resource.Finder[resource.DID] { return reader(s.db, dids) }

// Queues implements [resource.Store].
func (s *Store) Queues() resource.Finder[resource.Queue] { return reader(s.db, queues) }

// OutboundRoutes implements [resource.Store].
func (s *Store) OutboundRoutes() resource.Finder[resource.OutboundRoute] { return reader(s.db, routes) }

// IVRs implements [resource.Store].
func (s *Store) IVRs() resource.Finder[resource.IVR] { return reader(s.db, ivrs) }

// Conferences implements [resource.Store].
func (s *Store) Conferences() resource.Finder[resource.Conference] { return reader(s.db, conferences) }

// AIAgents implements [resource.Store].
func (s *Store) AIAgents() resource.Finder[resource.AIAgent] { return reader(s.db, agents) }

// Counts implements [resource.Store].
func (s *Store) Counts(ctx context.Context, organizationID string) (resource.Counts, error) {
	if !storable(organizationID) {
		return resource.Counts{}, nil
	}
	var rows []countsRow
	err := s.db.NewSelect().Table("orgpbx_organizations").Column("users", "dids", "trunks", "queues").
		Where("id = ?", organizationID).Scan(ctx, &rows)
	if err != nil {
		return nil, failed(ctx, "read counts", err)
	}
	if len(rows) == 0 {
		return resource.Counts{}, nil
	}
	return rows[0].counts(), nil
}

// CountsOf implements [resource.Store].
func (s *Store) CountsOf(ctx context.Context, organizationIDs []string) (map[string]resource.Counts, error) {
	counts := map[string]resource.Counts{}
	known := slices.DeleteFunc(slices.Clone(organizationIDs), func(id string) bool { return !storable(id) })
	if len(known) == 0 {
		return counts, nil
	}
	var rows []struct {
		ID string `bun:"id"`
		countsRow
	}
	err := s.db.NewSelect().Table("orgpbx_organizations").Column("id", "users", "dids", "trunks", "queues").
		Where("id IN (?)", bun.List(known)).Scan(ctx, &rows)
	if err != nil {
		return nil, failed(ctx, "read counts of several", err)
	}
	for _, r := range rows {
		counts[r.ID] = r.counts()
	}
	return counts, nil
}

// Snapshot implements [resource.Store] and [deploy.Store].
func (s *Store) Snapshot(ctx context.Context, organizationID string) (resource.Snapshot, error) {
	if !storable(organizationID) {
		return resource.Snapshot{}, org.ErrNotFound
	}
	// All statements of the transaction see the same moment: by the isolation
	// level in Postgres, always in SQLite.
	opts := &sql.TxOptions{ReadOnly: true}
	if s.dialect == Postgres {
		opts.Isolation = sql.LevelRepeatableRead
	}
	var snapshot resource.Snapshot
	err := s.db.RunInTx(ctx, opts, func(ctx context.Context, tx bun.Tx) error {
		row := new(organizationRow)
		err := tx.NewSelect().Model(row).Where("o.id = ?", organizationID).Scan(ctx)
		if err != nil {
			return err
		}
		snapshot, err = snapshotOf(ctx, tx, row.organization())
		return err
	})
	if err != nil {
		return resource.Snapshot{}, failed(ctx, "snapshot", err)
	}
	return snapshot, nil
}

// snapshotOf reads the rest of a snapshot.
func snapshotOf(ctx context.Context, db bun.IDB, o org.Organization) (resource.Snapshot, error) {
	s := resource.Snapshot{Organization: o}
	var err error
	if s.Users, err = reader(db, users).List(ctx, o.ID, org.Page{}); err != nil {
		return s, err
	}
	if s.Trunks, err = reader(db, trunks).List(ctx, o.ID, org.Page{}); err != nil {
		return s, err
	}
	if s.DIDs, err = reader(db, dids).List(ctx, o.ID, org.Page{}); err != nil {
		return s, err
	}
	if s.Queues, err = reader(db, queues).List(ctx, o.ID, org.Page{}); err != nil {
		return s, err
	}
	if s.OutboundRoutes, err = reader(db, routes).List(ctx, o.ID, org.Page{}); err != nil {
		return s, err
	}
	if s.IVRs, err = reader(db, ivrs).List(ctx, o.ID, org.Page{}); err != nil {
		return s, err
	}
	if s.Conferences, err = reader(db, conferences).List(ctx, o.ID, org.Page{}); err != nil {
		return s, err
	}
	s.AIAgents, err = reader(db, agents).List(ctx, o.ID, org.Page{})
	return s, err
}
