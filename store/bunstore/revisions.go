package bunstore

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/deploy"
)

type revisionRow struct {
	bun.BaseModel `bun:"table:orgpbx_revisions,alias:r"`

	OrganizationID string `bun:"organization_id,pk"`
	Revision       int64  `bun:"revision,pk"`
	Snapshot       []byte `bun:"snapshot"`
}

// RevisionSnapshot implements [deploy.Store].
func (s *Store) RevisionSnapshot(ctx context.Context, organizationID string, revision int64) ([]byte, error) {
	if !storable(organizationID) {
		return nil, org.ErrNotFound
	}
	row := new(revisionRow)
	err := s.db.NewSelect().Model(row).
		Where("organization_id = ?", organizationID).Where("revision = ?", revision).Scan(ctx)
	if err != nil {
		return nil, failed(ctx, "read revision", err)
	}
	return row.Snapshot, nil
}

// keepRevision keeps what was applied and forgets what is too old.
func keepRevision(ctx context.Context, tx bun.Tx, organizationID string, r deploy.Record) error {
	row := &revisionRow{OrganizationID: organizationID, Revision: r.Revision, Snapshot: r.Snapshot}
	if _, err := tx.NewInsert().Model(row).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
		return failed(ctx, "insert revision", err)
	}
	newestTooOld := tx.NewSelect().Model((*revisionRow)(nil)).Column("revision").
		Where("organization_id = ?", organizationID).
		Order("revision DESC").Offset(deploy.KeptRevisions).Limit(1)
	_, err := tx.NewDelete().Model((*revisionRow)(nil)).
		Where("organization_id = ?", organizationID).Where("revision <= (?)", newestTooOld).Exec(ctx)
	return failed(ctx, "forget revisions", err)
}
