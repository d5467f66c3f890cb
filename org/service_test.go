package org_test

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// fixture is a service on an empty store, with a clock the test sets and a
// list of what the deployer was told.
type fixture struct {
	*org.Service
	now     time.Time
	changed []string
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	f.Service = org.New(memstore.New(), org.Options{
		Now:     func() time.Time { return f.now },
		Changed: func(id string) { f.changed = append(f.changed, id) },
	})
	return f
}

func (f *fixture) create(t *testing.T, name string) (org.Organization, org.Secret) {
	t.Helper()
	profile, err := f.Draft(org.General)
	require.NoError(t, err)
	profile.Name = name
	o, secret, err := f.Create(t.Context(), profile)
	require.NoError(t, err)
	return o, secret
}

func TestEachPresetSaysWhatItsIndustryStartsWith(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	days := func(n int) *int { return &n }
	for industry, want := range map[org.Industry]org.Compliance{
		org.Hotel:    {RecordingConsent: org.Announcement, RetentionCDRDays: days(365), RetentionRecordingDays: days(180)},
		org.Hospital: {RecordingConsent: org.ExplicitOptIn, RetentionCDRDays: days(1825), RetentionRecordingDays: days(1095), PIIMasking: true},
		org.General:  {RecordingConsent: org.Announcement, RetentionCDRDays: days(365), RetentionRecordingDays: days(365)},
	} {
		profile, err := f.Draft(industry)
		require.NoError(t, err)
		require.Equal(t, want, profile.Compliance, industry)
		require.Equal(t, limits.AtMost(50), profile.Settings.MaxUsers)
		require.Equal(t, limits.AtMost(10), profile.Settings.MaxDIDs)
		require.Equal(t, limits.AtMost(5), profile.Settings.MaxTrunks)
		require.Equal(t, limits.AtMost(10), profile.Settings.MaxQueues)
		require.Equal(t, limits.AtMost(30), profile.Limits.ConcurrentCalls)
		require.Equal(t, limits.AtMost(50_000), profile.Limits.MonthlyMinutes)
		require.Equal(t, limits.AtMost(50), profile.Limits.StorageGB)
		require.Equal(t, []string{"112", "911"}, profile.EmergencyNumbers)
		profile.EmergencyNumbers[0] = "999" // the caller's to change
	}
	_, err := f.Draft("casino")
	var invalid *org.InvalidError
	require.ErrorAs(t, err, &invalid)
	require.Equal(t, "industry", invalid.Fields[0].Field)
}

func TestAnEmbedderBringsHisOwnIndustry(t *testing.T) {
	t.Parallel()
	preset := org.Preset{Industry: "school", Settings: org.Settings{MaxUsers: limits.Unlimited()}, Compliance: org.Compliance{RecordingConsent: org.OptOut}}
	orgs := org.New(memstore.New(), org.Options{Presets: []org.Preset{preset}})
	profile, err := orgs.Draft("school")
	require.NoError(t, err)
	profile.Name = "North School"
	o, _, err := orgs.Create(t.Context(), profile)
	require.NoError(t, err)
	require.True(t, o.Settings.MaxUsers.IsUnlimited())
	require.Nil(t, o.Compliance.RetentionCDRDays)
}

func TestCreateReportsEveryBrokenFieldAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, _, err := f.Create(t.Context(), org.Profile{
		Name: "x", Status: org.Active, Industry: "casino",
		Compliance: org.Compliance{RecordingConsent: org.OptOut},
	})
	var invalid *org.InvalidError
	require.ErrorAs(t, err, &invalid)
	require.Len(t, invalid.Fields, 2)
	require.Empty(t, f.changed)
}

func TestEmergencyNumbersAreAShortListOfShortNumbers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	o, _ := f.create(t, "Harbour")
	set := func(numbers ...string) error {
		_, err := f.Update(t.Context(), o.ID, 0, func(p *org.Profile) error { p.EmergencyNumbers = numbers; return nil })
		return err
	}
	many := make([]string, 21)
	for i := range many {
		many[i] = strconv.Itoa(100 + i)
	}
	for _, tc := range []struct {
		numbers     []string
		field, rule string
	}{
		{[]string{"112", "911", "112"}, "emergency_numbers", "unique"},
		{many, "emergency_numbers", "max"},
		{[]string{"112", ""}, "emergency_numbers[1]", "extension"},
		{[]string{"+4911"}, "emergency_numbers[0]", "extension"},
		{[]string{"9\n11"}, "emergency_numbers[0]", "extension"},
	} {
		var invalid *org.InvalidError
		require.ErrorAs(t, set(tc.numbers...), &invalid)
		require.Equal(t, tc.field, invalid.Fields[0].Field)
		require.Equal(t, tc.rule, invalid.Fields[0].Rule)
	}
	require.NoError(t, set(many[:20]...))
	require.NoError(t, set())
}

func TestANameIsUniqueIgnoringCaseButNotPunctuation(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	a, _ := f.create(t, "Delta-One")
	b, _ := f.create(t, "Delta One")
	require.NotEqual(t, a.ContextPrefix, b.ContextPrefix)

	profile, err := f.Draft(org.General)
	require.NoError(t, err)
	profile.Name = "DELTA-ONE"
	_, _, err = f.Create(t.Context(), profile)
	var taken *org.DuplicateError
	require.ErrorAs(t, err, &taken)
	require.Equal(t, "name", taken.Field)

	_, err = f.Update(t.Context(), b.ID, 0, func(p *org.Profile) error { p.Name = "delta-one"; return nil })
	require.ErrorAs(t, err, &taken)
	_, err = f.Update(t.Context(), a.ID, 0, func(p *org.Profile) error { p.Name = "delta-ONE"; return nil })
	require.NoError(t, err, "an organisation may change the case of its own name")
}

func TestRenamingKeepsThePrefixAndRaisesTheRevision(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	o, _ := f.create(t, "Before")
	f.now = f.now.Add(time.Hour)
	renamed, err := f.Update(t.Context(), o.ID, o.Version, func(p *org.Profile) error { p.Name = "After"; return nil })
	require.NoError(t, err)
	require.Equal(t, o.ContextPrefix, renamed.ContextPrefix)
	require.Equal(t, o.Version+1, renamed.Version)
	require.Equal(t, f.now, renamed.UpdatedAt)
	require.Equal(t, o.CreatedAt, renamed.CreatedAt)
	require.Equal(t, org.ConfigStatus{DesiredRevision: 2, State: org.Pending}, renamed.Config)
	require.Equal(t, []string{o.ID, o.ID}, f.changed)

	_, err = f.Update(t.Context(), o.ID, o.Version, func(*org.Profile) error { return nil })
	require.ErrorIs(t, err, org.ErrVersionMismatch)
}

func TestAFailedEditSavesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	o, _ := f.create(t, "Steady")
	boom := errors.New("boom")
	_, err := f.Update(t.Context(), o.ID, 0, func(p *org.Profile) error {
		p.Name = "Changed"
		*p.Compliance.RetentionCDRDays = 1
		return boom
	})
	require.ErrorIs(t, err, boom)
	after, err := f.Get(t.Context(), o.ID)
	require.NoError(t, err)
	require.Equal(t, o, after)
	require.Len(t, f.changed, 1)
}

func TestTheSecretOpensUntilItIsRotated(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	o, secret := f.create(t, "Keys")

	got, err := f.Authenticate(t.Context(), o.APIKey, secret)
	require.NoError(t, err)
	require.Equal(t, o.ID, got.ID)

	rotated, fresh, err := f.RotateSecret(t.Context(), o.ID, 0, 0)
	require.NoError(t, err)
	require.Equal(t, o.APIKey, rotated.APIKey)
	require.Equal(t, o.Config, rotated.Config, "the PBX need not know")
	_, _, err = f.RotateSecret(t.Context(), o.ID, o.Version, 0)
	require.ErrorIs(t, err, org.ErrVersionMismatch)
	_, err = f.Authenticate(t.Context(), o.APIKey, secret)
	require.ErrorIs(t, err, org.ErrUnauthenticated)
	_, err = f.Authenticate(t.Context(), o.APIKey, fresh)
	require.NoError(t, err)
}

func TestTheOldSecretOpensUntilTheOverlapIsOver(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	o, secret := f.create(t, "Keys")
	old, err := f.Authenticate(t.Context(), o.APIKey, secret)
	require.NoError(t, err)
	token, _, err := f.OpenSession(t.Context(), old)
	require.NoError(t, err)
	rotated, _, err := f.RotateSecret(t.Context(), o.ID, 0, time.Minute)
	require.NoError(t, err)
	require.Equal(t, f.now.Add(time.Minute), rotated.OldSecretUntil)
	for _, tooLong := range []time.Duration{-1, org.MaxOverlap + 1} {
		_, _, err = f.RotateSecret(t.Context(), o.ID, 0, tooLong)
		require.ErrorContains(t, err, "overlap_seconds")
	}

	f.now = f.now.Add(time.Minute - time.Microsecond)
	_, err = f.Authenticate(t.Context(), o.APIKey, secret)
	require.NoError(t, err)
	_, _, err = f.ResumeSession(t.Context(), token)
	require.NoError(t, err)
	f.now = f.now.Add(time.Microsecond)
	_, err = f.Authenticate(t.Context(), o.APIKey, secret)
	require.ErrorIs(t, err, org.ErrUnauthenticated)
	_, _, err = f.ResumeSession(t.Context(), token)
	require.ErrorIs(t, err, org.ErrUnauthenticated)
}

func TestWrongCredentialsAllLookTheSame(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	o, secret := f.create(t, "Keys")
	for _, pair := range [][2]string{
		{o.APIKey, "ops_wrong"}, {o.APIKey, ""}, {"opk_unknown", secret.Reveal()}, {"", ""},
	} {
		_, err := f.Authenticate(t.Context(), pair[0], org.Secret(pair[1]))
		require.Equal(t, org.ErrUnauthenticated, err)
	}
}

func TestSuspensionRefusesEveryCredentialAtOnceAndResumeGivesThemBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	o, secret := f.create(t, "Late Payer")
	token, _, err := f.OpenSession(t.Context(), org.MainCredential(o))
	require.NoError(t, err)
	setStatus := func(s org.Status) {
		_, err := f.Update(t.Context(), o.ID, 0, func(p *org.Profile) error { p.Status = s; return nil })
		require.NoError(t, err)
	}

	setStatus(org.Suspended)
	_, err = f.Authenticate(t.Context(), o.APIKey, secret)
	require.ErrorIs(t, err, org.ErrSuspended)
	_, _, err = f.ResumeSession(t.Context(), token)
	require.ErrorIs(t, err, org.ErrSuspended)
	_, err = f.Authenticate(t.Context(), o.APIKey, "ops_wrong")
	require.ErrorIs(t, err, org.ErrUnauthenticated, "a stranger learns nothing of the suspension")

	setStatus(org.Active)
	_, err = f.Authenticate(t.Context(), o.APIKey, secret)
	require.NoError(t, err)
	_, resumed, err := f.ResumeSession(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, o.ID, resumed.ID)
}

func TestASessionEndsWithItsTimeItsSecretAndItsOrganisation(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, *fixture, org.Organization, org.Secret){
		"closed": func(t *testing.T, f *fixture, _ org.Organization, token org.Secret) {
			t.Helper()
			require.NoError(t, f.CloseSession(t.Context(), token))
		},
		"expired": func(_ *testing.T, f *fixture, _ org.Organization, _ org.Secret) { f.now = f.now.Add(12 * time.Hour) },
		"rotated": func(t *testing.T, f *fixture, o org.Organization, _ org.Secret) {
			t.Helper()
			_, _, err := f.RotateSecret(t.Context(), o.ID, 0, 0)
			require.NoError(t, err)
		},
		"deleted": func(t *testing.T, f *fixture, o org.Organization, _ org.Secret) {
			t.Helper()
			require.NoError(t, f.Delete(t.Context(), o.ID, 0))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			o, _ := f.create(t, "Session")
			token, session, err := f.OpenSession(t.Context(), org.MainCredential(o))
			require.NoError(t, err)
			require.Equal(t, f.now.Add(12*time.Hour), session.ExpiresAt)
			_, _, err = f.ResumeSession(t.Context(), token)
			require.NoError(t, err)

			end(t, f, o, token)
			_, _, err = f.ResumeSession(t.Context(), token)
			require.ErrorIs(t, err, org.ErrUnauthenticated)
		})
	}
}

func TestThePlatformHasSessionsToo(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	token, _, err := f.OpenPlatformSession(t.Context())
	require.NoError(t, err)
	session, o, err := f.ResumeSession(t.Context(), token)
	require.NoError(t, err)
	require.True(t, session.IsPlatform())
	require.Empty(t, o.ID)
}

func TestADeletedOrganisationIsGoneAndItsNameIsFree(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	o, secret := f.create(t, "Gone")
	require.ErrorIs(t, f.Delete(t.Context(), o.ID, o.Version+1), org.ErrVersionMismatch)
	require.NoError(t, f.Delete(t.Context(), o.ID, o.Version))
	_, err := f.Get(t.Context(), o.ID)
	require.ErrorIs(t, err, org.ErrNotFound)
	_, err = f.Authenticate(t.Context(), o.APIKey, secret)
	require.ErrorIs(t, err, org.ErrUnauthenticated)
	require.ErrorIs(t, f.Delete(t.Context(), o.ID, 0), org.ErrNotFound)
	f.create(t, "Gone")
}

func TestBrokenFieldsOfSeveralChecksComeTogether(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	name, phone := org.Invalid("name", "required", "is required"), org.Invalid("phone", "phone", "must be one")
	var joined *org.InvalidError
	require.ErrorAs(t, org.JoinInvalid(nil, name, fmt.Errorf("check: %w", phone), org.Invalid("name", "label", "again")), &joined)
	require.Equal(t, []org.FieldError{
		{Field: "name", Rule: "required", Message: "is required"},
		{Field: "phone", Rule: "phone", Message: "must be one"},
	}, joined.Fields)
	require.NoError(t, org.JoinInvalid(nil, nil))
	require.Equal(t, boom, org.JoinInvalid(name, boom), "what is wrong with the server is not the caller's")
}
