package member

import (
	"slices"
	"time"

	"github.com/orgpbx/orgpbx/org"
)

// Member is a person who may sign in for one organisation.
type Member struct {
	ID string `json:"id"` // UUIDv7
	// Email is what the member signs in with, at most 254 characters. It is
	// unique in the organisation, ignoring case, and never changes.
	Email string `json:"email"`
	Profile

	// PasswordHash is argon2id in the PHC string format; empty until the
	// invitation is accepted.
	PasswordHash string `json:"-"`
	// SessionVersion counts the events that end every session of the member: a
	// change of role or password, being disabled, signing out everywhere.
	SessionVersion int64 `json:"-"`
	// Link is the one-time link that is under way, if any.
	Link Link `json:"-"`
	TOTP TOTP `json:"-"`

	// Version counts the edits, from 1. It is what If-Match compares.
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Profile is what others decide about a member.
type Profile struct {
	Name string `json:"name" validate:"required,text"` // for people, at most 200 characters
	Role Role   `json:"role" validate:"required,oneof=owner admin supervisor agent viewer"`
	// Disabled refuses every credential of the member.
	Disabled bool `json:"disabled"`
}

// validate returns an [*org.InvalidError] with every field that breaks a rule.
func (m Member) validate() error {
	address := struct {
		Email string `json:"email" validate:"required,email,max=254"`
	}{m.Email}
	return org.JoinInvalid(org.Validate(address), org.Validate(m.Profile))
}

// Status sums up whether a member can sign in.
type Status string

// The states of a member.
const (
	Invited  Status = "invited" // has not chosen a password yet
	Active   Status = "active"
	Disabled Status = "disabled"
)

// Status returns the member's state.
func (m Member) Status() Status {
	switch {
	case m.Disabled:
		return Disabled
	case m.PasswordHash == "":
		return Invited
	default:
		return Active
	}
}

// Link lets whoever holds its token choose the password of a member, once. For
// an invited member it is the invitation, for others a password reset. There
// is one at a time: a new one ends the one before.
type Link struct {
	TokenHash [32]byte // zero for none
	ExpiresAt time.Time
}

// usable reports whether the link may be used now.
func (l Link) usable(now time.Time) bool {
	return l.TokenHash != [32]byte{} && now.Before(l.ExpiresAt)
}

// TOTP is a member's second factor: codes by time, RFC 6238.
type TOTP struct {
	// Seed is what the codes are made of; empty without a second factor.
	Seed org.Sealed
	// Confirmed is true once the member has shown a code. Until then the
	// factor is not asked for.
	Confirmed bool
	// LastStep is the newest period of 30 s whose code was used: a code works
	// once.
	LastStep int64
	// RecoveryHashes are the SHA-256 of the recovery codes that are left.
	RecoveryHashes [][32]byte
	// Failures counts wrong codes in a row, and BlockedUntil refuses more of
	// them for a while. Only somebody with the right password gets this far, so
	// nobody else can lock the member out.
	Failures     int
	BlockedUntil time.Time
}

// Clone returns a copy that shares no memory with m.
func (m Member) Clone() Member {
	m.TOTP.Seed = slices.Clone(m.TOTP.Seed)
	m.TOTP.RecoveryHashes = slices.Clone(m.TOTP.RecoveryHashes)
	return m
}

// Membership is a member and the organisation he is a member of.
type Membership struct {
	Organization org.Organization
	Member       Member
}

// Session is a member's login. Of its token only the hash is kept.
type Session struct {
	TokenHash      [32]byte
	OrganizationID string
	MemberID       string
	SessionVersion int64 // the member's at login
	CreatedAt      time.Time
	ExpiresAt      time.Time
}

// EmailKey returns the form of an e-mail address that decides whether two are
// the same. Backends keep it unique in an organisation.
func EmailKey(email string) string { return org.NameKey(email) }
