package bunstore

import (
	"context"
	"time"

	"github.com/orgpbx/orgpbx/resource/cdr"
)

// UnarchivedRecordings implements [cdr.ArchiveStore].
func (s *Store) UnarchivedRecordings(ctx context.Context, after cdr.RecordingRef, limit int) ([]cdr.SealedRecording, error) {
	if !storable(after.OrganizationID, after.CallID) {
		return nil, nil
	}
	var rows []*struct {
		recordingRow
		ContextPrefix string `bun:"context_prefix"`
	}
	err := s.db.NewSelect().TableExpr("orgpbx_recordings AS r").
		ColumnExpr("r.organization_id, o.context_prefix, r.call_id, r.name, r.sha256, r.bytes, r.claimed_until").
		Join("JOIN orgpbx_organizations AS o ON o.id = r.organization_id").
		Where("r.state = 'sealed' AND NOT r.archived").Where("(r.organization_id, r.call_id) > (?, ?)", after.OrganizationID, after.CallID).
		Order("r.organization_id", "r.call_id").Limit(int64(limit)).Scan(ctx, &rows)
	if err != nil {
		return nil, failed(ctx, "list recordings that are not in the archive", err)
	}
	list := make([]cdr.SealedRecording, len(rows))
	for i, row := range rows {
		list[i] = cdr.SealedRecording{
			RecordingRef: cdr.RecordingRef{
				OrganizationID: row.OrganizationID, ContextPrefix: row.ContextPrefix, CallID: row.CallID, Name: row.Name,
			},
			SHA256: hash(row.SHA256), Bytes: row.Bytes, Claimed: !row.ClaimedUntil.IsZero(),
		}
	}
	return list, nil
}

// ClaimRecording implements [cdr.ArchiveStore].
func (s *Store) ClaimRecording(ctx context.Context, organizationID, callID string, now, until time.Time) (bool, error) {
	if !storable(organizationID, callID) {
		return false, nil
	}
	n, err := s.execAlone(ctx, "claim a recording", s.db.NewUpdate().Model((*recordingRow)(nil)).Set("claimed_until = ?", until).
		Where("organization_id = ?", organizationID).Where("call_id = ?", callID).Where("state = 'sealed' AND NOT archived").
		Where("(claimed_until IS NULL OR claimed_until <= ?)", now))
	return n == 1, err
}

// ArchiveRecording implements [cdr.ArchiveStore].
func (s *Store) ArchiveRecording(ctx context.Context, organizationID, callID string, until time.Time) error {
	if !storable(organizationID, callID) {
		return nil
	}
	_, err := s.execAlone(ctx, "note that a recording is in the archive", s.db.NewUpdate().Model((*recordingRow)(nil)).Set("archived = TRUE").
		Where("organization_id = ?", organizationID).Where("call_id = ?", callID).Where("claimed_until = ?", until))
	return err
}

// ArchivedBytes implements [cdr.ArchiveStore].
func (s *Store) ArchivedBytes(ctx context.Context, organizationID string) (int64, error) {
	if !storable(organizationID) {
		return 0, nil
	}
	var sum int64
	err := s.db.NewSelect().Model((*recordingRow)(nil)).ColumnExpr("COALESCE(SUM(bytes), 0)").
		Where("organization_id = ?", organizationID).Where("archived").Scan(ctx, &sum)
	return sum, failed(ctx, "add up the archive", err)
}
