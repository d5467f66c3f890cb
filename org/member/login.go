package member

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/orgpbx/orgpbx/org"
)

// tokenPrefix starts every session token of members, so that it is looked up in
// the right place.
const tokenPrefix = "opm_"

// membershipsTried is how many organisations of an e-mail address a login
// without one is compared with. Every such login takes that many password
// hashes, so its time tells nothing.
const membershipsTried = 3

// Credentials are what a member signs in with.
type Credentials struct {
	Email    string
	Password org.Secret
	// OrganizationID says which organisation, for an e-mail address that is a
	// member of several. Without it the oldest three memberships are tried, and
	// the oldest that the password fits is taken.
	OrganizationID string
	// Code is the code of the second factor, or a recovery code.
	Code org.Secret
}

// Login signs a member in. The token is returned this once. It returns
// [org.ErrUnauthenticated] for an unknown e-mail address, a wrong password or
// code and a disabled member, all in the same time; and, with the right
// password only, [org.ErrSuspended], [ErrCodeRequired] or a [*BlockedError].
func (s *Service) Login(ctx context.Context, c Credentials) (org.Secret, Session, error) {
	found, err := s.identify(ctx, c)
	if err != nil {
		return "", Session{}, named("login", err)
	}
	if found.Organization.Status == org.Suspended {
		return "", Session{}, org.ErrSuspended
	}
	if found.Member.TOTP.Confirmed {
		if err := s.useCode(ctx, found, c.Code); err != nil {
			return "", Session{}, named("login", err)
		}
	}
	return s.openSession(ctx, found)
}

// identify returns the membership that e-mail address and password belong to.
func (s *Service) identify(ctx context.Context, c Credentials) (Membership, error) {
	tries := membershipsTried
	if c.OrganizationID != "" {
		tries = 1
	}
	candidates, err := s.store.MembershipsByEmail(ctx, c.OrganizationID, c.Email, tries)
	if err != nil {
		return Membership{}, err
	}
	var found *Membership
	for i := range tries {
		var hash string // none: as much work as a real one
		if i < len(candidates) {
			hash = candidates[i].Member.PasswordHash
		}
		right, err := s.hasher.matches(ctx, hash, c.Password)
		if err != nil {
			return Membership{}, err
		}
		if right && found == nil && candidates[i].Member.Status() == Active {
			found = &candidates[i]
		}
	}
	if found == nil {
		return Membership{}, org.ErrUnauthenticated
	}
	return *found, nil
}

func (s *Service) openSession(ctx context.Context, m Membership) (org.Secret, Session, error) {
	token, err := org.NewSecret(s.opts.Random, tokenPrefix)
	if err != nil {
		return "", Session{}, err
	}
	now := s.now()
	session := Session{
		TokenHash: token.Hash(), OrganizationID: m.Organization.ID, MemberID: m.Member.ID,
		SessionVersion: m.Member.SessionVersion, CreatedAt: now, ExpiresAt: now.Add(s.opts.SessionTTL),
	}
	err = s.store.InsertMemberSession(ctx, session)
	if errors.Is(err, org.ErrNotFound) {
		return "", Session{}, org.ErrUnauthenticated
	}
	if err != nil {
		return "", Session{}, fmt.Errorf("open session: %w", err)
	}
	return token, session, nil
}

// IsToken reports whether a token has the form of a member's session.
func IsToken(token org.Secret) bool { return strings.HasPrefix(token.Reveal(), tokenPrefix) }

// ResumeSession returns the member of a token with his organisation, as they
// are now. It returns [org.ErrUnauthenticated] when the token is unknown or
// expired, the member disabled, or his sessions were ended; and
// [org.ErrSuspended] while the organisation is suspended.
func (s *Service) ResumeSession(ctx context.Context, token org.Secret) (Membership, error) {
	session, m, err := s.store.MemberSession(ctx, token.Hash())
	if errors.Is(err, org.ErrNotFound) {
		return Membership{}, org.ErrUnauthenticated
	}
	if err != nil {
		return Membership{}, fmt.Errorf("resume session: %w", err)
	}
	over := !s.now().Before(session.ExpiresAt) || session.SessionVersion != m.Member.SessionVersion
	if over || m.Member.Status() != Active {
		return Membership{}, org.ErrUnauthenticated
	}
	if m.Organization.Status == org.Suspended {
		return Membership{}, org.ErrSuspended
	}
	return m, nil
}

// CloseSession ends the session of a token. It is no error when there is none.
func (s *Service) CloseSession(ctx context.Context, token org.Secret) error {
	return named("close session", s.store.DeleteMemberSession(ctx, token.Hash()))
}

// CloseSessions ends every session of a member. It returns [org.ErrNotFound].
func (s *Service) CloseSessions(ctx context.Context, organizationID, id string) error {
	_, err := s.change(ctx, organizationID, id, func(m *Member, _ Table) error {
		m.endSessions()
		return nil
	})
	return named("close sessions", err)
}
