package storetest

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/store"
)

var snapshotTests = []test{
	{"a snapshot has everything of the organization, in order of id", func(t *testing.T, db store.Store) {
		o := addFilled(t, db)
		addFilled(t, db)
		// Ids from before the ones that are there.
		early := sampleUser(2)
		early.ID = "00000000-0000-7000-8000-000000000001"
		users.add(t, db, o.ID, early)
		want := resource.Snapshot{
			Organization:   organization(t, db, o.ID),
			Users:          []resource.User{early, o.user},
			Trunks:         []resource.Trunk{o.trunk},
			DIDs:           []resource.DID{o.did},
			Queues:         []resource.Queue{o.queue},
			OutboundRoutes: []resource.OutboundRoute{o.route},
			IVRs:           []resource.IVR{o.ivr},
			Conferences:    []resource.Conference{o.conference},
			AIAgents:       []resource.AIAgent{o.agent},
		}
		got, err := db.Snapshot(t.Context(), o.ID)
		require.NoError(t, err)
		require.Equal(t, want, got)
		change(t, db, o.ID, func(tx resource.Tx) {
			inside, err := tx.Snapshot(t.Context(), o.ID)
			require.NoError(t, err)
			require.Equal(t, want, inside)
			require.NoError(t, tx.Users().Delete(t.Context(), o.ID, early.ID))
			inside, err = tx.Snapshot(t.Context(), o.ID)
			require.NoError(t, err)
			require.Equal(t, []resource.User{o.user}, inside.Users, "the change's own writes count")
		})
	}},
	{"an organization that does not exist has no snapshot", func(t *testing.T, db store.Store) {
		addFilled(t, db)
		for _, id := range append(hostile, newID()) {
			_, err := db.Snapshot(t.Context(), id)
			require.ErrorIs(t, err, org.ErrNotFound, "id %q", id)
		}
	}},
	{"a snapshot is of one moment, however much is written meanwhile", ofOneMoment},
	{"a sealed trunk password opens after it was stored, for its organization only", func(t *testing.T, db store.Store) {
		sealer, err := resource.NewSealer(bytes.Repeat([]byte{7}, 32))
		require.NoError(t, err)
		o, other := addOrganization(t, db), addOrganization(t, db)
		trunk := sampleTrunk(1)
		trunk.Password, err = sealer.Seal(o.ID, "s3cr3t; \"x\"")
		require.NoError(t, err)
		trunks.add(t, db, o.ID, trunk)
		trunks.add(t, db, other.ID, func() resource.Trunk {
			stolen := sampleTrunk(1)
			stolen.Password = trunk.Password
			return stolen
		}())
		snapshot, err := db.Snapshot(t.Context(), o.ID)
		require.NoError(t, err)
		require.NoError(t, snapshot.Unseal(sealer))
		require.Equal(t, "s3cr3t; \"x\"", snapshot.TrunkPasswords[trunk.ID].Reveal())
		snapshot, err = db.Snapshot(t.Context(), other.ID)
		require.NoError(t, err)
		require.ErrorIs(t, snapshot.Unseal(sealer), resource.ErrSealed)
	}},
}

// ofOneMoment has every change add one user and one trunk: a snapshot with
// more of one than of the other mixes two moments.
func ofOneMoment(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	const writes = 40
	done := make(chan error, 1)
	go func() {
		var failed error
		for n := 0; n < writes && failed == nil; n++ {
			failed = db.Change(t.Context(), o.ID, func(tx resource.Tx) error {
				if err := tx.Users().Insert(t.Context(), o.ID, sampleUser(n)); err != nil {
					return err
				}
				return tx.Trunks().Insert(t.Context(), o.ID, sampleTrunk(n))
			})
		}
		done <- failed
	}()
	for running := true; running; {
		select {
		case err := <-done:
			require.NoError(t, err)
			running = false
		default:
		}
		snapshot, err := db.Snapshot(t.Context(), o.ID)
		require.NoError(t, err)
		require.Len(t, snapshot.Trunks, len(snapshot.Users))
		require.Equal(t, o.Config.DesiredRevision+int64(len(snapshot.Users)), snapshot.Revision())
	}
	require.Len(t, users.list(t, db, o.ID), writes)
}
