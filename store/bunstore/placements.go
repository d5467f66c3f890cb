package bunstore

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

type placementRow struct {
	bun.BaseModel `bun:"table:orgpbx_placements,alias:p"`

	ContextPrefix  string `bun:"context_prefix,pk"`
	OrganizationID string `bun:"organization_id"`
	Node           string `bun:"node"`
	MovingTo       string `bun:"moving_to"`
	Leaving        string `bun:"leaving"`
	Endpoints      int    `bun:"endpoints"`
}

func newPlacementRow(p resource.Placement) *placementRow {
	return &placementRow{
		ContextPrefix: p.ContextPrefix, OrganizationID: p.OrganizationID,
		Node: p.Node, MovingTo: p.MovingTo, Leaving: p.Leaving, Endpoints: p.Endpoints,
	}
}

func (r *placementRow) placement() resource.Placement {
	return resource.Placement{
		ContextPrefix: r.ContextPrefix, OrganizationID: r.OrganizationID,
		Node: r.Node, MovingTo: r.MovingTo, Leaving: r.Leaving, Endpoints: r.Endpoints,
	}
}

// Placement implements [resource.Placements].
func (s *Store) Placement(ctx context.Context, contextPrefix string) (resource.Placement, error) {
	if !storable(contextPrefix) {
		return resource.Placement{}, org.ErrNotFound
	}
	var rows []*placementRow
	if err := s.db.NewSelect().Model(&rows).Where("p.context_prefix = ?", contextPrefix).Scan(ctx); err != nil {
		return resource.Placement{}, failed(ctx, "read placement", err)
	}
	if len(rows) == 0 {
		return resource.Placement{}, org.ErrNotFound
	}
	return rows[0].placement(), nil
}

// Placements implements [resource.Placements].
func (s *Store) Placements(ctx context.Context) ([]resource.Placement, error) {
	var rows []*placementRow
	if err := s.db.NewSelect().Model(&rows).Order("p.context_prefix").Scan(ctx); err != nil {
		return nil, failed(ctx, "list placements", err)
	}
	list := make([]resource.Placement, len(rows))
	for i, row := range rows {
		list[i] = row.placement()
	}
	return list, nil
}

// Place implements [resource.Placements].
func (s *Store) Place(ctx context.Context, p resource.Placement) (resource.Placement, error) {
	unlock, err := s.lockFile(ctx)
	if err != nil {
		return resource.Placement{}, err
	}
	_, err = s.db.NewInsert().Model(newPlacementRow(p)).On("CONFLICT DO NOTHING").Exec(ctx)
	unlock()
	if err != nil {
		return resource.Placement{}, failed(ctx, "place", err)
	}
	return s.Placement(ctx, p.ContextPrefix)
}

// Replace implements [resource.Placements].
func (s *Store) Replace(ctx context.Context, old, p resource.Placement) (bool, error) {
	n, err := s.execAlone(ctx, "replace placement", s.db.NewUpdate().Model(newPlacementRow(p)).
		Where("context_prefix = ?", old.ContextPrefix).Where("node = ?", old.Node).Where("moving_to = ?", old.MovingTo).
		Where("leaving = ?", old.Leaving).Where("endpoints = ?", old.Endpoints))
	return n == 1, err
}

// Unplace implements [resource.Placements].
func (s *Store) Unplace(ctx context.Context, contextPrefix string) error {
	if !storable(contextPrefix) {
		return nil
	}
	_, err := s.execAlone(ctx, "unplace", s.db.NewDelete().Model((*placementRow)(nil)).Where("context_prefix = ?", contextPrefix))
	return err
}
