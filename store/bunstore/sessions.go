package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org"
)

type sessionRow struct {
	bun.BaseModel `bun:"table:orgpbx_sessions,alias:s"`

	TokenHash      []byte    `bun:"token_hash,pk"`
	OrganizationID *string   `bun:"organization_id"` // nil: the platform's
	APIKeyID       *string   `bun:"api_key_id"`      // nil: the main one
	SecretVersion  int64     `bun:"secret_version"`
	CreatedAt      time.Time `bun:"created_at"`
	ExpiresAt      time.Time `bun:"expires_at"`

	Organization *organizationRow `bun:"rel:belongs-to,join:organization_id=id"`
	Named        *apiKeyRow       `bun:"rel:belongs-to,join:organization_id=organization_id,join:api_key_id=id"`
}

func newSessionRow(s org.Session) *sessionRow {
	row := &sessionRow{
		TokenHash:     s.TokenHash[:],
		SecretVersion: s.SecretVersion,
		CreatedAt:     s.CreatedAt,
		ExpiresAt:     s.ExpiresAt,
	}
	if !s.IsPlatform() {
		row.OrganizationID = &s.OrganizationID
	}
	if s.APIKeyID != "" {
		row.APIKeyID = &s.APIKeyID
	}
	return row
}

func (r *sessionRow) session() org.Session {
	s := org.Session{
		TokenHash:     hash(r.TokenHash),
		SecretVersion: r.SecretVersion,
		CreatedAt:     r.CreatedAt.UTC(),
		ExpiresAt:     r.ExpiresAt.UTC(),
	}
	if r.OrganizationID != nil {
		s.OrganizationID = *r.OrganizationID
	}
	if r.APIKeyID != nil {
		s.APIKeyID = *r.APIKeyID
	}
	return s
}

// InsertSession implements [org.Store].
func (s *Store) InsertSession(ctx context.Context, session org.Session) error {
	if !storable(session.OrganizationID, session.APIKeyID) {
		return org.ErrNotFound
	}
	unlock, err := s.lockFile(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	_, err = s.db.NewInsert().Model(newSessionRow(session)).Exec(ctx)
	if isMissingReference(err) {
		return org.ErrNotFound
	}
	if err != nil {
		return failed(ctx, "insert session", err)
	}
	return s.deleteEnded(ctx, (*sessionRow)(nil), session.CreatedAt)
}

// deleteEnded removes the sessions of a table that ended before t.
func (s *Store) deleteEnded(ctx context.Context, table any, t time.Time) error {
	ended := s.db.NewSelect().Model(table).Column("token_hash").Where("s.expires_at < ?", t)
	if s.dialect == Postgres {
		ended.For("UPDATE SKIP LOCKED") // another login is deleting these
	}
	_, err := s.db.NewDelete().Model(table).Where("token_hash IN (?)", ended).Exec(ctx)
	return failed(ctx, "delete ended sessions", err)
}

// Session implements [org.Store].
func (s *Store) Session(ctx context.Context, tokenHash [32]byte) (org.Session, org.Credential, error) {
	row := new(sessionRow)
	err := s.db.NewSelect().Model(row).Relation("Organization").Relation("Named").Where("s.token_hash = ?", tokenHash[:]).Scan(ctx)
	if err != nil {
		return org.Session{}, org.Credential{}, failed(ctx, "read session", err)
	}
	if row.OrganizationID == nil {
		return row.session(), org.Credential{}, nil
	}
	if row.APIKeyID != nil && row.Named == nil { // a key of another organisation
		return org.Session{}, org.Credential{}, org.ErrNotFound
	}
	return row.session(), credential(row.Organization, row.Named), nil
}

// DeleteSession implements [org.Store].
func (s *Store) DeleteSession(ctx context.Context, tokenHash [32]byte) error {
	return s.deleteByToken(ctx, (*sessionRow)(nil), tokenHash)
}

func (s *Store) deleteByToken(ctx context.Context, table any, tokenHash [32]byte) error {
	_, err := s.execAlone(ctx, "delete session", s.db.NewDelete().Model(table).Where("token_hash = ?", tokenHash[:]))
	return err
}
