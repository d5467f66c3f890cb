package memstore

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
)

var memberKind = kind[member.Member]{
	id:    func(m *member.Member) string { return m.ID },
	clone: member.Member.Clone,
	rows:  func(s *state) *rows[member.Member] { return &s.members },
	unique: []unique[member.Member]{
		{field: "email", value: func(m *member.Member) string { return member.EmailKey(m.Email) }},
	},
}

// Members implements [member.Store].
func (s *Store) Members() member.Finder { return finder[member.Member]{s, memberKind} }

// ChangeMembers implements [member.Store].
func (s *Store) ChangeMembers(ctx context.Context, organizationID string, change func(member.Table) error) error {
	err := s.changeTables(ctx, organizationID, func(t *tx) error { return change(table[member.Member]{t, memberKind}) })
	if err != nil {
		return err
	}
	s.dropSessionsOfNobody(organizationID)
	return nil
}

// dropSessionsOfNobody removes the sessions of members that are gone.
func (s *Store) dropSessionsOfNobody(organizationID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.memberSessions, func(_ [32]byte, session member.Session) bool {
		_, there := s.membership(organizationID, session.MemberID)
		return session.OrganizationID == organizationID && !there
	})
}

// membership looks a member up. The caller holds mu.
func (s *Store) membership(organizationID, id string) (member.Membership, bool) {
	saved := s.saved[organizationID]
	if saved == nil {
		return member.Membership{}, false
	}
	m, err := memberKind.get(saved.members, id)
	return member.Membership{Organization: saved.organization.Clone(), Member: m}, err == nil
}

// memberships returns the members of all organisations that match, oldest
// first.
func (s *Store) memberships(match func(organizationID string, m *member.Member) bool) []member.Membership {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []member.Membership
	for id, saved := range s.saved {
		for _, m := range saved.members {
			if match(id, m) {
				list = append(list, member.Membership{Organization: saved.organization.Clone(), Member: m.Clone()})
			}
		}
	}
	slices.SortFunc(list, func(a, b member.Membership) int { return cmp.Compare(a.Member.ID, b.Member.ID) })
	return list
}

// MembershipsByEmail implements [member.Store].
func (s *Store) MembershipsByEmail(ctx context.Context, organizationID, email string, limit int) ([]member.Membership, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	key := member.EmailKey(email)
	list := s.memberships(func(id string, m *member.Member) bool {
		return (organizationID == "" || id == organizationID) && m.PasswordHash != "" && member.EmailKey(m.Email) == key
	})
	return list[:min(limit, len(list))], nil
}

// MembershipByLink implements [member.Store].
func (s *Store) MembershipByLink(ctx context.Context, tokenHash [32]byte) (member.Membership, error) {
	if err := ctx.Err(); err != nil {
		return member.Membership{}, err
	}
	list := s.memberships(func(_ string, m *member.Member) bool {
		return tokenHash != [32]byte{} && m.Link.TokenHash == tokenHash
	})
	if len(list) == 0 {
		return member.Membership{}, org.ErrNotFound
	}
	return list[0], nil
}

// InsertMemberSession implements [member.Store].
func (s *Store) InsertMemberSession(ctx context.Context, session member.Session) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.membership(session.OrganizationID, session.MemberID); !there {
		return org.ErrNotFound
	}
	maps.DeleteFunc(s.memberSessions, func(_ [32]byte, old member.Session) bool {
		return old.ExpiresAt.Before(session.CreatedAt)
	})
	s.memberSessions[session.TokenHash] = session
	return nil
}

// MemberSession implements [member.Store].
func (s *Store) MemberSession(ctx context.Context, tokenHash [32]byte) (member.Session, member.Membership, error) {
	if err := ctx.Err(); err != nil {
		return member.Session{}, member.Membership{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	session, known := s.memberSessions[tokenHash]
	m, there := s.membership(session.OrganizationID, session.MemberID)
	if !known || !there {
		return member.Session{}, member.Membership{}, org.ErrNotFound
	}
	return session, m, nil
}

// DeleteMemberSession implements [member.Store].
func (s *Store) DeleteMemberSession(ctx context.Context, tokenHash [32]byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.memberSessions, tokenHash)
	return nil
}
