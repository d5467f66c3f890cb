package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/resource/cdr"
)

// deletedRow is an organisation that is gone and may have left recordings.
type deletedRow struct {
	bun.BaseModel `bun:"table:orgpbx_deleted_organizations,alias:d"`

	OrganizationID string    `bun:"organization_id,pk"`
	ContextPrefix  string    `bun:"context_prefix"`
	Until          time.Time `bun:"until,nullzero"`
}

// DeletedOrganizations implements [cdr.PurgeStore].
func (s *Store) DeletedOrganizations(ctx context.Context, until time.Time) ([]cdr.DeletedOrganization, error) {
	unlock, err := s.lockFile(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if _, err := s.db.NewUpdate().Model((*deletedRow)(nil)).Set("until = ?", until).Where("until IS NULL").Exec(ctx); err != nil {
		return nil, failed(ctx, "note how long recordings are looked for", err)
	}
	var rows []*deletedRow
	err = s.db.NewSelect().Model(&rows).
		Where("NOT EXISTS (SELECT 1 FROM orgpbx_organizations AS o WHERE o.context_prefix = d.context_prefix)").
		Order("d.organization_id").Scan(ctx)
	if err != nil {
		return nil, failed(ctx, "list deleted organizations", err)
	}
	list := make([]cdr.DeletedOrganization, len(rows))
	for i, row := range rows {
		list[i] = cdr.DeletedOrganization{ID: row.OrganizationID, ContextPrefix: row.ContextPrefix, Until: row.Until.UTC()}
	}
	return list, nil
}

// ForgetDeleted implements [cdr.PurgeStore].
func (s *Store) ForgetDeleted(ctx context.Context, organizationID string) error {
	if !storable(organizationID) {
		return nil
	}
	_, err := s.execAlone(ctx, "forget a deleted organization", s.db.NewDelete().Model((*deletedRow)(nil)).Where("organization_id = ?", organizationID))
	return err
}
