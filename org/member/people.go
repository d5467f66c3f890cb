package member

import (
	"context"
	"slices"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
)

// Actor is who manages people.
type Actor struct {
	MemberID string // empty when it is no member of the organisation
	Role     Role
	// Scopes are all that the actor may do of what the role may; nil for all.
	Scopes []string
}

// ScopedRights returns the actor that a named API key is: no member, who manages
// members of roles that may do no more than the key.
func ScopedRights(scopes []string) Actor {
	return Actor{Role: Owner, Scopes: append([]string{}, scopes...)}
}

// manages reports whether the actor may invite, edit and remove members of the
// role.
func (a Actor) manages(r Role) bool {
	if !a.Role.manages(r) {
		return false
	}
	return a.Scopes == nil || !slices.ContainsFunc(r.Permissions(), func(p Permission) bool {
		return p != Self && !slices.Contains(a.Scopes, string(p))
	})
}

// OwnersRights returns the actor that the organisation's main API key and the
// platform's administrator are: no member, with an owner's rights.
func OwnersRights() Actor { return Actor{Role: Owner} }

// ActorOf returns the member as an actor.
func ActorOf(m Member) Actor { return Actor{MemberID: m.ID, Role: m.Role} }

// Invitation is who is to become a member.
type Invitation struct {
	Email string
	Profile
}

// Get returns a member, or [org.ErrNotFound].
func (s *Service) Get(ctx context.Context, organizationID, id string) (Member, error) {
	m, err := s.store.Members().Get(ctx, organizationID, id)
	return m, named("get member", err)
}

// List returns members, oldest first.
func (s *Service) List(ctx context.Context, organizationID string, page org.Page) ([]Member, error) {
	list, err := s.store.Members().List(ctx, organizationID, page)
	return list, named("list members", err)
}

// Invite adds a member who can sign in once he has chosen a password by the
// link that is sent to him. It returns [org.ErrNotFound], an
// [*org.InvalidError], an [*org.DuplicateError] with field "email", or
// [ErrForbidden] when the actor may not make members of that role. A mail that
// cannot be sent is no error: see [Delivery].
func (s *Service) Invite(ctx context.Context, actor Actor, organizationID string, who Invitation) (Member, Delivery, error) {
	o, err := s.store.Organization(ctx, organizationID)
	if err != nil {
		return Member{}, Delivery{}, named("invite", err)
	}
	now := s.now()
	m := Member{
		ID: s.opts.NewID(), Email: who.Email, Profile: who.Profile,
		SessionVersion: 1, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	if err := m.validate(); err != nil {
		return Member{}, Delivery{}, named("invite", err)
	}
	token, err := s.newLink(&m)
	if err != nil {
		return Member{}, Delivery{}, err
	}
	err = s.store.ChangeMembers(ctx, organizationID, func(members Table) error {
		if err := check(ctx, members, organizationID, actor, m.Role); err != nil {
			return err
		}
		audit.Changed(ctx, auditKind, m.ID, nil, m)
		return members.Insert(ctx, organizationID, m)
	})
	if err != nil {
		return Member{}, Delivery{}, named("invite", err)
	}
	return m, s.deliver(ctx, o, m, token), nil
}

// Update runs edit on the profile of a member and saves the result. A change
// of role, or disabling, ends the member's sessions. ifVersion is the version
// the caller has seen, 0 for any. It returns [org.ErrNotFound],
// [org.ErrVersionMismatch], an [*org.InvalidError], [ErrForbidden],
// [ErrLastOwner], or the error of edit; nothing is saved then. edit gets a copy
// of the member to look at; what it does to the profile counts.
func (s *Service) Update(ctx context.Context, actor Actor, organizationID, id string, ifVersion int64, edit func(m Member, p *Profile) error) (Member, error) {
	m, err := s.change(ctx, organizationID, id, func(m *Member, members Table) error {
		if ifVersion != 0 && ifVersion != m.Version {
			return org.ErrVersionMismatch
		}
		before := m.Clone()
		if err := edit(m.Clone(), &m.Profile); err != nil {
			return err
		}
		if err := m.validate(); err != nil {
			return err
		}
		if err := check(ctx, members, organizationID, actor, before.Role, m.Role); err != nil {
			return err
		}
		if before.Role != m.Role || before.Disabled != m.Disabled {
			if m.ID == actor.MemberID {
				return ErrForbidden
			}
			m.endSessions()
		}
		s.touch(m)
		return keepOwner(ctx, members, organizationID, before, m)
	})
	return m, named("update member", err)
}

// Delete removes a member and his sessions. Members may remove themselves.
// ifVersion is the version the caller has seen, 0 for any. It returns
// [org.ErrNotFound], [org.ErrVersionMismatch], [ErrForbidden] or
// [ErrLastOwner].
func (s *Service) Delete(ctx context.Context, actor Actor, organizationID, id string, ifVersion int64) error {
	return named("delete member", s.store.ChangeMembers(ctx, organizationID, func(members Table) error {
		m, err := members.Get(ctx, organizationID, id)
		if err != nil {
			return err
		}
		if ifVersion != 0 && ifVersion != m.Version {
			return org.ErrVersionMismatch
		}
		if m.ID != actor.MemberID {
			if err := check(ctx, members, organizationID, actor, m.Role); err != nil {
				return err
			}
		}
		if err := keepOwner(ctx, members, organizationID, m, nil); err != nil {
			return err
		}
		audit.Changed(ctx, auditKind, id, m, nil)
		return members.Delete(ctx, organizationID, id)
	}))
}

// check returns [ErrForbidden] unless the actor may manage all these roles. The
// role of an actor who is a member is read again, under the lock: it may have
// changed since he was let in.
func check(ctx context.Context, members Table, organizationID string, actor Actor, roles ...Role) error {
	if actor.MemberID != "" {
		m, err := members.Get(ctx, organizationID, actor.MemberID)
		if err != nil || m.Status() != Active {
			return ErrForbidden
		}
		actor.Role = m.Role
	}
	for _, r := range roles {
		if !actor.manages(r) {
			return ErrForbidden
		}
	}
	return nil
}

// keepOwner returns [ErrLastOwner] when before is the only active owner and
// after, which is nil when he goes, is none.
func keepOwner(ctx context.Context, members Table, organizationID string, before Member, after *Member) error {
	if !before.isActiveOwner() || after != nil && after.isActiveOwner() {
		return nil
	}
	list, err := members.List(ctx, organizationID, org.Page{})
	if err != nil {
		return err
	}
	for _, m := range list {
		if m.ID != before.ID && m.isActiveOwner() {
			return nil
		}
	}
	return ErrLastOwner
}

func (m Member) isActiveOwner() bool { return m.Role == Owner && m.Status() == Active }
