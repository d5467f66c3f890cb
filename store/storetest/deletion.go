package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/deploy"
	"github.com/orgpbx/orgpbx/store"
)

var deletionTests = []test{
	{"a deleted organization leaves a removal for the PBX, and no row anywhere", leavesNothing},
	{"everything unique that it had is free again", func(t *testing.T, db store.Store) {
		o := addFilled(t, db)
		remove(t, db, o.ID)
		again := sampleOrganization()
		again.Name, again.APIKey, again.ContextPrefix = o.Name, o.APIKey, o.ContextPrefix
		require.NoError(t, db.InsertOrganization(t.Context(), again))
		users.add(t, db, again.ID, o.user)
		dids.add(t, db, again.ID, o.did)
		require.NoError(t, db.InsertSession(t.Context(), sampleSession(again.ID)))
	}},
	{"a check that fails keeps everything", func(t *testing.T, db store.Store) {
		o := addFilled(t, db)
		before := everything(t, db, o)
		refused := errors.New("refused")
		err := db.DeleteOrganization(t.Context(), o.ID, func(given org.Organization) error {
			require.Equal(t, o.Organization, given)
			return refused
		})
		require.ErrorIs(t, err, refused)
		require.Equal(t, before, everything(t, db, o))
		require.Empty(t, removals(t, db))
	}},
	{"a context that ends keeps everything", func(t *testing.T, db store.Store) {
		o := addFilled(t, db)
		before := everything(t, db, o)
		ctx, cancel := context.WithCancel(t.Context())
		err := db.DeleteOrganization(ctx, o.ID, func(org.Organization) error {
			cancel()
			return nil
		})
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, before, everything(t, db, o))
		require.Empty(t, removals(t, db))
	}},
	{"an absent organization cannot be deleted", func(t *testing.T, db store.Store) {
		for _, id := range append(hostile, newID()) {
			err := db.DeleteOrganization(t.Context(), id, func(org.Organization) error {
				t.Error("there is nothing to delete")
				return nil
			})
			require.ErrorIs(t, err, org.ErrNotFound, "id %q", id)
		}
		require.Empty(t, removals(t, db))
	}},
	{"writers and a deletion at once: afterwards nothing is left", func(t *testing.T, db store.Store) {
		o := addFilled(t, db)
		const writers = 24
		for i, err := range atOnce(writers, func(i int) error {
			switch {
			case i == writers/2:
				return db.DeleteOrganization(t.Context(), o.ID, func(org.Organization) error { return nil })
			case i%3 == 0:
				return db.InsertSession(t.Context(), sampleSession(o.ID))
			default:
				return db.Change(t.Context(), o.ID, func(tx resource.Tx) error {
					return tx.Users().Insert(t.Context(), o.ID, sampleUser(100+i))
				})
			}
		}) {
			if err != nil {
				require.ErrorIs(t, err, org.ErrNotFound)
				require.NotEqual(t, writers/2, i, "the deletion itself")
			}
		}
		requireGone(t, db, o)
	}},
}

func remove(t *testing.T, db store.Store, id string) {
	t.Helper()
	require.NoError(t, db.DeleteOrganization(t.Context(), id, func(org.Organization) error { return nil }))
}

func leavesNothing(t *testing.T, db store.Store) {
	o := addFilled(t, db)
	record(t, db, o.ID, sampleDeployment(4, org.Applied))
	remove(t, db, o.ID)
	requireGone(t, db, o)

	require.ErrorIs(t, db.InsertSession(t.Context(), sampleSession(o.ID)), org.ErrNotFound)
	require.ErrorIs(t, db.RecordDeployment(t.Context(), sampleLease(o.ID), sampleRecord(1, org.Applied)), org.ErrNotFound)
	require.ErrorIs(t, db.Change(t.Context(), o.ID, func(resource.Tx) error { return nil }), org.ErrNotFound)
	_, err := db.ChangeOrganization(t.Context(), o.ID, func(*org.Organization) error { return nil })
	require.ErrorIs(t, err, org.ErrNotFound)
	err = db.DeleteOrganization(t.Context(), o.ID, func(org.Organization) error { return nil })
	require.ErrorIs(t, err, org.ErrNotFound)

	// A row of the old one would show up under the new one of the same id.
	require.NoError(t, db.InsertOrganization(t.Context(), o.Organization))
	require.Empty(t, users.list(t, db, o.ID))
	require.Empty(t, ivrs.list(t, db, o.ID))
	require.Empty(t, conferences.list(t, db, o.ID))
	require.Empty(t, agents.list(t, db, o.ID))
	_, err = db.RevisionSnapshot(t.Context(), o.ID, 4)
	require.ErrorIs(t, err, org.ErrNotFound)
	counts, err := db.Counts(t.Context(), o.ID)
	require.NoError(t, err)
	requireCounts(t, counts, 0, 0, 0, 0)
}

// requireGone looks for a deleted organisation everywhere.
func requireGone(t *testing.T, db store.Store, o filled) {
	t.Helper()
	require.Equal(t, []deploy.Removal{{OrganizationID: o.ID, ContextPrefix: o.ContextPrefix}}, removals(t, db))
	_, err := db.Organization(t.Context(), o.ID)
	require.ErrorIs(t, err, org.ErrNotFound)
	_, err = db.CredentialByAPIKey(t.Context(), o.APIKey)
	require.ErrorIs(t, err, org.ErrNotFound)
	all, err := db.Organizations(t.Context(), org.Filter{}, org.Page{})
	require.NoError(t, err)
	require.Empty(t, all)
	_, _, err = db.Session(t.Context(), o.session.TokenHash)
	require.ErrorIs(t, err, org.ErrNotFound)
	_, err = db.Snapshot(t.Context(), o.ID)
	require.ErrorIs(t, err, org.ErrNotFound)
	unapplied, err := db.Unapplied(t.Context(), "", 10)
	require.NoError(t, err)
	require.Empty(t, unapplied)
	applied, err := db.Applied(t.Context(), "", 10)
	require.NoError(t, err)
	require.Empty(t, applied)
	_, err = db.RevisionSnapshot(t.Context(), o.ID, 4)
	require.ErrorIs(t, err, org.ErrNotFound)
	deployments, err := db.Deployments(t.Context(), o.ID, org.Page{})
	require.NoError(t, err)
	require.Empty(t, deployments)
	counts, err := db.Counts(t.Context(), o.ID)
	require.NoError(t, err)
	for kind, n := range counts {
		require.Zero(t, n, "%s", kind)
	}
	_, err = db.Users().Get(t.Context(), o.ID, o.user.ID)
	require.ErrorIs(t, err, org.ErrNotFound)
	require.Empty(t, users.list(t, db, o.ID))
	require.Empty(t, trunks.list(t, db, o.ID))
	require.Empty(t, dids.list(t, db, o.ID))
	require.Empty(t, queues.list(t, db, o.ID))
	require.Empty(t, routes.list(t, db, o.ID))
	require.Empty(t, ivrs.list(t, db, o.ID))
	require.Empty(t, conferences.list(t, db, o.ID))
	require.Empty(t, agents.list(t, db, o.ID))
}
