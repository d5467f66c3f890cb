package bunstore

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// InsertOrganization implements [org.Store].
func (s *Store) InsertOrganization(ctx context.Context, o org.Organization) error {
	return s.insertOrganization(ctx, o, func(context.Context, bun.Tx) error { return nil })
}

// InsertPlacedOrganization implements [org.Store].
func (s *Store) InsertPlacedOrganization(ctx context.Context, o org.Organization, node string) error {
	return s.insertOrganization(ctx, o, func(ctx context.Context, tx bun.Tx) error {
		placed := resource.Placement{ContextPrefix: o.ContextPrefix, OrganizationID: o.ID, Node: node}
		_, err := tx.NewInsert().Model(newPlacementRow(placed)).Exec(ctx)
		return failed(ctx, "place", err)
	})
}

// insertOrganization runs also in the transaction.
func (s *Store) insertOrganization(ctx context.Context, o org.Organization, also func(context.Context, bun.Tx) error) error {
	unlock, err := s.lockFile(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return s.recorded(ctx, o.ID, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(newOrganizationRow(o)).Exec(ctx); err != nil {
			return failed(ctx, "insert organization", err)
		}
		return also(ctx, tx)
	}, func(context.Context, bun.Tx) error { return nil })
}

// Organization implements [org.Store].
func (s *Store) Organization(ctx context.Context, id string) (org.Organization, error) {
	if !storable(id) {
		return org.Organization{}, org.ErrNotFound
	}
	row := new(organizationRow)
	err := s.db.NewSelect().Model(row).Where("o.id = ?", id).Scan(ctx)
	if err != nil {
		return org.Organization{}, failed(ctx, "read organization", err)
	}
	return row.organization(), nil
}

// Organizations implements [org.Store].
func (s *Store) Organizations(ctx context.Context, filter org.Filter, page org.Page) ([]org.Organization, error) {
	if !storable(filter.Query, page.After) {
		return nil, nil
	}
	var rows []*organizationRow
	q := s.db.NewSelect().Model(&rows).Order("o.id")
	if filter.Status != "" {
		q.Where("o.status = ?", string(filter.Status))
	}
	if filter.Query != "" {
		// Not LIKE: nothing a caller sends is a wildcard.
		q.Where("?(o.name_key, ?) > 0", bun.Safe(s.positionFunction()), org.NameKey(filter.Query))
	}
	if err := paged(q, page).Scan(ctx); err != nil {
		return nil, failed(ctx, "list organizations", err)
	}
	list := make([]org.Organization, len(rows))
	for i, row := range rows {
		list[i] = row.organization()
	}
	return list, nil
}

// positionFunction names the function that finds one text in another.
func (s *Store) positionFunction() string {
	if s.dialect == SQLite {
		return "instr"
	}
	return "strpos"
}

// paged narrows a list that is in order of id.
func paged(q *bun.SelectQuery, page org.Page) *bun.SelectQuery {
	if page.After != "" {
		q.Where("id > ?", page.After)
	}
	if page.Limit > 0 {
		q.Limit(int64(page.Limit))
	}
	return q
}

// ChangeOrganization implements [org.Store].
func (s *Store) ChangeOrganization(ctx context.Context, id string, change func(*org.Organization) error) (org.Organization, error) {
	var changed org.Organization
	err := s.change(ctx, id, func(ctx context.Context, tx bun.Tx, row *organizationRow) error {
		changed = row.organization()
		if err := change(&changed); err != nil {
			return err
		}
		changed.ID = id
		e, told, err := org.StatusEvent(row.organization(), changed)
		if err != nil {
			return err
		}
		after := newOrganizationRow(changed)
		_, err = tx.NewUpdate().Model(after).
			ExcludeColumn("users", "dids", "trunks", "queues").WherePK().Exec(ctx)
		if err != nil || !told {
			return failed(ctx, "update organization", err)
		}
		return s.tell(ctx, tx, after, e)
	})
	if err != nil {
		return org.Organization{}, err
	}
	return changed.Clone(), nil
}

// DeleteOrganization implements [org.Store].
func (s *Store) DeleteOrganization(ctx context.Context, id string, check func(org.Organization) error) error {
	return s.changeAndEnd(ctx, id, func(ctx context.Context, tx bun.Tx, row *organizationRow) error {
		if err := check(row.organization()); err != nil {
			return err
		}
		held, err := tx.NewSelect().Model((*holdRow)(nil)).Where("organization_id = ?", id).Where("released_at IS NULL").Exists(ctx)
		if err != nil {
			return failed(ctx, "look for legal holds", err)
		}
		if held {
			return org.ErrHeld
		}
		removal := &removalRow{OrganizationID: id, ContextPrefix: row.ContextPrefix}
		if _, err := tx.NewInsert().Model(removal).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return failed(ctx, "insert removal", err)
		}
		deleted := &deletedRow{OrganizationID: id, ContextPrefix: row.ContextPrefix}
		if _, err := tx.NewInsert().Model(deleted).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return failed(ctx, "note that its recordings go", err)
		}
		for _, rows := range []any{(*callRow)(nil), (*usageRow)(nil), (*requestRow)(nil)} {
			if _, err := tx.NewDelete().Model(rows).Where("organization_id = ?", id).Exec(ctx); err != nil {
				return failed(ctx, "delete calls and requests", err)
			}
		}
		// All other rows of the organisation go with it: ON DELETE CASCADE.
		_, err = tx.NewDelete().Model(row).WherePK().Exec(ctx)
		return failed(ctx, "delete organization", err)
	}, func(ctx context.Context, tx bun.Tx) error { return eraseDetails(ctx, tx, id) })
}
