package bunstore

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/hold"
)

type holdRow struct {
	bun.BaseModel `bun:"table:orgpbx_legal_holds,alias:h"`
	metaRow

	Target        string     `bun:"target"`
	Value         string     `bun:"value"`
	Endpoint      string     `bun:"endpoint"`
	Reason        string     `bun:"reason"`
	ReleasedAt    *time.Time `bun:"released_at"`
	ReleaseReason string     `bun:"release_reason"`
}

var legalHolds = kind[hold.Hold, holdRow]{name: "legal hold", toRow: newHoldRow, fromRow: (*holdRow).hold}

func newHoldRow(organizationID string, h hold.Hold) *holdRow {
	return &holdRow{
		metaRow: metaRow{
			OrganizationID: organizationID, ID: h.ID, Version: h.Version, CreatedAt: h.CreatedAt, UpdatedAt: h.UpdatedAt,
		},
		Target: string(h.Target), Value: h.Value, Endpoint: h.Endpoint, Reason: h.Reason,
		ReleasedAt: timeOrNull(h.ReleasedAt), ReleaseReason: h.ReleaseReason,
	}
}

func (r *holdRow) hold() hold.Hold {
	return hold.Hold{
		ID: r.ID, Target: hold.Target(r.Target), Value: r.Value, Endpoint: r.Endpoint, Reason: r.Reason,
		ReleasedAt: timeOrZero(r.ReleasedAt), ReleaseReason: r.ReleaseReason,
		Version: r.Version, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
}

// Holds implements [hold.Store].
func (s *Store) Holds() hold.Finder { return reader(s.db, legalHolds) }

// ChangeHolds implements [hold.Store].
func (s *Store) ChangeHolds(ctx context.Context, organizationID string, change func(hold.Table) error) error {
	return s.change(ctx, organizationID, func(_ context.Context, db bun.Tx, row *organizationRow) error {
		return change(holdTable{writer(&tx{db: db, row: row}, legalHolds)})
	})
}

type holdTable struct{ table[hold.Hold, holdRow] }

// HasCall implements [hold.Table].
func (t holdTable) HasCall(ctx context.Context, organizationID, callID string) (bool, error) {
	if organizationID != t.tx.row.ID || !storable(callID) {
		return false, nil
	}
	there, err := t.db.NewSelect().Model((*callRow)(nil)).
		Where("organization_id = ?", organizationID).Where("id = ?", callID).Exists(ctx)
	return there, failed(ctx, "look for a call", err)
}

// EndpointOf implements [hold.Table].
func (t holdTable) EndpointOf(ctx context.Context, organizationID, extension string) (string, error) {
	if organizationID != t.tx.row.ID || !storable(extension) {
		return "", nil
	}
	row := new(userRow)
	err := t.db.NewSelect().Model(row).Where("organization_id = ?", organizationID).Where("extension = ?", extension).Scan(ctx)
	if err := failed(ctx, "read user", err); err != nil {
		if errors.Is(err, org.ErrNotFound) {
			return "", nil
		}
		return "", err
	}
	return row.user().SIP.Username, nil
}

// holdsInForce returns what the holds of an organisation keep.
func holdsInForce(ctx context.Context, db bun.IDB, organizationID string) (hold.Set, error) {
	list, err := reader(db, legalHolds).List(ctx, organizationID, org.Page{})
	return hold.InForce(list), err
}

// PurgesFrom implements [cdr.PurgeStore].
func (s *Store) PurgesFrom(ctx context.Context, proposed time.Time) (time.Time, error) {
	unlock, err := s.lockFile(ctx)
	if err != nil {
		return time.Time{}, err
	}
	defer unlock()
	row := &retentionRow{ID: 1, PurgeFrom: proposed}
	if _, err := s.db.NewInsert().Model(row).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
		return time.Time{}, failed(ctx, "note the first purge", err)
	}
	err = s.db.NewSelect().Model(row).WherePK().Scan(ctx)
	return row.PurgeFrom.UTC(), failed(ctx, "read the first purge", err)
}

// retentionRow is the one of the whole database.
type retentionRow struct {
	bun.BaseModel `bun:"table:orgpbx_retention,alias:rt"`

	ID        int64     `bun:"id,pk"`
	PurgeFrom time.Time `bun:"purge_from"`
}
