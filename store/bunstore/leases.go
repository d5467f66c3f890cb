package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/resource/deploy"
)

type leaseRow struct {
	bun.BaseModel `bun:"table:orgpbx_leases,alias:l"`

	OrganizationID string `bun:"organization_id,pk"`
	Token          string `bun:"token"`
	EndsMS         int64  `bun:"ends_ms"`
}

// clock is the database's time in milliseconds, as an expression.
func (s *Store) clock() bun.Safe {
	if s.dialect == SQLite {
		return "CAST(unixepoch('subsec') * 1000 AS integer)"
	}
	return "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)"
}

// AcquireLease implements [deploy.Store].
func (s *Store) AcquireLease(ctx context.Context, l deploy.Lease, d time.Duration) (bool, error) {
	return s.lend(ctx, l, "acquire lease", s.db.NewRaw(
		`INSERT INTO orgpbx_leases (organization_id, token, ends_ms) VALUES (?, ?, ? + ?)
		 ON CONFLICT (organization_id) DO UPDATE SET token = excluded.token, ends_ms = excluded.ends_ms
		 WHERE orgpbx_leases.ends_ms <= ?`,
		l.OrganizationID, l.Token, s.clock(), d.Milliseconds(), s.clock()))
}

// RenewLeases implements [deploy.Store].
func (s *Store) RenewLeases(ctx context.Context, leases []deploy.Lease, d time.Duration) ([]deploy.Lease, error) {
	var organizations, tokens []string
	for _, l := range leases {
		if storable(l.OrganizationID, l.Token) {
			organizations, tokens = append(organizations, l.OrganizationID), append(tokens, l.Token)
		}
	}
	if len(tokens) == 0 {
		return nil, nil
	}
	unlock, err := s.lockFile(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var renewed []deploy.Lease
	err = s.db.NewRaw(
		`UPDATE orgpbx_leases SET ends_ms = ? + ? WHERE organization_id IN (?) AND token IN (?) RETURNING organization_id, token`,
		s.clock(), d.Milliseconds(), bun.List(organizations), bun.List(tokens)).Scan(ctx, &renewed)
	return renewed, failed(ctx, "renew leases", err)
}

// ReleaseLease implements [deploy.Store].
func (s *Store) ReleaseLease(ctx context.Context, l deploy.Lease) error {
	_, err := s.lend(ctx, l, "release lease", s.db.NewRaw(
		`DELETE FROM orgpbx_leases WHERE organization_id = ? AND token = ?`, l.OrganizationID, l.Token))
	return err
}

// lend runs a statement about a lease and reports whether it found its row.
func (s *Store) lend(ctx context.Context, l deploy.Lease, doing string, statement *bun.RawQuery) (bool, error) {
	if !storable(l.OrganizationID, l.Token) {
		return false, nil
	}
	n, err := s.execAlone(ctx, doing, statement)
	return n > 0, err
}

// holds reports whether a lease is the one that was given out last.
func holds(ctx context.Context, tx bun.Tx, l deploy.Lease) (bool, error) {
	if !storable(l.Token) {
		return false, nil
	}
	is, err := tx.NewSelect().Model((*leaseRow)(nil)).
		Where("organization_id = ?", l.OrganizationID).Where("token = ?", l.Token).Exists(ctx)
	return is, failed(ctx, "look at lease", err)
}
