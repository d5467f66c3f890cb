package bunstore

import (
	"bytes"
	"context"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/store"
)

// sealedColumns are all that hold sealed values, but for the archives of
// revisions.
var sealedColumns = []struct{ table, column string }{
	{"orgpbx_trunks", "password"},
	{"orgpbx_members", "totp_seed"},
	{"orgpbx_webhooks", "secret"},
	{"orgpbx_webhooks", "old_secret"},
}

// Reseal implements [store.Resealer].
func (s *Store) Reseal(ctx context.Context, organizationID string, r store.Resealing) error {
	return s.change(ctx, organizationID, func(ctx context.Context, tx bun.Tx, _ *organizationRow) error {
		for _, c := range sealedColumns {
			if err := resealColumn(ctx, tx, organizationID, c.table, c.column, r.Value); err != nil {
				return err
			}
		}
		return resealRevisions(ctx, tx, organizationID, r.Archive)
	})
}

func resealColumn(ctx context.Context, tx bun.Tx, organizationID, table, column string, reseal func(org.Sealed) (org.Sealed, error)) error {
	var rows []struct {
		ID    string
		Value []byte
	}
	err := tx.NewRaw("SELECT id, ? AS value FROM ? WHERE organization_id = ? AND length(?) > 0 ORDER BY id",
		bun.Ident(column), bun.Ident(table), organizationID, bun.Ident(column)).Scan(ctx, &rows)
	if err != nil {
		return failed(ctx, "read sealed values", err)
	}
	for _, row := range rows {
		sealed, err := reseal(row.Value)
		if err != nil {
			return err
		}
		if bytes.Equal(sealed, row.Value) {
			continue
		}
		_, err = tx.NewRaw("UPDATE ? SET ? = ? WHERE organization_id = ? AND id = ?",
			bun.Ident(table), bun.Ident(column), []byte(sealed), organizationID, row.ID).Exec(ctx)
		if err != nil {
			return failed(ctx, "replace a sealed value", err)
		}
	}
	return nil
}

// resealRevisions has one archive at a time in memory.
func resealRevisions(ctx context.Context, tx bun.Tx, organizationID string, reseal func([]byte) ([]byte, error)) error {
	var numbers []int64
	err := tx.NewSelect().Model((*revisionRow)(nil)).Column("revision").
		Where("organization_id = ?", organizationID).Order("revision").Scan(ctx, &numbers)
	if err != nil {
		return failed(ctx, "list revisions", err)
	}
	for _, number := range numbers {
		row := &revisionRow{OrganizationID: organizationID, Revision: number}
		if err := tx.NewSelect().Model(row).WherePK().Scan(ctx); err != nil {
			return failed(ctx, "read revision", err)
		}
		archive, err := reseal(row.Snapshot)
		if err != nil {
			return err
		}
		if bytes.Equal(archive, row.Snapshot) {
			continue
		}
		row.Snapshot = archive
		if _, err := tx.NewUpdate().Model(row).Column("snapshot").WherePK().Exec(ctx); err != nil {
			return failed(ctx, "replace a revision", err)
		}
	}
	return nil
}
