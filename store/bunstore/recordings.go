package bunstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

type recordingRow struct {
	bun.BaseModel `bun:"table:orgpbx_recordings,alias:r"`

	OrganizationID string    `bun:"organization_id,pk"`
	CallID         string    `bun:"call_id,pk"`
	Name           string    `bun:"name"`
	State          string    `bun:"state"`
	SHA256         []byte    `bun:"sha256"`
	Bytes          int64     `bun:"bytes"`
	SealedAt       time.Time `bun:"sealed_at,nullzero"`
	ClaimedUntil   time.Time `bun:"claimed_until,nullzero"`
	Archived       bool      `bun:"archived"`
}

// saveRecordings notes the recordings of calls that were saved, if nobody did.
func (r *recorder) saveRecordings(ctx context.Context) error {
	if len(r.recordings) == 0 {
		return nil
	}
	slices.SortFunc(r.recordings, func(a, b *recordingRow) int {
		return cmp.Or(cmp.Compare(a.OrganizationID, b.OrganizationID), cmp.Compare(a.CallID, b.CallID))
	})
	_, err := r.tx.NewInsert().Model(&r.recordings).On("CONFLICT DO NOTHING").Exec(ctx)
	return err
}

// keepRecording remembers the recording of a call that is saved, if it has one.
func (r *recorder) keepRecording(c *callRow) {
	if c.Recording != "" {
		r.recordings = append(r.recordings, &recordingRow{
			OrganizationID: c.OrganizationID, CallID: c.ID, Name: c.Recording, State: string(c.call().RecordingState()), SHA256: []byte{},
		})
	}
}

// UnsealedRecordings implements [cdr.Store].
func (s *Store) UnsealedRecordings(ctx context.Context, after cdr.RecordingRef, limit int) ([]cdr.RecordingRef, error) {
	var rows []struct{ OrganizationID, ContextPrefix, CallID, Name string }
	err := s.db.NewSelect().Model((*recordingRow)(nil)).
		Column("r.organization_id", "o.context_prefix", "r.call_id", "r.name").
		Join("JOIN orgpbx_organizations AS o ON o.id = r.organization_id").
		Where("r.state = 'pending'").Where("(r.organization_id, r.call_id) > (?, ?)", after.OrganizationID, after.CallID).
		Order("r.organization_id", "r.call_id").Limit(int64(limit)).Scan(ctx, &rows)
	if err != nil {
		return nil, failed(ctx, "list recordings without a seal", err)
	}
	list := make([]cdr.RecordingRef, len(rows))
	for i, row := range rows {
		list[i] = cdr.RecordingRef(row)
	}
	return list, nil
}

// SealRecording implements [cdr.Store].
func (s *Store) SealRecording(ctx context.Context, organizationID, callID string, seal cdr.Seal) error {
	if !storable(organizationID, callID) {
		return nil
	}
	_, err := s.execAlone(ctx, "seal a recording", s.db.NewUpdate().Model((*recordingRow)(nil)).
		Set("state = ?", string(seal.State)).Set("sha256 = ?", seal.SHA256[:]).Set("bytes = ?", seal.Bytes).Set("sealed_at = ?", seal.At).
		Where("organization_id = ?", organizationID).Where("call_id = ?", callID).Where("state = 'pending'"))
	return err
}

// Seal implements [cdr.Store].
func (s *Store) Seal(ctx context.Context, organizationID, callID string) (cdr.Seal, error) {
	if !storable(organizationID, callID) {
		return cdr.Seal{}, org.ErrNotFound
	}
	row := new(recordingRow)
	err := s.db.NewSelect().Model(row).Where("organization_id = ?", organizationID).Where("call_id = ?", callID).Scan(ctx)
	if err != nil {
		return cdr.Seal{}, failed(ctx, "read the seal of a recording", err)
	}
	return cdr.Seal{
		Name: row.Name, State: cdr.SealState(row.State), SHA256: hash(row.SHA256), Bytes: row.Bytes, At: row.SealedAt.UTC(),
	}, nil
}
