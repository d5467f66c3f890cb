package bunstore

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org/member"
)

func TestAMembersCredentialIsLookedUpInOneRoundTrip(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dialect Dialect, connect connect) {
		counter := new(statements)
		s := open(t, dialect, connect, counter)
		o := house(t, s)
		m := member.Member{
			ID: uuid.NewString(), Email: "asha@example.com", PasswordHash: "x", Link: member.Link{TokenHash: [32]byte{1}},
		}
		require.NoError(t, s.ChangeMembers(t.Context(), o.ID, func(members member.Table) error {
			return members.Insert(t.Context(), o.ID, m)
		}))
		session := member.Session{TokenHash: [32]byte{2}, OrganizationID: o.ID, MemberID: m.ID}
		require.NoError(t, s.InsertMemberSession(t.Context(), session))
		for name, look := range map[string]func() error{
			"session": func() error { _, _, err := s.MemberSession(t.Context(), session.TokenHash); return err },
			"link":    func() error { _, err := s.MembershipByLink(t.Context(), m.Link.TokenHash); return err },
			"e-mail address": func() error {
				_, err := s.MembershipsByEmail(t.Context(), "", m.Email, 3)
				return err
			},
		} {
			counter.take()
			require.NoError(t, look(), name)
			require.Len(t, counter.take(), 1, name)
		}
	})
}
