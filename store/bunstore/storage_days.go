package bunstore

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/resource/cdr"
)

type storageDayRow struct {
	bun.BaseModel `bun:"table:orgpbx_storage_days,alias:d"`

	OrganizationID string `bun:"organization_id,pk"`
	Day            string `bun:"day,pk"`
	Bytes          int64  `bun:"bytes"`
}

// KeepStorageDay implements [cdr.Store].
func (s *Store) KeepStorageDay(ctx context.Context, organizationID string, d cdr.StorageDay) error {
	if !storable(organizationID) {
		return nil
	}
	unlock, err := s.lockFile(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	_, err = s.db.NewInsert().Model(&storageDayRow{OrganizationID: organizationID, Day: d.Day, Bytes: d.Bytes}).
		On("CONFLICT (organization_id, day) DO UPDATE").Set("bytes = EXCLUDED.bytes").Exec(ctx)
	if isMissingReference(err) {
		return nil
	}
	return failed(ctx, "keep what is stored", err)
}

// StorageDays implements [cdr.Store].
func (s *Store) StorageDays(ctx context.Context, organizationID, first, last string) ([]cdr.StorageDay, error) {
	if !storable(organizationID) {
		return nil, nil
	}
	var rows []storageDayRow
	err := s.db.NewSelect().Model(&rows).
		Where("d.organization_id = ? AND d.day >= ? AND d.day <= ?", organizationID, first, last).Order("d.day").Scan(ctx)
	if err != nil {
		return nil, failed(ctx, "read what was stored", err)
	}
	var days []cdr.StorageDay
	for _, r := range rows {
		days = append(days, cdr.StorageDay{Day: r.Day, Bytes: r.Bytes})
	}
	return days, nil
}
