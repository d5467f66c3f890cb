package apikey_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/apikey"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/store/memstore"
)

type fixture struct {
	*apikey.Service
	orgs *org.Service
	now  time.Time
	o    org.Organization
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{now: time.Date(2026, 1, 5, 9, 30, 0, 0, time.UTC)}
	clock := func() time.Time { return f.now }
	db := memstore.New()
	f.Service = apikey.New(db, apikey.Options{Now: clock})
	f.orgs = org.New(db, org.Options{Now: clock, SessionTTL: 30 * 24 * time.Hour})
	profile, err := f.orgs.Draft(org.Hotel)
	require.NoError(t, err)
	profile.Name = "Key House"
	f.o, _, err = f.orgs.Create(t.Context(), profile)
	require.NoError(t, err)
	return f
}

func everything(member.Permission) bool { return true }

// open makes a key, and a session with it.
func (f *fixture) open(t *testing.T, draft apikey.Draft) (k org.APIKey, secret, token org.Secret) {
	t.Helper()
	k, secret, err := f.Create(t.Context(), everything, f.o.ID, draft)
	require.NoError(t, err)
	c, err := f.orgs.Authenticate(t.Context(), k.Key, secret)
	require.NoError(t, err)
	require.Equal(t, k.ID, c.Named.ID)
	token, _, err = f.orgs.OpenSession(t.Context(), c)
	require.NoError(t, err)
	return k, secret, token
}

// try returns how the secret and the token of a key are met.
func (f *fixture) try(t *testing.T, k org.APIKey, secret, token org.Secret) (bySecret, byToken error) {
	t.Helper()
	_, bySecret = f.orgs.Authenticate(t.Context(), k.Key, secret)
	_, _, byToken = f.orgs.ResumeSession(t.Context(), token)
	return bySecret, byToken
}

func (f *fixture) requireGood(t *testing.T, good bool, k org.APIKey, secret, token org.Secret) {
	t.Helper()
	var want error
	if !good {
		want = org.ErrUnauthenticated
	}
	bySecret, byToken := f.try(t, k, secret, token)
	require.ErrorIs(t, bySecret, want)
	require.ErrorIs(t, byToken, want)
}

func TestAKeyAndItsTokensEndWhenItExpires(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	end := f.now.Add(time.Hour)
	k, secret, token := f.open(t, apikey.Draft{Name: "billing", ExpiresAt: end})
	f.now = end.Add(-time.Microsecond)
	f.requireGood(t, true, k, secret, token)
	f.now = end
	f.requireGood(t, false, k, secret, token)
}

func TestARotatedSecretAndItsTokensEndWithTheOverlap(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	k, secret, token := f.open(t, apikey.Draft{Name: "billing"})
	_, _, err := f.Rotate(t.Context(), everything, f.o.ID, k.ID, k.Version, apikey.MaxOverlap)
	require.NoError(t, err)
	f.now = f.now.Add(apikey.MaxOverlap - time.Microsecond)
	f.requireGood(t, true, k, secret, token)
	f.now = f.now.Add(time.Microsecond)
	f.requireGood(t, false, k, secret, token)
	_, _, err = f.Rotate(t.Context(), everything, f.o.ID, k.ID, k.Version, 0)
	require.ErrorIs(t, err, org.ErrVersionMismatch)
}

func TestTheLastUseIsWrittenOnceAMinute(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	first := f.now
	k, secret, token := f.open(t, apikey.Draft{Name: "billing"})
	lastUse := func() time.Time {
		f.requireGood(t, true, k, secret, token)
		now, err := f.Get(t.Context(), f.o.ID, k.ID)
		require.NoError(t, err)
		require.Equal(t, k.Version, now.Version)
		return now.LastUsedAt
	}
	f.now = first.Add(time.Minute - time.Microsecond)
	require.Equal(t, first, lastUse())
	f.now = first.Add(time.Minute)
	require.Equal(t, f.now, lastUse())
}
