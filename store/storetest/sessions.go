package storetest

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/store"
)

var sessionTests = []test{
	{"a session comes with its organization as it is now", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		want := sampleSession(o.ID)
		require.NoError(t, db.InsertSession(t.Context(), want))
		session, owner, err := db.Session(t.Context(), want.TokenHash)
		require.NoError(t, err)
		require.Equal(t, want, session)
		require.Equal(t, o, owner.Organization)

		suspended, err := db.ChangeOrganization(t.Context(), o.ID, func(o *org.Organization) error {
			o.Status = org.Suspended
			return nil
		})
		require.NoError(t, err)
		_, owner, err = db.Session(t.Context(), want.TokenHash)
		require.NoError(t, err)
		require.Equal(t, suspended, owner.Organization)
	}},
	{"a session of the platform has no organization", func(t *testing.T, db store.Store) {
		addOrganization(t, db)
		want := sampleSession("")
		require.NoError(t, db.InsertSession(t.Context(), want))
		session, owner, err := db.Session(t.Context(), want.TokenHash)
		require.NoError(t, err)
		require.Equal(t, want, session)
		require.Zero(t, owner)
	}},
	{"a session of an organization that does not exist is refused", func(t *testing.T, db store.Store) {
		for _, id := range append(hostile[1:], newID()) {
			session := sampleSession(id)
			require.ErrorIs(t, db.InsertSession(t.Context(), session), org.ErrNotFound, "id %q", id)
			_, _, err := db.Session(t.Context(), session.TokenHash)
			require.ErrorIs(t, err, org.ErrNotFound)
		}
	}},
	{"a deleted session is gone, deleting it again is no error, others stay", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		gone, kept := sampleSession(o.ID), sampleSession(o.ID)
		require.NoError(t, db.InsertSession(t.Context(), gone))
		require.NoError(t, db.InsertSession(t.Context(), kept))
		for range 2 {
			require.NoError(t, db.DeleteSession(t.Context(), gone.TokenHash))
		}
		_, _, err := db.Session(t.Context(), gone.TokenHash)
		require.ErrorIs(t, err, org.ErrNotFound)
		_, _, err = db.Session(t.Context(), kept.TokenHash)
		require.NoError(t, err)
	}},
	{"a new session clears those away that ended before it", func(t *testing.T, db store.Store) {
		o, other := addOrganization(t, db), addOrganization(t, db)
		old, platform, running := sampleSession(o.ID), sampleSession(""), sampleSession(o.ID)
		running.ExpiresAt = running.ExpiresAt.Add(time.Hour)
		for _, s := range []org.Session{old, platform, running} {
			require.NoError(t, db.InsertSession(t.Context(), s))
		}
		next := sampleSession(other.ID)
		next.CreatedAt = old.ExpiresAt.Add(time.Minute)
		next.ExpiresAt = next.CreatedAt.Add(time.Hour)
		require.NoError(t, db.InsertSession(t.Context(), next))
		for _, s := range []org.Session{old, platform} {
			_, _, err := db.Session(t.Context(), s.TokenHash)
			require.ErrorIs(t, err, org.ErrNotFound)
		}
		for _, s := range []org.Session{running, next} {
			_, _, err := db.Session(t.Context(), s.TokenHash)
			require.NoError(t, err)
		}
	}},
	{"the service's logins work on it: wrong, right, rotated, suspended", loginThroughService},
}

func loginThroughService(t *testing.T, db store.Store) {
	orgs := org.New(db, org.Options{})
	profile, err := orgs.Draft(org.Hotel)
	require.NoError(t, err)
	profile.Name = "Login House"
	o, secret, err := orgs.Create(t.Context(), profile)
	require.NoError(t, err)

	_, err = orgs.Authenticate(t.Context(), o.APIKey, "wrong")
	require.ErrorIs(t, err, org.ErrUnauthenticated)
	authenticated, err := orgs.Authenticate(t.Context(), o.APIKey, secret)
	require.NoError(t, err)
	require.Equal(t, org.MainCredential(o), authenticated)
	token, opened, err := orgs.OpenSession(t.Context(), authenticated)
	require.NoError(t, err)
	resumed, owner, err := orgs.ResumeSession(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, opened, resumed)
	require.Equal(t, o, owner.Organization)
	require.Equal(t, sha256.Sum256([]byte(token.Reveal())), resumed.TokenHash)

	_, fresh, err := orgs.RotateSecret(t.Context(), o.ID, 0, 0)
	require.NoError(t, err)
	_, _, err = orgs.ResumeSession(t.Context(), token)
	require.ErrorIs(t, err, org.ErrUnauthenticated)
	_, err = orgs.Authenticate(t.Context(), o.APIKey, secret)
	require.ErrorIs(t, err, org.ErrUnauthenticated)
	_, err = orgs.Update(t.Context(), o.ID, 0, func(p *org.Profile) error {
		p.Status = org.Suspended
		return nil
	})
	require.NoError(t, err)
	_, err = orgs.Authenticate(t.Context(), o.APIKey, fresh)
	require.ErrorIs(t, err, org.ErrSuspended)
}
