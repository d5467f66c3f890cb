package storetest

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/store"
)

var memberTests = []test{
	{"a member comes back as he was saved, full and bare", membersRoundTrip},
	{"an absent member is not found, whatever bytes the id has", absentMembers},
	{"the list is in order of id and comes in pages", pagesOfMembers},
	{"an e-mail address is unique in an organization, ignoring case", uniqueMembers},
	{"a change that fails saves nothing, and the desired revision stays", unsavedMembers},
	{"of many changes at once none is lost", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		m := addMember(t, db, o.ID, 1)
		const writers = 16
		for _, err := range atOnce(writers, func(int) error {
			return db.ChangeMembers(t.Context(), o.ID, func(members member.Table) error {
				now, err := members.Get(t.Context(), o.ID, m.ID)
				if err != nil {
					return err
				}
				now.SessionVersion++
				return members.Update(t.Context(), o.ID, now)
			})
		}) {
			require.NoError(t, err)
		}
		require.Equal(t, m.SessionVersion+writers, getMember(t, db, o.ID, m.ID).SessionVersion)
	}},
	{"members are found by e-mail, oldest first, of one organization or all", membersByEmail},
	{"a member is found by his link", membersByLink},
	{"a session comes with its member and organization as they are now", memberSessions},
	{"a session of a member that does not exist is refused", func(t *testing.T, db store.Store) {
		o, other := addOrganization(t, db), addOrganization(t, db)
		m := addMember(t, db, o.ID, 1)
		for _, whose := range [][2]string{{other.ID, m.ID}, {o.ID, newID()}, {"", m.ID}, {"\x00", m.ID}, {o.ID, "\xff"}} {
			session := sampleMemberSession(whose[0], m)
			session.MemberID = whose[1]
			require.ErrorIs(t, db.InsertMemberSession(t.Context(), session), org.ErrNotFound, "%q", whose)
		}
	}},
	{"sessions go with the member, with the organization, and with time", endedMemberSessions},
	{"members of another organization are absent", isolatedMembers},
}

// sampleMember has a value in every field.
func sampleMember(n int) member.Member {
	id := newID()
	return member.Member{ //nolint:gosec // the hash is of nobody's password
		ID:             id,
		Email:          strings.Repeat("a", n+1) + ".O'Neil@example.org",
		Profile:        member.Profile{Name: "Agent O'Neil & Ågren", Role: member.Supervisor, Disabled: true},
		PasswordHash:   "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$a2V5",
		SessionVersion: 7,
		Link:           member.Link{TokenHash: sha256.Sum256([]byte(id)), ExpiresAt: moment.Add(time.Hour)},
		TOTP: member.TOTP{
			Seed: org.Sealed{0, 1, 0xfe, 0xff, '\'', '\\'}, Confirmed: true, LastStep: 1 << 40,
			RecoveryHashes: [][32]byte{sha256.Sum256([]byte("a")), sha256.Sum256([]byte("b"))},
			Failures:       3, BlockedUntil: moment.Add(time.Minute),
		},
		Version:   2,
		CreatedAt: moment,
		UpdatedAt: moment.Add(time.Microsecond),
	}
}

func sampleMemberSession(organizationID string, m member.Member) member.Session {
	return member.Session{
		TokenHash:      sha256.Sum256([]byte(newID())),
		OrganizationID: organizationID,
		MemberID:       m.ID,
		SessionVersion: m.SessionVersion,
		CreatedAt:      moment,
		ExpiresAt:      moment.Add(12 * time.Hour),
	}
}

func insertMember(ctx context.Context, db store.Store, organizationID string, m member.Member) error {
	return db.ChangeMembers(ctx, organizationID, func(members member.Table) error {
		return members.Insert(ctx, organizationID, m)
	})
}

// addMember saves a sample member.
func addMember(t *testing.T, db store.Store, organizationID string, n int) member.Member {
	t.Helper()
	m := sampleMember(n)
	require.NoError(t, insertMember(t.Context(), db, organizationID, m))
	return m
}

func getMember(t *testing.T, db store.Store, organizationID, id string) member.Member {
	t.Helper()
	m, err := db.Members().Get(t.Context(), organizationID, id)
	require.NoError(t, err)
	return m
}

func listMembers(t *testing.T, db store.Store, organizationID string, page org.Page) []member.Member {
	t.Helper()
	list, err := db.Members().List(t.Context(), organizationID, page)
	require.NoError(t, err)
	return list
}

func membersRoundTrip(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	full := addMember(t, db, o.ID, 1)
	bare := member.Member{ID: newID(), Email: "bare@example.org", CreatedAt: moment, UpdatedAt: moment}
	other := bare
	other.ID, other.Email = newID(), "other@example.org" // two without a link
	for _, m := range []member.Member{bare, other} {
		require.NoError(t, insertMember(t.Context(), db, o.ID, m))
	}
	require.Equal(t, full, getMember(t, db, o.ID, full.ID))
	require.Equal(t, bare, getMember(t, db, o.ID, bare.ID))

	// All fields away, and all back.
	emptied := member.Member{ID: full.ID, Email: "x@example.org", CreatedAt: moment, UpdatedAt: moment}
	for _, want := range []member.Member{emptied, full} {
		require.NoError(t, db.ChangeMembers(t.Context(), o.ID, func(members member.Table) error {
			if err := members.Update(t.Context(), o.ID, want); err != nil {
				return err
			}
			inside, err := members.Get(t.Context(), o.ID, want.ID)
			require.Equal(t, want, inside)
			return err
		}))
		require.Equal(t, want, getMember(t, db, o.ID, want.ID))
	}
	got := getMember(t, db, o.ID, full.ID)
	got.TOTP.Seed[0], got.TOTP.RecoveryHashes[0][0] = 9, 9
	require.Equal(t, full, getMember(t, db, o.ID, full.ID), "what a caller does to his copy stays his")
}

func absentMembers(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	addMember(t, db, o.ID, 1)
	for _, id := range append(hostile, newID(), o.ID) {
		_, err := db.Members().Get(t.Context(), o.ID, id)
		require.ErrorIs(t, err, org.ErrNotFound, "id %q", id)
		_, err = db.Members().Get(t.Context(), id, id)
		require.ErrorIs(t, err, org.ErrNotFound, "id %q", id)
		require.ErrorIs(t, db.ChangeMembers(t.Context(), o.ID, func(members member.Table) error {
			return members.Delete(t.Context(), o.ID, id)
		}), org.ErrNotFound, "id %q", id)
		if id != o.ID {
			require.ErrorIs(t, db.ChangeMembers(t.Context(), id, func(member.Table) error { return nil }), org.ErrNotFound)
		}
		found, err := db.MembershipsByEmail(t.Context(), "", id, 3)
		require.NoError(t, err)
		require.Empty(t, found, "e-mail %q", id)
	}
	require.ErrorIs(t, db.ChangeMembers(t.Context(), o.ID, func(members member.Table) error {
		return members.Update(t.Context(), o.ID, sampleMember(2))
	}), org.ErrNotFound)
	require.Empty(t, listMembers(t, db, newID(), org.Page{}))
	require.Len(t, listMembers(t, db, o.ID, org.Page{}), 1)
}

func pagesOfMembers(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	var want []member.Member
	for n := range 5 {
		want = append(want, addMember(t, db, o.ID, n))
	}
	require.Equal(t, want, listMembers(t, db, o.ID, org.Page{}))
	require.Equal(t, want[:2], listMembers(t, db, o.ID, org.Page{Limit: 2}))
	require.Equal(t, want[2:4], listMembers(t, db, o.ID, org.Page{After: want[1].ID, Limit: 2}))
	require.Empty(t, listMembers(t, db, o.ID, org.Page{After: want[4].ID, Limit: 2}))
}

func uniqueMembers(t *testing.T, db store.Store) {
	o, other := addOrganization(t, db), addOrganization(t, db)
	m := addMember(t, db, o.ID, 1)
	same := sampleMember(2)
	same.Email = strings.ToUpper(m.Email)
	requireDuplicate(t, insertMember(t.Context(), db, o.ID, same), "email")
	sameID := sampleMember(3)
	sameID.ID = m.ID
	requireDuplicate(t, insertMember(t.Context(), db, o.ID, sameID), "id")
	require.NoError(t, insertMember(t.Context(), db, other.ID, same), "free in another organization")
	require.Equal(t, []member.Member{m}, listMembers(t, db, o.ID, org.Page{}))
}

func unsavedMembers(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	m := addMember(t, db, o.ID, 1)
	refused := errors.New("refused")
	require.ErrorIs(t, db.ChangeMembers(t.Context(), o.ID, func(members member.Table) error {
		require.NoError(t, members.Delete(t.Context(), o.ID, m.ID))
		require.NoError(t, members.Insert(t.Context(), o.ID, sampleMember(2)))
		return refused
	}), refused)
	require.Equal(t, []member.Member{m}, listMembers(t, db, o.ID, org.Page{}))
	require.Equal(t, o, organization(t, db, o.ID))
}

func membersByEmail(t *testing.T, db store.Store) {
	first, second := addOrganization(t, db), addOrganization(t, db)
	a, b := addMember(t, db, first.ID, 1), addMember(t, db, second.ID, 1)
	addMember(t, db, first.ID, 2)
	invited := addOrganization(t, db)
	without := sampleMember(1)
	without.PasswordHash = ""
	require.NoError(t, insertMember(t.Context(), db, invited.ID, without))

	find := func(organizationID string, limit int) []member.Membership {
		found, err := db.MembershipsByEmail(t.Context(), organizationID, strings.ToUpper(a.Email), limit)
		require.NoError(t, err)
		return found
	}
	inFirst, inSecond := member.Membership{Organization: first, Member: a}, member.Membership{Organization: second, Member: b}
	require.Equal(t, []member.Membership{inFirst, inSecond}, find("", 3))
	require.Equal(t, []member.Membership{inFirst}, find("", 1))
	require.Equal(t, []member.Membership{inSecond}, find(second.ID, 3))
	for _, id := range append(hostile[1:], newID(), invited.ID) {
		require.Empty(t, find(id, 3), "%q", id)
	}
}

func membersByLink(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	m := addMember(t, db, o.ID, 1)
	bare := member.Member{ID: newID(), Email: "bare@example.org", CreatedAt: moment, UpdatedAt: moment}
	require.NoError(t, insertMember(t.Context(), db, o.ID, bare))
	found, err := db.MembershipByLink(t.Context(), m.Link.TokenHash)
	require.NoError(t, err)
	require.Equal(t, member.Membership{Organization: o, Member: m}, found)
	for _, hash := range [][32]byte{{}, sha256.Sum256([]byte("other"))} {
		_, err = db.MembershipByLink(t.Context(), hash)
		require.ErrorIs(t, err, org.ErrNotFound)
	}
}

func memberSessions(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	m := addMember(t, db, o.ID, 1)
	want, other := sampleMemberSession(o.ID, m), sampleMemberSession(o.ID, m)
	for _, s := range []member.Session{want, other} {
		require.NoError(t, db.InsertMemberSession(t.Context(), s))
	}
	session, whose, err := db.MemberSession(t.Context(), want.TokenHash)
	require.NoError(t, err)
	require.Equal(t, want, session)
	require.Equal(t, member.Membership{Organization: o, Member: m}, whose)

	changed := m
	changed.Role = member.Viewer
	require.NoError(t, db.ChangeMembers(t.Context(), o.ID, func(members member.Table) error {
		return members.Update(t.Context(), o.ID, changed)
	}))
	_, whose, err = db.MemberSession(t.Context(), want.TokenHash)
	require.NoError(t, err)
	require.Equal(t, changed, whose.Member)

	for range 2 {
		require.NoError(t, db.DeleteMemberSession(t.Context(), want.TokenHash))
	}
	requireNoMemberSession(t, db, want)
	_, _, err = db.MemberSession(t.Context(), other.TokenHash)
	require.NoError(t, err)
}

func requireNoMemberSession(t *testing.T, db store.Store, s member.Session) {
	t.Helper()
	_, _, err := db.MemberSession(t.Context(), s.TokenHash)
	require.ErrorIs(t, err, org.ErrNotFound)
}

func endedMemberSessions(t *testing.T, db store.Store) {
	o, other := addOrganization(t, db), addOrganization(t, db)
	gone, kept, elsewhere := addMember(t, db, o.ID, 1), addMember(t, db, o.ID, 2), addMember(t, db, other.ID, 1)
	ofGone, ofKept, ofElsewhere := sampleMemberSession(o.ID, gone), sampleMemberSession(o.ID, kept), sampleMemberSession(other.ID, elsewhere)
	for _, s := range []member.Session{ofGone, ofKept, ofElsewhere} {
		require.NoError(t, db.InsertMemberSession(t.Context(), s))
	}
	require.NoError(t, db.ChangeMembers(t.Context(), o.ID, func(members member.Table) error {
		return members.Delete(t.Context(), o.ID, gone.ID)
	}))
	require.NoError(t, insertMember(t.Context(), db, o.ID, gone))
	requireNoMemberSession(t, db, ofGone)
	_, _, err := db.MemberSession(t.Context(), ofKept.TokenHash)
	require.NoError(t, err)

	remove(t, db, o.ID)
	requireNoMemberSession(t, db, ofKept)
	require.Empty(t, listMembers(t, db, o.ID, org.Page{}))
	found, err := db.MembershipsByEmail(t.Context(), "", kept.Email, 3)
	require.NoError(t, err)
	require.Empty(t, found)
	require.NoError(t, db.InsertOrganization(t.Context(), o))
	require.Empty(t, listMembers(t, db, o.ID, org.Page{}))
	_, err = db.MembershipByLink(t.Context(), kept.Link.TokenHash)
	require.ErrorIs(t, err, org.ErrNotFound)

	later := sampleMemberSession(other.ID, elsewhere)
	later.CreatedAt = ofElsewhere.ExpiresAt.Add(time.Minute)
	later.ExpiresAt = later.CreatedAt.Add(time.Hour)
	require.NoError(t, db.InsertMemberSession(t.Context(), later))
	requireNoMemberSession(t, db, ofElsewhere)
}

func isolatedMembers(t *testing.T, db store.Store) {
	mine, theirs := addOrganization(t, db), addOrganization(t, db)
	own, foreign := addMember(t, db, mine.ID, 1), addMember(t, db, theirs.ID, 2)
	_, err := db.Members().Get(t.Context(), mine.ID, foreign.ID)
	_, absent := db.Members().Get(t.Context(), mine.ID, newID())
	require.ErrorIs(t, err, org.ErrNotFound)
	require.Equal(t, absent.Error(), err.Error())
	require.Equal(t, []member.Member{own}, listMembers(t, db, mine.ID, org.Page{}))
	for name, write := range map[string]func(member.Table) error{
		"get a foreign member":              func(m member.Table) error { _, err := m.Get(t.Context(), mine.ID, foreign.ID); return err },
		"get in a foreign organization":     func(m member.Table) error { _, err := m.Get(t.Context(), theirs.ID, foreign.ID); return err },
		"insert into a foreign one":         func(m member.Table) error { return m.Insert(t.Context(), theirs.ID, sampleMember(3)) },
		"update a foreign member":           func(m member.Table) error { return m.Update(t.Context(), mine.ID, foreign) },
		"update in a foreign one":           func(m member.Table) error { return m.Update(t.Context(), theirs.ID, foreign) },
		"delete a foreign member":           func(m member.Table) error { return m.Delete(t.Context(), mine.ID, foreign.ID) },
		"delete in a foreign one":           func(m member.Table) error { return m.Delete(t.Context(), theirs.ID, foreign.ID) },
		"delete in an organization of none": func(m member.Table) error { return m.Delete(t.Context(), "", foreign.ID) },
	} {
		require.ErrorIs(t, db.ChangeMembers(t.Context(), mine.ID, write), org.ErrNotFound, name)
	}
	require.NoError(t, db.ChangeMembers(t.Context(), mine.ID, func(members member.Table) error {
		list, err := members.List(t.Context(), theirs.ID, org.Page{})
		require.Empty(t, list)
		return err
	}))
	require.Equal(t, []member.Member{foreign}, listMembers(t, db, theirs.ID, org.Page{}))
}
