package bunstore

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org/member"
)

type memberRow struct {
	bun.BaseModel `bun:"table:orgpbx_members,alias:m"`
	metaRow

	Email            string     `bun:"email"`
	EmailKey         string     `bun:"email_key"`
	Name             string     `bun:"name"`
	Role             string     `bun:"role"`
	Disabled         bool       `bun:"disabled"`
	PasswordHash     string     `bun:"password_hash"`
	SessionVersion   int64      `bun:"session_version"`
	LinkHash         []byte     `bun:"link_hash"` // nil: no link
	LinkExpiresAt    *time.Time `bun:"link_expires_at"`
	TOTPSeed         []byte     `bun:"totp_seed"`
	TOTPConfirmed    bool       `bun:"totp_confirmed"`
	TOTPLastStep     int64      `bun:"totp_last_step"`
	TOTPRecovery     [][]byte   `bun:"totp_recovery,type:jsonb"`
	TOTPFailures     int        `bun:"totp_failures"`
	TOTPBlockedUntil *time.Time `bun:"totp_blocked_until"`

	Organization *organizationRow `bun:"rel:belongs-to,join:organization_id=id"`
}

func newMemberRow(organizationID string, m member.Member) *memberRow {
	row := &memberRow{
		metaRow: metaRow{
			OrganizationID: organizationID, ID: m.ID, Version: m.Version, CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt,
		},
		Email:            m.Email,
		EmailKey:         member.EmailKey(m.Email),
		Name:             m.Name,
		Role:             string(m.Role),
		Disabled:         m.Disabled,
		PasswordHash:     m.PasswordHash,
		SessionVersion:   m.SessionVersion,
		LinkExpiresAt:    timeOrNull(m.Link.ExpiresAt),
		TOTPSeed:         m.TOTP.Seed,
		TOTPConfirmed:    m.TOTP.Confirmed,
		TOTPLastStep:     m.TOTP.LastStep,
		TOTPRecovery:     make([][]byte, len(m.TOTP.RecoveryHashes)), // nil would be stored as null
		TOTPFailures:     m.TOTP.Failures,
		TOTPBlockedUntil: timeOrNull(m.TOTP.BlockedUntil),
	}
	if m.Link.TokenHash != [32]byte{} {
		row.LinkHash = m.Link.TokenHash[:]
	}
	for i, h := range m.TOTP.RecoveryHashes {
		row.TOTPRecovery[i] = h[:]
	}
	return row
}

func (r *memberRow) member() member.Member {
	m := member.Member{
		ID:             r.ID,
		Email:          r.Email,
		Profile:        member.Profile{Name: r.Name, Role: member.Role(r.Role), Disabled: r.Disabled},
		PasswordHash:   r.PasswordHash,
		SessionVersion: r.SessionVersion,
		Link:           member.Link{TokenHash: hash(r.LinkHash), ExpiresAt: timeOrZero(r.LinkExpiresAt)},
		TOTP: member.TOTP{
			Seed: r.TOTPSeed, Confirmed: r.TOTPConfirmed, LastStep: r.TOTPLastStep,
			Failures: r.TOTPFailures, BlockedUntil: timeOrZero(r.TOTPBlockedUntil),
		},
		Version:   r.Version,
		CreatedAt: r.CreatedAt.UTC(),
		UpdatedAt: r.UpdatedAt.UTC(),
	}
	for _, h := range r.TOTPRecovery {
		m.TOTP.RecoveryHashes = append(m.TOTP.RecoveryHashes, hash(h))
	}
	return m
}

func (r *memberRow) membership() member.Membership {
	return member.Membership{Organization: r.Organization.organization(), Member: r.member()}
}

func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func timeOrZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

type memberSessionRow struct {
	bun.BaseModel `bun:"table:orgpbx_member_sessions,alias:s"`

	TokenHash      []byte    `bun:"token_hash,pk"`
	OrganizationID string    `bun:"organization_id"`
	MemberID       string    `bun:"member_id"`
	SessionVersion int64     `bun:"session_version"`
	CreatedAt      time.Time `bun:"created_at"`
	ExpiresAt      time.Time `bun:"expires_at"`

	Member       *memberRow       `bun:"rel:belongs-to,join:organization_id=organization_id,join:member_id=id"`
	Organization *organizationRow `bun:"rel:belongs-to,join:organization_id=id"`
}

func newMemberSessionRow(s member.Session) *memberSessionRow {
	return &memberSessionRow{
		TokenHash:      s.TokenHash[:],
		OrganizationID: s.OrganizationID,
		MemberID:       s.MemberID,
		SessionVersion: s.SessionVersion,
		CreatedAt:      s.CreatedAt,
		ExpiresAt:      s.ExpiresAt,
	}
}

func (r *memberSessionRow) session() member.Session {
	return member.Session{
		TokenHash:      hash(r.TokenHash),
		OrganizationID: r.OrganizationID,
		MemberID:       r.MemberID,
		SessionVersion: r.SessionVersion,
		CreatedAt:      r.CreatedAt.UTC(),
		ExpiresAt:      r.ExpiresAt.UTC(),
	}
}
