package bunstore

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/idempotency"
)

type requestRow struct {
	bun.BaseModel `bun:"table:orgpbx_requests,alias:r"`

	OrganizationID string `bun:"organization_id,pk"` // "": the platform
	Operation      string `bun:"operation,pk"`
	KeyHash        []byte `bun:"key_hash,pk"`
	RequestHash    []byte `bun:"request_hash"`
	Token          string `bun:"token"`
	ClaimedMS      int64  `bun:"claimed_ms"`
	ExpiresMS      int64  `bun:"expires_ms"`
	Status         int    `bun:"status"`
	Version        int64  `bun:"version"`
	ContentType    string `bun:"content_type"`
	Body           []byte `bun:"body"`
}

func newRequestRow(e idempotency.Entry) *requestRow {
	return &requestRow{
		OrganizationID: e.OrganizationID, Operation: e.Operation, KeyHash: e.KeyHash[:], RequestHash: e.RequestHash[:],
		Token: e.Token, ClaimedMS: e.ClaimedUntil.UnixMilli(), ExpiresMS: e.ExpiresAt.UnixMilli(),
		Status: e.Answer.Status, Version: e.Answer.Version, ContentType: e.Answer.ContentType,
		Body: append([]byte{}, e.Answer.Body...),
	}
}

func (r *requestRow) entry() idempotency.Entry {
	e := idempotency.Entry{
		OrganizationID: r.OrganizationID, Operation: r.Operation, KeyHash: hash(r.KeyHash), RequestHash: hash(r.RequestHash),
		Token: r.Token, ClaimedUntil: time.UnixMilli(r.ClaimedMS).UTC(), ExpiresAt: time.UnixMilli(r.ExpiresMS).UTC(),
		Answer: idempotency.Answer{Status: r.Status, Version: r.Version, ContentType: r.ContentType},
	}
	if len(r.Body) > 0 {
		e.Answer.Body = r.Body
	}
	return e
}

// ClaimRequest implements [idempotency.Store].
func (s *Store) ClaimRequest(ctx context.Context, e idempotency.Entry, now time.Time) (idempotency.Entry, error) {
	if !storable(e.OrganizationID, e.Operation, e.Token) {
		return idempotency.Entry{}, org.ErrNotFound
	}
	unlock, err := s.lockFile(ctx)
	if err != nil {
		return idempotency.Entry{}, err
	}
	defer unlock()
	for {
		held, err := s.claimRequest(ctx, e, now)
		if !errors.Is(err, org.ErrNotFound) { // released between the two statements
			return held, err
		}
	}
}

func (s *Store) claimRequest(ctx context.Context, e idempotency.Entry, now time.Time) (idempotency.Entry, error) {
	row := newRequestRow(e)
	// The condition is that of Entry.Takes.
	result, err := s.db.NewInsert().Model(row).
		On("CONFLICT (organization_id, operation, key_hash) DO UPDATE").
		Set("request_hash = EXCLUDED.request_hash").Set("token = EXCLUDED.token").
		Set("claimed_ms = EXCLUDED.claimed_ms").Set("expires_ms = EXCLUDED.expires_ms").
		Set("status = EXCLUDED.status").Set("version = EXCLUDED.version").
		Set("content_type = EXCLUDED.content_type").Set("body = EXCLUDED.body").
		Where("r.expires_ms <= ? OR r.status = 0 AND r.claimed_ms <= ? AND r.request_hash = EXCLUDED.request_hash",
			now.UnixMilli(), now.UnixMilli()).
		Exec(ctx)
	if err != nil {
		return idempotency.Entry{}, failed(ctx, "claim a request", err)
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return e, failed(ctx, "claim a request", err)
	}
	held := new(requestRow)
	err = s.db.NewSelect().Model(held).Where("r.organization_id = ?", e.OrganizationID).
		Where("r.operation = ?", e.Operation).Where("r.key_hash = ?", e.KeyHash[:]).Scan(ctx)
	if err != nil {
		return idempotency.Entry{}, failed(ctx, "read a request", err)
	}
	return held.entry(), nil
}

// AnswerRequest implements [idempotency.Store].
func (s *Store) AnswerRequest(ctx context.Context, e idempotency.Entry) (bool, error) {
	if !storable(e.OrganizationID, e.Operation, e.Token, e.Answer.ContentType) {
		return false, nil
	}
	n, err := s.execAlone(ctx, "answer a request", s.db.NewUpdate().Model(newRequestRow(e)).Column("status", "version", "content_type", "body").
		WherePK().Where("r.token = ?", e.Token).Where("r.status = 0"))
	return n > 0, err
}

// ReleaseRequest implements [idempotency.Store].
func (s *Store) ReleaseRequest(ctx context.Context, e idempotency.Entry) error {
	if !storable(e.OrganizationID, e.Operation, e.Token) {
		return nil
	}
	_, err := s.execAlone(ctx, "release a request", s.db.NewDelete().Model(newRequestRow(e)).WherePK().Where("r.token = ?", e.Token).Where("r.status = 0"))
	return err
}

// PurgeRequests implements [idempotency.Store].
func (s *Store) PurgeRequests(ctx context.Context, now time.Time, limit int) (int, error) {
	unlock, err := s.lockFile(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	expired := s.db.NewSelect().Model((*requestRow)(nil)).Column("organization_id", "operation", "key_hash").
		Where("r.expires_ms <= ?", now.UnixMilli()).Order("r.expires_ms").Limit(int64(limit))
	if s.dialect == Postgres {
		expired.For("UPDATE SKIP LOCKED") // another server is purging these
	}
	result, err := s.db.NewDelete().Model((*requestRow)(nil)).
		Where("(organization_id, operation, key_hash) IN (?)", expired).Exec(ctx)
	if err != nil {
		return 0, failed(ctx, "purge requests", err)
	}
	n, err := result.RowsAffected()
	return int(n), failed(ctx, "purge requests", err)
}
