package storetest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/apikey"
	"github.com/orgpbx/orgpbx/store"
)

var apiKeyTests = []test{
	{"a key comes back as it was saved, full and bare, by its id and its public part", apiKeysRoundTrip},
	{"an absent key is not found, whatever bytes the id has, nor is another organization's", absentAPIKeys},
	{"a name is unique in an organization, ignoring case, and a public part on the platform", uniqueAPIKeys},
	{"a change of keys that fails saves nothing, and the desired revision stays", unsavedAPIKeys},
	{"a session comes with the key that it was opened with, and goes with it", sessionsOfAPIKeys},
	{"a use is noted, unless one is that is new enough", usesOfAPIKeys},
	{"keys go with their organization, and what they had is free again", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		k := addAPIKey(t, db, o.ID, 1)
		session := sampleKeySession(o.ID, k.ID)
		require.NoError(t, db.InsertSession(t.Context(), session))
		remove(t, db, o.ID)
		_, err := db.CredentialByAPIKey(t.Context(), k.Key)
		require.ErrorIs(t, err, org.ErrNotFound)
		_, _, err = db.Session(t.Context(), session.TokenHash)
		require.ErrorIs(t, err, org.ErrNotFound)
		require.Empty(t, listAPIKeys(t, db, o.ID, org.Page{}))
		require.NoError(t, db.InsertOrganization(t.Context(), o))
		require.Empty(t, listAPIKeys(t, db, o.ID, org.Page{}))
		require.NoError(t, insertAPIKey(t, db, o.ID, k))
	}},
}

// sampleAPIKey has a value in every field.
func sampleAPIKey(n int) org.APIKey {
	id := newID()
	return org.APIKey{
		ID: id, Name: fmt.Sprintf("Key %d of O'Neil & Ågren", n), Key: "opk_" + id, Scopes: []string{"calls:read", "setup:read"},
		ExpiresAt: moment.Add(time.Hour), LastUsedAt: moment.Add(time.Minute),
		SecretHash: sha256.Sum256([]byte(id)), SecretVersion: 7,
		OldSecretHash: sha256.Sum256([]byte("old")), OldSecretUntil: moment.Add(time.Second),
		Version: 2, CreatedAt: moment, UpdatedAt: moment.Add(time.Microsecond),
	}
}

func insertAPIKey(t *testing.T, db store.Store, organizationID string, k org.APIKey) error {
	t.Helper()
	return db.ChangeAPIKeys(t.Context(), organizationID, func(keys apikey.Table) error {
		return keys.Insert(t.Context(), organizationID, k)
	})
}

// addAPIKey saves a sample key.
func addAPIKey(t *testing.T, db store.Store, organizationID string, n int) org.APIKey {
	t.Helper()
	k := sampleAPIKey(n)
	require.NoError(t, insertAPIKey(t, db, organizationID, k))
	return k
}

func getAPIKey(t *testing.T, db store.Store, organizationID, id string) org.APIKey {
	t.Helper()
	k, err := db.APIKeys().Get(t.Context(), organizationID, id)
	require.NoError(t, err)
	return k
}

func listAPIKeys(t *testing.T, db store.Store, organizationID string, page org.Page) []org.APIKey {
	t.Helper()
	list, err := db.APIKeys().List(t.Context(), organizationID, page)
	require.NoError(t, err)
	return list
}

func apiKeysRoundTrip(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	full := addAPIKey(t, db, o.ID, 1)
	bare := org.APIKey{ID: newID(), Name: "bare", Key: "opk_bare", Scopes: []string{}, CreatedAt: moment, UpdatedAt: moment}
	require.NoError(t, insertAPIKey(t, db, o.ID, bare))
	require.Equal(t, []org.APIKey{full, bare}, listAPIKeys(t, db, o.ID, org.Page{}))
	require.Equal(t, []org.APIKey{full}, listAPIKeys(t, db, o.ID, org.Page{Limit: 1}))
	require.Equal(t, []org.APIKey{bare}, listAPIKeys(t, db, o.ID, org.Page{After: full.ID}))

	emptied := bare
	emptied.ID, emptied.Name, emptied.Key = full.ID, "emptied", "opk_emptied"
	for _, want := range []org.APIKey{emptied, full} {
		require.NoError(t, db.ChangeAPIKeys(t.Context(), o.ID, func(keys apikey.Table) error {
			return keys.Update(t.Context(), o.ID, want)
		}))
		require.Equal(t, want, getAPIKey(t, db, o.ID, want.ID))
		c, err := db.CredentialByAPIKey(t.Context(), want.Key)
		require.NoError(t, err)
		require.Equal(t, org.Credential{Organization: o, Named: &want}, c)
	}
	_, err := db.CredentialByAPIKey(t.Context(), emptied.Key)
	require.ErrorIs(t, err, org.ErrNotFound)
	main, err := db.CredentialByAPIKey(t.Context(), o.APIKey)
	require.NoError(t, err)
	require.Nil(t, main.Named, "the main one is no named key, though there are some")
	getAPIKey(t, db, o.ID, full.ID).Scopes[0] = "x"
	require.Equal(t, full, getAPIKey(t, db, o.ID, full.ID), "what a caller does to his copy stays his")
}

func absentAPIKeys(t *testing.T, db store.Store) {
	o, other := addOrganization(t, db), addOrganization(t, db)
	theirs := addAPIKey(t, db, other.ID, 1)
	for _, id := range append(hostile, newID(), o.ID, theirs.ID) {
		_, err := db.APIKeys().Get(t.Context(), o.ID, id)
		require.ErrorIs(t, err, org.ErrNotFound, "id %q", id)
		require.ErrorIs(t, db.ChangeAPIKeys(t.Context(), o.ID, func(keys apikey.Table) error {
			return keys.Delete(t.Context(), o.ID, id)
		}), org.ErrNotFound, "id %q", id)
		require.NoError(t, db.UseAPIKey(t.Context(), o.ID, id, moment.Add(time.Hour), moment.Add(time.Hour)))
	}
	for name, write := range map[string]func(apikey.Table) error{
		"insert elsewhere":     func(keys apikey.Table) error { return keys.Insert(t.Context(), other.ID, sampleAPIKey(2)) },
		"update of theirs":     func(keys apikey.Table) error { return keys.Update(t.Context(), o.ID, theirs) },
		"update elsewhere":     func(keys apikey.Table) error { return keys.Update(t.Context(), other.ID, theirs) },
		"delete elsewhere":     func(keys apikey.Table) error { return keys.Delete(t.Context(), other.ID, theirs.ID) },
		"an absent one edited": func(keys apikey.Table) error { return keys.Update(t.Context(), o.ID, sampleAPIKey(3)) },
	} {
		require.ErrorIs(t, db.ChangeAPIKeys(t.Context(), o.ID, write), org.ErrNotFound, name)
	}
	require.Equal(t, []org.APIKey{theirs}, listAPIKeys(t, db, other.ID, org.Page{}))
	require.Empty(t, listAPIKeys(t, db, o.ID, org.Page{}))
	require.ErrorIs(t, insertAPIKey(t, db, newID(), sampleAPIKey(1)), org.ErrNotFound)
}

func uniqueAPIKeys(t *testing.T, db store.Store) {
	o, other := addOrganization(t, db), addOrganization(t, db)
	k := addAPIKey(t, db, o.ID, 1)
	same := sampleAPIKey(1)
	same.Name = "KEY 1 of o'neil & åGREN"
	requireDuplicate(t, insertAPIKey(t, db, o.ID, same), "name")
	require.NoError(t, insertAPIKey(t, db, other.ID, same))
	taken := sampleAPIKey(2)
	taken.Key = k.Key
	for _, id := range []string{o.ID, other.ID} {
		requireDuplicate(t, insertAPIKey(t, db, id, taken), "api_key")
	}
}

func unsavedAPIKeys(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	k := addAPIKey(t, db, o.ID, 1)
	refused := errors.New("refused")
	require.ErrorIs(t, db.ChangeAPIKeys(t.Context(), o.ID, func(keys apikey.Table) error {
		require.NoError(t, keys.Insert(t.Context(), o.ID, sampleAPIKey(2)))
		require.NoError(t, keys.Delete(t.Context(), o.ID, k.ID))
		return refused
	}), refused)
	require.Equal(t, []org.APIKey{k}, listAPIKeys(t, db, o.ID, org.Page{}))
	require.Equal(t, o.Config, organization(t, db, o.ID).Config)
}

func sessionsOfAPIKeys(t *testing.T, db store.Store) {
	o, other := addOrganization(t, db), addOrganization(t, db)
	gone, kept := addAPIKey(t, db, o.ID, 1), addAPIKey(t, db, o.ID, 2)
	opened := map[string]org.Session{}
	for _, id := range []string{gone.ID, kept.ID, ""} {
		session := sampleKeySession(o.ID, id)
		require.NoError(t, db.InsertSession(t.Context(), session))
		opened[id] = session
	}
	session, c, err := db.Session(t.Context(), opened[gone.ID].TokenHash)
	require.NoError(t, err)
	require.Equal(t, opened[gone.ID], session)
	require.Equal(t, org.Credential{Organization: o, Named: &gone}, c)
	for _, id := range []string{newID(), "\x00", "\xff"} {
		session := sampleKeySession(o.ID, id)
		require.ErrorIs(t, db.InsertSession(t.Context(), session), org.ErrNotFound, "%q", id)
	}
	foreign := sampleSession(other.ID)
	foreign.APIKeyID = kept.ID
	_ = db.InsertSession(t.Context(), foreign) // some backends see it now, all of them when it is read
	_, _, err = db.Session(t.Context(), foreign.TokenHash)
	require.ErrorIs(t, err, org.ErrNotFound)

	require.NoError(t, db.ChangeAPIKeys(t.Context(), o.ID, func(keys apikey.Table) error {
		return keys.Delete(t.Context(), o.ID, gone.ID)
	}))
	_, _, err = db.Session(t.Context(), opened[gone.ID].TokenHash)
	require.ErrorIs(t, err, org.ErrNotFound)
	for _, id := range []string{kept.ID, ""} {
		_, _, err := db.Session(t.Context(), opened[id].TokenHash)
		require.NoError(t, err)
	}
}

func usesOfAPIKeys(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	k := addAPIKey(t, db, o.ID, 1)
	bare := sampleAPIKey(2)
	bare.LastUsedAt = time.Time{}
	require.NoError(t, insertAPIKey(t, db, o.ID, bare))
	later := k.LastUsedAt.Add(90 * time.Second)
	use := func(id string, before time.Time) time.Time {
		require.NoError(t, db.UseAPIKey(t.Context(), o.ID, id, later, before))
		return getAPIKey(t, db, o.ID, id).LastUsedAt
	}
	require.Equal(t, k.LastUsedAt, use(k.ID, k.LastUsedAt.Add(-time.Microsecond)))
	require.Equal(t, later, use(k.ID, k.LastUsedAt))
	require.Equal(t, later, use(bare.ID, moment))
	require.Equal(t, bare.Version, getAPIKey(t, db, o.ID, bare.ID).Version)
}
