package bunstore

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

type noticeRow struct {
	bun.BaseModel `bun:"table:orgpbx_usage_notices"`

	OrganizationID string `bun:"organization_id,pk"`
	Month          string `bun:"month,pk"`
	Kind           string `bun:"kind,pk"`
	Percent        int    `bun:"percent,pk"`
}

type sourceRow struct {
	bun.BaseModel `bun:"table:orgpbx_call_sources,alias:s"`

	Source   string `bun:"source,pk"`
	Position string `bun:"position"`
}

// NoticeUsage implements [cdr.Store].
func (s *Store) NoticeUsage(ctx context.Context, organizationID string, n cdr.Notice, at time.Time) (bool, error) {
	if !storable(organizationID) {
		return false, nil
	}
	unlock, err := s.lockFile(ctx)
	if err != nil {
		return false, err
	}
	defer unlock()
	row := &noticeRow{OrganizationID: organizationID, Month: n.Month, Kind: string(n.Kind), Percent: n.Percent}
	first := false
	err = s.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.NewInsert().Model(row).On("CONFLICT DO NOTHING").Exec(ctx)
		if err != nil {
			return err
		}
		added, err := result.RowsAffected()
		if first = added > 0; err != nil || !first {
			return err
		}
		e, err := n.Event(at)
		if err != nil {
			return err
		}
		return s.tellOf(ctx, tx, organizationID, e)
	})
	if isMissingReference(err) {
		return false, nil
	}
	if err != nil {
		return false, failed(ctx, "note a level of use", err)
	}
	return first, nil
}

// Position implements [cdr.Store].
func (s *Store) Position(ctx context.Context, source string) (string, error) {
	row := new(sourceRow)
	err := failed(ctx, "read a position", s.db.NewSelect().Model(row).Where("s.source = ?", source).Scan(ctx))
	if errors.Is(err, org.ErrNotFound) {
		return "", nil
	}
	return row.Position, err
}

// SavePosition implements [cdr.Store].
func (s *Store) SavePosition(ctx context.Context, source, position string) error {
	_, err := s.execAlone(ctx, "save a position", s.db.NewInsert().Model(&sourceRow{Source: source, Position: position}).
		On("CONFLICT (source) DO UPDATE").Set("position = EXCLUDED.position"))
	return err
}
