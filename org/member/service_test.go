package member_test

import (
	"context"
	"errors"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/store/memstore"
)

const password = org.Secret("correct horse battery")

// outbox keeps the mails instead of sending them, or fails.
type outbox struct {
	mu   sync.Mutex
	sent []member.Message
	err  error
}

func (o *outbox) Send(_ context.Context, m member.Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.sent = append(o.sent, m)
	}
	return o.err
}

// fixture is the service on a store in memory, with a clock the test sets.
type fixture struct {
	*member.Service
	orgs *org.Service
	now  time.Time
}

func newFixture(t *testing.T, mailer member.Mailer) *fixture {
	t.Helper()
	f := &fixture{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	clock := func() time.Time { return f.now }
	sealer, err := org.NewSealer(make([]byte, 32))
	require.NoError(t, err)
	db := memstore.New()
	f.orgs = org.New(db, org.Options{Now: clock})
	f.Service = member.New(db, member.Options{
		Mailer: mailer, PublicURL: "https://pbx.example.com/", Sealer: sealer,
		Hashing: member.Argon2{MemoryKiB: 8, Passes: 1}, Now: clock,
	})
	return f
}

func (f *fixture) organization(t *testing.T, name string) org.Organization {
	t.Helper()
	profile, err := f.orgs.Draft(org.General)
	require.NoError(t, err)
	profile.Name = name
	o, _, err := f.orgs.Create(t.Context(), profile)
	require.NoError(t, err)
	return o
}

func (f *fixture) suspend(t *testing.T, o org.Organization) {
	t.Helper()
	_, err := f.orgs.Update(t.Context(), o.ID, 0, func(p *org.Profile) error { p.Status = org.Suspended; return nil })
	require.NoError(t, err)
}

func (f *fixture) invite(t *testing.T, o org.Organization, email string, role member.Role) (member.Member, org.Secret) {
	t.Helper()
	m, delivery, err := f.Invite(t.Context(), member.OwnersRights(), o.ID, member.Invitation{
		Email: email, Profile: member.Profile{Name: "Some One", Role: role},
	})
	require.NoError(t, err)
	return m, tokenIn(t, delivery.URL)
}

var token = regexp.MustCompile(`https://pbx\.example\.com/(accept-invite|reset-password)#token=(\S+)`)

func tokenIn(t *testing.T, text org.Secret) org.Secret {
	t.Helper()
	found := token.FindStringSubmatch(text.Reveal())
	require.Len(t, found, 3)
	return org.Secret(found[2])
}

// join makes an active member.
func (f *fixture) join(t *testing.T, o org.Organization, email string, role member.Role) member.Member {
	t.Helper()
	m, link := f.invite(t, o, email, role)
	_, err := f.AcceptInvitation(t.Context(), link, password)
	require.NoError(t, err)
	m, err = f.Get(t.Context(), o.ID, m.ID)
	require.NoError(t, err)
	return m
}

func (f *fixture) login(t *testing.T, o org.Organization, email string) org.Secret {
	t.Helper()
	session, _, err := f.Login(t.Context(), member.Credentials{Email: email, Password: password, OrganizationID: o.ID})
	require.NoError(t, err)
	return session
}

func setRole(r member.Role) func(member.Member, *member.Profile) error {
	return func(_ member.Member, p *member.Profile) error { p.Role = r; return nil }
}

func setDisabled(d bool) func(member.Member, *member.Profile) error {
	return func(_ member.Member, p *member.Profile) error { p.Disabled = d; return nil }
}

func requireInvalid(t *testing.T, err error, field, rule string) {
	t.Helper()
	var invalid *org.InvalidError
	require.ErrorAs(t, err, &invalid)
	require.Equal(t, field, invalid.Fields[0].Field)
	require.Equal(t, rule, invalid.Fields[0].Rule)
}

func TestAnInvitationIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	o := f.organization(t, "Delta One")
	m, link := f.invite(t, o, "asha@example.com", member.Owner)
	require.Equal(t, member.Invited, m.Status())
	_, _, err := f.Login(t.Context(), member.Credentials{Email: "asha@example.com"})
	require.ErrorIs(t, err, org.ErrUnauthenticated)

	_, err = f.ResetPassword(t.Context(), link, password)
	require.ErrorIs(t, err, member.ErrLinkOver, "an invitation is no reset")
	_, err = f.AcceptInvitation(t.Context(), link, "short")
	requireInvalid(t, err, "password", "min")
	accepted, err := f.AcceptInvitation(t.Context(), link, password)
	require.NoError(t, err)
	require.Equal(t, o.ID, accepted.Organization.ID)
	require.Equal(t, member.Active, accepted.Member.Status())
	for _, dead := range []org.Secret{link, "", "opl_unknown"} {
		_, err = f.AcceptInvitation(t.Context(), dead, password)
		require.ErrorIs(t, err, member.ErrLinkOver)
	}
	resumed, err := f.ResumeSession(t.Context(), f.login(t, o, "ASHA@example.com"))
	require.NoError(t, err)
	require.Equal(t, m.ID, resumed.Member.ID)
}

func TestOfTwoWhoAcceptAtOnceOneDoes(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	_, link := f.invite(t, f.organization(t, "Delta One"), "asha@example.com", member.Owner)
	results := make(chan error)
	for range 8 {
		go func() {
			_, err := f.AcceptInvitation(t.Context(), link, password)
			results <- err
		}()
	}
	accepted := 0
	for range 8 {
		if err := <-results; err == nil {
			accepted++
		} else {
			require.ErrorIs(t, err, member.ErrLinkOver)
		}
	}
	require.Equal(t, 1, accepted)
}

func TestALinkIsOverWithItsTimeANewOneAndTheMember(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	o := f.organization(t, "Delta One")
	m, first := f.invite(t, o, "asha@example.com", member.Agent)
	_, delivery, err := f.SendLink(t.Context(), member.OwnersRights(), o.ID, m.ID)
	require.NoError(t, err)
	second := tokenIn(t, delivery.URL)
	_, err = f.AcceptInvitation(t.Context(), first, password)
	require.ErrorIs(t, err, member.ErrLinkOver)

	_, err = f.Update(t.Context(), member.OwnersRights(), o.ID, m.ID, 0, setDisabled(true))
	require.NoError(t, err)
	_, err = f.AcceptInvitation(t.Context(), second, password)
	require.ErrorIs(t, err, member.ErrLinkOver, "a disabled member")
	_, err = f.Update(t.Context(), member.OwnersRights(), o.ID, m.ID, 0, setDisabled(false))
	require.NoError(t, err)

	f.now = delivery.ExpiresAt
	_, err = f.AcceptInvitation(t.Context(), second, password)
	require.ErrorIs(t, err, member.ErrLinkOver)
	f.now = f.now.Add(-time.Second)
	f.suspend(t, o)
	_, err = f.AcceptInvitation(t.Context(), second, password)
	require.ErrorIs(t, err, org.ErrSuspended)
	require.NoError(t, f.Delete(t.Context(), member.OwnersRights(), o.ID, m.ID, 0))
	_, err = f.AcceptInvitation(t.Context(), second, password)
	require.ErrorIs(t, err, member.ErrLinkOver)
}

func TestABadInvitationNamesItsFields(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	o := f.organization(t, "Delta One")
	_, _, err := f.Invite(t.Context(), member.OwnersRights(), o.ID, member.Invitation{Email: "nobody", Profile: member.Profile{Role: "king"}})
	var invalid *org.InvalidError
	require.ErrorAs(t, err, &invalid)
	var fields []string
	for _, broken := range invalid.Fields {
		fields = append(fields, broken.Field)
	}
	require.Equal(t, []string{"email", "name", "role"}, fields)
	f.invite(t, o, "asha@example.com", member.Agent)
	_, _, err = f.Invite(t.Context(), member.OwnersRights(), o.ID, member.Invitation{
		Email: "Asha@Example.com", Profile: member.Profile{Name: "Asha", Role: member.Agent},
	})
	var taken *org.DuplicateError
	require.ErrorAs(t, err, &taken)
	require.Equal(t, "email", taken.Field)
	_, _, err = f.Invite(t.Context(), member.OwnersRights(), "unknown", member.Invitation{})
	require.ErrorIs(t, err, org.ErrNotFound)
}

// Everything one may do to another, by the roles of both.
func TestWhoManagesWhom(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	o := f.organization(t, "Delta One")
	for _, role := range member.Roles() {
		actor := member.ActorOf(f.join(t, o, string(role)+"@example.com", role))
		for _, other := range member.Roles() {
			want := error(nil)
			if role != member.Owner && (role != member.Admin || other == member.Owner) {
				want = member.ErrForbidden
			}
			target := f.join(t, o, string(role)+"-"+string(other)+"@example.com", other)
			_, err := f.Update(t.Context(), actor, o.ID, target.ID, 0, setDisabled(true))
			require.ErrorIs(t, err, want, "%s disables %s", role, other)
			_, _, err = f.SendLink(t.Context(), actor, o.ID, target.ID)
			require.ErrorIs(t, err, want, "%s sends %s a link", role, other)
			_, err = f.RemoveTOTP(t.Context(), actor, o.ID, target.ID)
			require.ErrorIs(t, err, want, "%s removes the factor of %s", role, other)
			require.ErrorIs(t, f.Delete(t.Context(), actor, o.ID, target.ID, 0), want, "%s removes %s", role, other)
			_, _, err = f.Invite(t.Context(), actor, o.ID, member.Invitation{
				Email: string(role) + "+" + string(other) + "@example.com", Profile: member.Profile{Name: "X", Role: other},
			})
			require.ErrorIs(t, err, want, "%s invites %s", role, other)
			viewer := f.join(t, o, "v-"+string(role)+"-"+string(other)+"@example.com", member.Viewer)
			_, err = f.Update(t.Context(), actor, o.ID, viewer.ID, 0, setRole(other))
			require.ErrorIs(t, err, want, "%s makes somebody %s", role, other)
		}
	}
}

func TestNobodyChangesHisOwnRoleOrGoesAroundHisPassword(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	o := f.organization(t, "Delta One")
	f.join(t, o, "other@example.com", member.Owner)
	for _, role := range []member.Role{member.Owner, member.Admin} {
		m := f.join(t, o, string(role)+"@example.com", role)
		for _, edit := range []func(member.Member, *member.Profile) error{setRole(member.Agent), setDisabled(true)} {
			_, err := f.Update(t.Context(), member.ActorOf(m), o.ID, m.ID, 0, edit)
			require.ErrorIs(t, err, member.ErrForbidden)
		}
		_, err := f.RemoveTOTP(t.Context(), member.ActorOf(m), o.ID, m.ID)
		require.ErrorIs(t, err, member.ErrForbidden)
		_, _, err = f.SendLink(t.Context(), member.ActorOf(m), o.ID, m.ID)
		require.ErrorIs(t, err, member.ErrForbidden, "a stolen session must not become a password")
		_, err = f.Update(t.Context(), member.ActorOf(m), o.ID, m.ID, 0, func(_ member.Member, p *member.Profile) error {
			p.Name = "New Name"
			return nil
		})
		require.NoError(t, err)
	}
}

func TestTheLastOwnerStays(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	o := f.organization(t, "Delta One")
	last := f.join(t, o, "last@example.com", member.Owner)
	f.invite(t, o, "invited@example.com", member.Owner) // cannot sign in yet, so he does not count
	off := f.join(t, o, "off@example.com", member.Owner)
	_, err := f.Update(t.Context(), member.OwnersRights(), o.ID, off.ID, 0, setDisabled(true))
	require.NoError(t, err)
	for _, actor := range []member.Actor{member.OwnersRights(), member.ActorOf(last)} {
		require.ErrorIs(t, f.Delete(t.Context(), actor, o.ID, last.ID, 0), member.ErrLastOwner)
	}
	_, err = f.Update(t.Context(), member.OwnersRights(), o.ID, last.ID, 0, setRole(member.Admin))
	require.ErrorIs(t, err, member.ErrLastOwner)
	_, err = f.Update(t.Context(), member.OwnersRights(), o.ID, last.ID, 0, setDisabled(true))
	require.ErrorIs(t, err, member.ErrLastOwner)

	f.join(t, o, "next@example.com", member.Owner)
	require.NoError(t, f.Delete(t.Context(), member.ActorOf(last), o.ID, last.ID, 0), "now he may leave")
}

func TestOwnersWhoDemoteEachOtherAtOnceLeaveOne(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	o := f.organization(t, "Delta One")
	a, b := f.join(t, o, "a@example.com", member.Owner), f.join(t, o, "b@example.com", member.Owner)
	results := make(chan error)
	for _, pair := range [][2]member.Member{{a, b}, {b, a}} {
		go func() {
			_, err := f.Update(t.Context(), member.ActorOf(pair[0]), o.ID, pair[1].ID, 0, setRole(member.Agent))
			results <- err
		}()
	}
	first, second := <-results, <-results
	require.ErrorIs(t, errors.Join(first, second), member.ErrForbidden)
	require.True(t, first == nil || second == nil)
}

func TestASessionDiesWithWhatItStandsOn(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, f *fixture, o org.Organization, m member.Member){
		"role": func(t *testing.T, f *fixture, o org.Organization, m member.Member) {
			_, err := f.Update(t.Context(), member.OwnersRights(), o.ID, m.ID, 0, setRole(member.Viewer))
			require.NoError(t, err)
		},
		"disabled and enabled": func(t *testing.T, f *fixture, o org.Organization, m member.Member) {
			for _, d := range []bool{true, false} {
				_, err := f.Update(t.Context(), member.OwnersRights(), o.ID, m.ID, 0, setDisabled(d))
				require.NoError(t, err)
			}
		},
		"own new password": func(t *testing.T, f *fixture, o org.Organization, m member.Member) {
			requireInvalid(t, f.ChangePassword(t.Context(), o.ID, m.ID, "wrong", "another good one"), "current_password", "wrong")
			requireInvalid(t, f.ChangePassword(t.Context(), o.ID, m.ID, password, "password"), "password", "common")
			require.NoError(t, f.ChangePassword(t.Context(), o.ID, m.ID, password, "another good one"))
		},
		"reset": func(t *testing.T, f *fixture, o org.Organization, m member.Member) {
			_, delivery, err := f.SendLink(t.Context(), member.OwnersRights(), o.ID, m.ID)
			require.NoError(t, err)
			link := tokenIn(t, delivery.URL)
			_, err = f.AcceptInvitation(t.Context(), link, password)
			require.ErrorIs(t, err, member.ErrLinkOver, "a reset is no invitation")
			_, err = f.ResetPassword(t.Context(), link, "another good one")
			require.NoError(t, err)
		},
		"logout everywhere": func(t *testing.T, f *fixture, o org.Organization, m member.Member) {
			require.NoError(t, f.CloseSessions(t.Context(), o.ID, m.ID))
		},
		"second factor removed": func(t *testing.T, f *fixture, o org.Organization, m member.Member) {
			_, err := f.RemoveTOTP(t.Context(), member.OwnersRights(), o.ID, m.ID)
			require.NoError(t, err)
		},
		"removed": func(t *testing.T, f *fixture, o org.Organization, m member.Member) {
			require.NoError(t, f.Delete(t.Context(), member.OwnersRights(), o.ID, m.ID, 0))
		},
		"organization deleted": func(t *testing.T, f *fixture, o org.Organization, _ member.Member) {
			require.NoError(t, f.orgs.Delete(t.Context(), o.ID, 0))
		},
		"time": func(_ *testing.T, f *fixture, _ org.Organization, _ member.Member) { f.now = f.now.Add(12 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, nil)
			o := f.organization(t, "Delta One")
			m := f.join(t, o, "asha@example.com", member.Agent)
			one, two := f.login(t, o, "asha@example.com"), f.login(t, o, "asha@example.com")
			require.NoError(t, f.CloseSession(t.Context(), one))
			_, err := f.ResumeSession(t.Context(), one)
			require.ErrorIs(t, err, org.ErrUnauthenticated)
			_, err = f.ResumeSession(t.Context(), two)
			require.NoError(t, err)
			end(t, f, o, m)
			_, err = f.ResumeSession(t.Context(), two)
			require.ErrorIs(t, err, org.ErrUnauthenticated)
		})
	}
}

func TestASuspendedOrganizationsMembersAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	o := f.organization(t, "Delta One")
	f.join(t, o, "asha@example.com", member.Owner)
	session := f.login(t, o, "asha@example.com")
	_, _, err := f.orgs.RotateSecret(t.Context(), o.ID, 0, 0)
	require.NoError(t, err)
	_, err = f.ResumeSession(t.Context(), session)
	require.NoError(t, err, "a person's session does not stand on the API secret")
	f.suspend(t, o)
	_, err = f.ResumeSession(t.Context(), session)
	require.ErrorIs(t, err, org.ErrSuspended)
	for given, want := range map[org.Secret]error{password: org.ErrSuspended, "wrong": org.ErrUnauthenticated} {
		_, _, err = f.Login(t.Context(), member.Credentials{Email: "asha@example.com", Password: given})
		require.ErrorIs(t, err, want)
	}
}

func TestOneEmailAddressInSeveralOrganizations(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	first, second := f.organization(t, "Delta One"), f.organization(t, "Delta Two")
	const email = "asha@example.com"
	inFirst := f.join(t, first, email, member.Owner)
	inSecond, link := f.invite(t, second, email, member.Agent)
	_, err := f.AcceptInvitation(t.Context(), link, "a second password")
	require.NoError(t, err)
	for _, tc := range []struct {
		password     org.Secret
		organization string
		want         string // "" for nobody
	}{
		{password, "", inFirst.ID},
		{"a second password", "", inSecond.ID},
		{password, first.ID, inFirst.ID},
		{password, second.ID, ""},
		{"a second password", first.ID, ""},
		{password, "unknown", ""},
		{"wrong", "", ""},
	} {
		_, session, err := f.Login(t.Context(), member.Credentials{Email: email, Password: tc.password, OrganizationID: tc.organization})
		require.Equal(t, tc.want, session.MemberID)
		if tc.want == "" {
			require.ErrorIs(t, err, org.ErrUnauthenticated)
		}
	}
}

func TestPasswordsAreLongAndNotTheFirstThatAreGuessed(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	o := f.organization(t, "Delta One")
	_, link := f.invite(t, o, "asha.nair@example.com", member.Owner)
	for given, rule := range map[org.Secret]string{
		"": "min", "1234567": "min", "ééééééé": "min", "e\u0301e\u0301e\u0301e\u0301": "min",
		"password": "common", "PassWord": "common", "Password123": "common", "12345678": "common", "xxxxxxxxxxxx": "common",
		"asha.nair": "common", "Asha.Nair@example.com": "common", "some one": "common",
		org.Secret(make([]byte, 257)): "max",
	} {
		_, err := f.AcceptInvitation(t.Context(), link, given)
		requireInvalid(t, err, "password", rule)
		require.NotContains(t, err.Error(), "Pass")
	}
	long := make([]rune, 256)
	for i := range long {
		long[i] = rune('ä' + i%7)
	}
	_, err := f.AcceptInvitation(t.Context(), link, org.Secret(long))
	require.NoError(t, err)
}

func TestEachGrantHasItsRoles(t *testing.T) {
	t.Parallel()
	seen := map[member.Permission]bool{}
	for _, g := range member.Grants() {
		require.False(t, seen[g.Permission], g.Permission)
		seen[g.Permission] = true
		require.NotEmpty(t, g.About)
		require.Contains(t, g.Roles, member.Owner, g.Permission)
		require.Equal(t, g.Roles, g.Permission.Roles())
	}
	require.False(t, member.Agent.May(member.ReadSetup))
	require.False(t, member.Role("king").May(member.Self))
	require.Empty(t, member.Permission("fly").Roles())
	for _, p := range []member.Permission{member.WriteSetup, member.WriteCompliance, member.Deploy, member.WritePeople} {
		require.Equal(t, []member.Role{member.Owner, member.Admin}, p.Roles())
	}
	require.Equal(t, []member.Permission{member.ReadDirectory, member.Self}, member.Agent.Permissions())
}

func mustOrganization(t *testing.T, f *fixture, id string) org.Organization {
	t.Helper()
	o, err := f.orgs.Get(t.Context(), id)
	require.NoError(t, err)
	return o
}
