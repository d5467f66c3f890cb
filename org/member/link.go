package member

import (
	"context"
	"errors"
	"time"

	"github.com/orgpbx/orgpbx/org"
)

// resetPause is how long a reset link that was asked for by anybody stays the
// newest one: until then the next request sends no mail.
const resetPause = 5 * time.Minute

// resetsAtOnce bounds the organisations that one request for a reset reaches.
const resetsAtOnce = 10

// newLink gives the member a new link and returns its token. The link before
// is over.
func (s *Service) newLink(m *Member) (org.Secret, error) {
	token, err := org.NewSecret(s.opts.Random, "opl_")
	if err != nil {
		return "", err
	}
	ttl := s.opts.ResetTTL
	if m.PasswordHash == "" {
		ttl = s.opts.InvitationTTL
	}
	m.Link = Link{TokenHash: token.Hash(), ExpiresAt: s.now().Add(ttl)}
	return token, nil
}

// SendLink sends a member a new link: the invitation once more, or, once he has
// a password, one to choose a new one. The link before is over. It returns
// [org.ErrNotFound], or [ErrForbidden] when the actor may not manage the member,
// or is the member: his own password he changes with the one he has.
func (s *Service) SendLink(ctx context.Context, actor Actor, organizationID, id string) (Member, Delivery, error) {
	o, err := s.store.Organization(ctx, organizationID)
	if err != nil {
		return Member{}, Delivery{}, named("send link", err)
	}
	var token org.Secret
	m, err := s.change(ctx, organizationID, id, func(m *Member, members Table) error {
		if m.ID == actor.MemberID {
			return ErrForbidden
		}
		if err := check(ctx, members, organizationID, actor, m.Role); err != nil {
			return err
		}
		token, err = s.newLink(m)
		return err
	})
	if err != nil {
		return Member{}, Delivery{}, named("send link", err)
	}
	return m, s.deliver(ctx, o, m, token), nil
}

// RequestReset mails a link to everybody with this e-mail address who may sign
// in, of one organisation or, where organizationID is empty, of all. Nobody is
// told whether there is anybody. A member gets one mail in five minutes.
// Without a mailer nothing happens.
func (s *Service) RequestReset(ctx context.Context, organizationID, email string) error {
	if s.opts.Mailer == nil {
		return nil
	}
	found, err := s.store.MembershipsByEmail(ctx, organizationID, email, resetsAtOnce)
	if err != nil {
		return named("request reset", err)
	}
	var failed error
	for _, f := range found {
		if f.Organization.Status != org.Suspended && f.Member.Status() == Active {
			failed = errors.Join(failed, s.mailReset(ctx, f))
		}
	}
	return named("request reset", failed)
}

var errSentLately = errors.New("a link was sent lately")

func (s *Service) mailReset(ctx context.Context, to Membership) error {
	var token org.Secret
	m, err := s.change(ctx, to.Organization.ID, to.Member.ID, func(m *Member, _ Table) error {
		if m.Link.ExpiresAt.Sub(s.now()) > s.opts.ResetTTL-resetPause {
			return errSentLately
		}
		var err error
		token, err = s.newLink(m)
		return err
	})
	if errors.Is(err, errSentLately) || errors.Is(err, org.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	s.deliver(ctx, to.Organization, m, token)
	return nil
}

// AcceptInvitation gives an invited member the password he chose. It returns
// [ErrLinkOver], [org.ErrSuspended], or an [*org.InvalidError] about
// "password", which leaves the invitation as it was.
func (s *Service) AcceptInvitation(ctx context.Context, token, password org.Secret) (Membership, error) {
	found, err := s.useLink(ctx, token, password, Invited)
	return found, named("accept invitation", err)
}

// ResetPassword gives a member a new password by the link he was sent, and ends
// his sessions. Errors are those of [Service.AcceptInvitation].
func (s *Service) ResetPassword(ctx context.Context, token, password org.Secret) (Membership, error) {
	found, err := s.useLink(ctx, token, password, Active)
	return found, named("reset password", err)
}

// useLink sets the password of the member whose link it is, if he is in the
// state that the link is for.
func (s *Service) useLink(ctx context.Context, token, password org.Secret, state Status) (Membership, error) {
	found, err := s.store.MembershipByLink(ctx, token.Hash())
	if errors.Is(err, org.ErrNotFound) {
		return Membership{}, ErrLinkOver
	}
	if err != nil {
		return Membership{}, err
	}
	usable := func(m Member) bool {
		return m.Link.TokenHash == token.Hash() && m.Link.usable(s.now()) && m.Status() == state
	}
	switch {
	case !usable(found.Member):
		return Membership{}, ErrLinkOver
	case found.Organization.Status == org.Suspended:
		return Membership{}, org.ErrSuspended
	}
	if err := checkPassword("password", password, found.Member); err != nil {
		return Membership{}, err
	}
	// Before the lock: it takes its time.
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return Membership{}, err
	}
	found.Member, err = s.change(ctx, found.Organization.ID, found.Member.ID, func(m *Member, _ Table) error {
		if !usable(*m) { // somebody was faster
			return ErrLinkOver
		}
		s.setPassword(m, hash)
		return nil
	})
	if errors.Is(err, org.ErrNotFound) {
		return Membership{}, ErrLinkOver
	}
	return found, err
}

func (s *Service) setPassword(m *Member, hash string) {
	m.PasswordHash = hash
	m.Link = Link{}
	m.endSessions()
	s.touch(m)
}

// ChangePassword gives a member a new password, and ends his sessions. It
// returns [org.ErrNotFound], or an [*org.InvalidError] about
// "current_password" or "password".
func (s *Service) ChangePassword(ctx context.Context, organizationID, id string, current, password org.Secret) error {
	m, err := s.proven(ctx, organizationID, id, current)
	if err != nil {
		return named("change password", err)
	}
	if err := checkPassword("password", password, m); err != nil {
		return named("change password", err)
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return named("change password", err)
	}
	_, err = s.change(ctx, organizationID, id, func(now *Member, _ Table) error {
		if now.PasswordHash != m.PasswordHash { // changed since it was looked at
			return wrongPassword()
		}
		s.setPassword(now, hash)
		return nil
	})
	return named("change password", err)
}

// proven returns the member if the password is his, and else an
// [*org.InvalidError] about "current_password".
func (s *Service) proven(ctx context.Context, organizationID, id string, current org.Secret) (Member, error) {
	m, err := s.store.Members().Get(ctx, organizationID, id)
	if err != nil {
		return Member{}, err
	}
	right, err := s.hasher.matches(ctx, m.PasswordHash, current)
	if err != nil {
		return Member{}, err
	}
	if !right {
		return Member{}, wrongPassword()
	}
	return m, nil
}

func wrongPassword() error {
	return org.Invalid("current_password", "wrong", "is not the password")
}
