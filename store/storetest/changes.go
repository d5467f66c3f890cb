package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/store"
)

var changeTests = []test{
	{"a change raises the desired revision once, however much it writes", raiseOnce},
	{"a change holds the organization as it is, and cannot edit it", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		change(t, db, o.ID, func(tx resource.Tx) {
			require.Equal(t, o, tx.Organization())
			*tx.Organization().Compliance.RetentionCDRDays = 1
			require.Equal(t, o, tx.Organization())
		})
		want := o.Clone()
		want.Config.Raise()
		require.Equal(t, want, organization(t, db, o.ID))
	}},
	{"a change of an absent organization does not run", func(t *testing.T, db store.Store) {
		for _, id := range append(hostile, newID()) {
			err := db.Change(t.Context(), id, func(resource.Tx) error {
				t.Error("there is nothing to change")
				return nil
			})
			require.ErrorIs(t, err, org.ErrNotFound, "id %q", id)
		}
	}},
	{"a change that returns an error saves nothing", func(t *testing.T, db store.Store) {
		failed := errors.New("failed")
		requireNothingSaved(t.Context(), t, db, failed, func() error { return failed })
	}},
	{"a change whose context ends saves nothing", func(t *testing.T, db store.Store) {
		ctx, cancel := context.WithCancel(t.Context())
		requireNothingSaved(ctx, t, db, context.Canceled, func() error {
			cancel()
			return nil
		})
	}},
	{"a change that panics saves nothing and lets the next one in", func(t *testing.T, db store.Store) {
		o := addFilled(t, db)
		require.PanicsWithValue(t, "broken", func() {
			_ = db.Change(t.Context(), o.ID, func(tx resource.Tx) error {
				require.NoError(t, tx.Users().Delete(t.Context(), o.ID, o.user.ID))
				panic("broken")
			})
		})
		require.Equal(t, o.Organization, organization(t, db, o.ID))
		require.Len(t, users.list(t, db, o.ID), 1)
		change(t, db, o.ID, func(resource.Tx) {})
	}},
	{"a write that fails undoes those before it", func(t *testing.T, db store.Store) {
		o := addFilled(t, db)
		err := db.Change(t.Context(), o.ID, func(tx resource.Tx) error {
			require.NoError(t, tx.Users().Insert(t.Context(), o.ID, sampleUser(2)))
			taken := sampleUser(3)
			taken.Extension = o.user.Extension
			return tx.Users().Insert(t.Context(), o.ID, taken)
		})
		requireDuplicate(t, err, "extension")
		require.Len(t, users.list(t, db, o.ID), 1)
		require.Equal(t, o.Organization, organization(t, db, o.ID))
	}},
	{"the holder of a number is found among everything that can be dialled", findHolders},
	{"many users may have no username", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		first, second := sampleUser(1), sampleUser(2)
		first.Username, second.Username = "", ""
		users.add(t, db, o.ID, first, second)
	}},
	{"what a caller does to his copy does not reach the store", copiesAreTheCallers},
	{"changes of one organization wait for each other: none is lost", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		const writers = 24
		for _, err := range atOnce(writers, func(i int) error {
			if i%3 == 0 {
				_, err := db.ChangeOrganization(t.Context(), o.ID, func(o *org.Organization) error {
					o.Config.Raise()
					return nil
				})
				return err
			}
			return db.Change(t.Context(), o.ID, func(resource.Tx) error { return nil })
		}) {
			require.NoError(t, err)
		}
		require.Equal(t, o.Config.DesiredRevision+writers, organization(t, db, o.ID).Config.DesiredRevision)
	}},
	{"who waits for a change gives up when his context ends", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		change(t, db, o.ID, func(resource.Tx) {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			err := db.Change(ctx, o.ID, func(resource.Tx) error {
				t.Error("two changes at a time")
				return nil
			})
			require.ErrorIs(t, err, context.DeadlineExceeded)
		})
	}},
	{"changes of many organizations at once all get done", manyOrganizations},
	{"of many organizations that want one DID number, one gets it", oneNumberForOne},
}

func raiseOnce(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	_, err := db.ChangeOrganization(t.Context(), o.ID, func(o *org.Organization) error {
		o.Config = org.ConfigStatus{DesiredRevision: 9, AppliedRevision: 9, State: org.Applied}
		return nil
	})
	require.NoError(t, err)
	change(t, db, o.ID, func(tx resource.Tx) {
		for n := range 3 {
			require.NoError(t, tx.Users().Insert(t.Context(), o.ID, sampleUser(n)))
			require.NoError(t, tx.Queues().Insert(t.Context(), o.ID, sampleQueue(n)))
		}
	})
	want := org.ConfigStatus{DesiredRevision: 10, AppliedRevision: 9, State: org.Pending}
	require.Equal(t, want, organization(t, db, o.ID).Config)
	change(t, db, o.ID, func(resource.Tx) {})
	want.Raise()
	after := organization(t, db, o.ID)
	require.Equal(t, want, after.Config)
	require.Equal(t, o.Version, after.Version, "the organization itself was not edited")
}

// requireNothingSaved runs a change that writes to every table, ends in end
// and must return want.
func requireNothingSaved(ctx context.Context, t *testing.T, db store.Store, want error, end func() error) {
	t.Helper()
	o := addFilled(t, db)
	before, err := db.Snapshot(t.Context(), o.ID)
	require.NoError(t, err)
	added := sampleDID(2)
	err = db.Change(ctx, o.ID, func(tx resource.Tx) error {
		require.NoError(t, tx.Users().Insert(ctx, o.ID, sampleUser(2)))
		require.NoError(t, tx.Trunks().Insert(ctx, o.ID, sampleTrunk(2)))
		require.NoError(t, tx.DIDs().Insert(ctx, o.ID, added))
		require.NoError(t, tx.DIDs().Delete(ctx, o.ID, o.did.ID))
		require.NoError(t, tx.Queues().Delete(ctx, o.ID, o.queue.ID))
		require.NoError(t, tx.OutboundRoutes().Delete(ctx, o.ID, o.route.ID))
		require.NoError(t, tx.IVRs().Delete(ctx, o.ID, o.ivr.ID))
		require.NoError(t, tx.Conferences().Insert(ctx, o.ID, sampleConference(2)))
		require.NoError(t, tx.AIAgents().Delete(ctx, o.ID, o.agent.ID))
		return end()
	})
	require.ErrorIs(t, err, want)
	after, err := db.Snapshot(t.Context(), o.ID)
	require.NoError(t, err)
	require.Equal(t, before, after)
	counts, err := db.Counts(t.Context(), o.ID)
	require.NoError(t, err)
	requireCounts(t, counts, 1, 1, 1, 1)

	other := addOrganization(t, db)
	several, err := db.CountsOf(t.Context(), []string{other.ID, "no such", o.ID})
	require.NoError(t, err)
	require.Len(t, several, 2)
	requireCounts(t, several[o.ID], 1, 1, 1, 1)
	requireCounts(t, several[other.ID], 0, 0, 0, 0)
	taken := sampleDID(3)
	taken.Number = o.did.Number
	requireDuplicate(t, dids.write(t, db, other.ID, func(table resource.Table[resource.DID]) error {
		return table.Insert(t.Context(), other.ID, taken)
	}), "number")
	taken.Number = added.Number
	dids.add(t, db, other.ID, taken)
}

func requireCounts(t *testing.T, counts resource.Counts, users, dids, trunks, queues int) {
	t.Helper()
	require.Equal(t, resource.Counts{
		limits.Users: users, limits.DIDs: dids, limits.Trunks: trunks, limits.Queues: queues,
	}, counts)
}

func findHolders(t *testing.T, db store.Store) {
	o := addFilled(t, db)
	added := sampleQueue(5)
	change(t, db, o.ID, func(tx resource.Tx) {
		require.NoError(t, tx.Queues().Insert(t.Context(), o.ID, added))
		for number, want := range map[string]resource.Ref{
			o.user.Extension: {Kind: resource.KindUser, ID: o.user.ID},
			o.queue.Number:   {Kind: resource.KindQueue, ID: o.queue.ID},
			added.Number:     {Kind: resource.KindQueue, ID: added.ID},

			o.ivr.Number:        {Kind: resource.KindIVR, ID: o.ivr.ID},
			o.conference.Number: {Kind: resource.KindConference, ID: o.conference.ID},
			o.agent.Number:      {Kind: resource.KindAIAgent, ID: o.agent.ID},
		} {
			holder, err := tx.Holder(t.Context(), o.ID, number)
			require.NoError(t, err)
			require.Equal(t, want, holder)
		}
		for _, number := range append(hostile, "9999", o.did.Number) {
			_, err := tx.Holder(t.Context(), o.ID, number)
			require.ErrorIs(t, err, org.ErrNotFound, "number %q", number)
		}
	})
}

func copiesAreTheCallers(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	queue, trunk, ivr := sampleQueue(1), sampleTrunk(1), sampleIVR(1)
	wantQueue, wantTrunk, wantIVR := queue.Clone(), trunk, ivr.Clone()
	wantTrunk.Password = append(resource.Sealed{}, trunk.Password...)
	scribble := func(q resource.Queue, t resource.Trunk, i resource.IVR) {
		q.Members[0], *q.Overflow, t.Password[0] = resource.QueueMember{}, resource.Destination{}, 'x'
		i.Options["1"], *i.Fallback = resource.Destination{}, resource.Destination{}
	}
	change(t, db, o.ID, func(tx resource.Tx) {
		require.NoError(t, tx.Queues().Insert(t.Context(), o.ID, queue))
		require.NoError(t, tx.Trunks().Insert(t.Context(), o.ID, trunk))
		require.NoError(t, tx.IVRs().Insert(t.Context(), o.ID, ivr))
		scribble(queue, trunk, ivr)
		snapshot, err := tx.Snapshot(t.Context(), o.ID)
		require.NoError(t, err)
		scribble(snapshot.Queues[0], snapshot.Trunks[0], snapshot.IVRs[0])
	})
	for range 2 {
		q, err := db.Queues().Get(t.Context(), o.ID, queue.ID)
		require.NoError(t, err)
		require.Equal(t, wantQueue, q)
		tr, err := db.Trunks().Get(t.Context(), o.ID, trunk.ID)
		require.NoError(t, err)
		require.Equal(t, wantTrunk, tr)
		i, err := db.IVRs().Get(t.Context(), o.ID, ivr.ID)
		require.NoError(t, err)
		require.Equal(t, wantIVR, i)
		scribble(q, tr, i)
		scribble(queues.list(t, db, o.ID)[0], trunks.list(t, db, o.ID)[0], ivrs.list(t, db, o.ID)[0])
		snapshot, err := db.Snapshot(t.Context(), o.ID)
		require.NoError(t, err)
		scribble(snapshot.Queues[0], snapshot.Trunks[0], snapshot.IVRs[0])
	}
}

func manyOrganizations(t *testing.T, db store.Store) {
	const organizations, each = 8, 6
	var ids []string
	for range organizations {
		ids = append(ids, addOrganization(t, db).ID)
	}
	for _, err := range atOnce(organizations*each, func(i int) error {
		id := ids[i%organizations]
		return db.Change(t.Context(), id, func(tx resource.Tx) error {
			return tx.Users().Insert(t.Context(), id, sampleUser(i))
		})
	}) {
		require.NoError(t, err)
	}
	for _, id := range ids {
		require.Len(t, users.list(t, db, id), each)
	}
}

func oneNumberForOne(t *testing.T, db store.Store) {
	const writers = 16
	var ids []string
	for range writers {
		ids = append(ids, addOrganization(t, db).ID)
	}
	wanted := sampleDID(1).Number
	won := 0
	for _, err := range atOnce(writers, func(i int) error {
		d := sampleDID(1)
		d.Number = wanted
		return db.Change(t.Context(), ids[i], func(tx resource.Tx) error {
			return tx.DIDs().Insert(t.Context(), ids[i], d)
		})
	}) {
		if err == nil {
			won++
			continue
		}
		requireDuplicate(t, err, "number")
	}
	require.Equal(t, 1, won)
	total := 0
	for _, id := range ids {
		counts, err := db.Counts(t.Context(), id)
		require.NoError(t, err)
		require.Len(t, dids.list(t, db, id), counts[limits.DIDs])
		total += counts[limits.DIDs]
	}
	require.Equal(t, 1, total)
}
