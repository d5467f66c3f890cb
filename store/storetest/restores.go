package storetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/store"
)

var restoreTests = []test{
	{"an organization goes back to a snapshot, whatever changed hands since", goesBack},
	{"a restore that fails leaves everything, also what it had cleared", func(t *testing.T, db store.Store) {
		h := furnished(t, db)
		past := archived(t, db, h.id)
		did := past.DIDs[0]
		require.NoError(t, h.resources.DIDs().Delete(t.Context(), h.id, did.ID, 0))
		_, _, err := h.resources.Users().RotateSIPPassword(t.Context(), h.id, past.Users[0].ID, 0)
		require.NoError(t, err)
		taken := sampleDID(1)
		taken.Number = did.Number
		dids.add(t, db, addOrganization(t, db).ID, taken)

		before, err := db.Snapshot(t.Context(), h.id)
		require.NoError(t, err)
		requireDuplicate(t, h.resources.Restore(t.Context(), h.id, past), "did["+did.ID+"].number")
		after, err := db.Snapshot(t.Context(), h.id)
		require.NoError(t, err)
		require.Equal(t, before, after)
	}},
	{"restores and writers at once never pass a limit", limitHolds},
}

// furnished is an organisation with things that point at each other.
func furnished(t *testing.T, db store.Store) *house {
	t.Helper()
	q := quotas[0]
	h := q.house(t, db, 5)
	for n := range 3 {
		require.NoError(t, q.create(t.Context(), h, n))
	}
	trunk, err := h.resources.Trunks().Create(t.Context(), h.id, peer(1))
	require.NoError(t, err)
	_, err = h.resources.DIDs().Create(t.Context(), h.id, resource.DID{
		Number: "+15550100", TrunkID: trunk.ID, Routing: resource.Destination{Type: resource.ToExtension, Number: "1000"},
	})
	require.NoError(t, err)
	queue := resource.QueueDefaults()
	queue.Name, queue.Number = "Desk", "8000"
	list, err := h.resources.Users().List(t.Context(), h.id, org.Page{})
	require.NoError(t, err)
	queue.Members = []resource.QueueMember{{UserID: list[2].ID, Penalty: 2}, {UserID: list[0].ID}}
	_, err = h.resources.Queues().Create(t.Context(), h.id, queue)
	require.NoError(t, err)
	_, err = h.resources.OutboundRoutes().Create(t.Context(), h.id, resource.OutboundRoute{Name: "Out", DialPattern: "_9X.", TrunkID: trunk.ID})
	require.NoError(t, err)
	return h
}

// archived is the organisation of today as it will be remembered.
func archived(t *testing.T, db store.Store, id string) resource.Snapshot {
	t.Helper()
	s, err := db.Snapshot(t.Context(), id)
	require.NoError(t, err)
	archive, err := s.Archive()
	require.NoError(t, err)
	s, err = resource.UnarchiveSnapshot(archive)
	require.NoError(t, err)
	return s
}

// content is what is compared of two moments: all but versions and times.
func content(s resource.Snapshot) resource.Snapshot {
	s.Organization = org.Organization{}
	bareAll(users, s.Users)
	bareAll(trunks, s.Trunks)
	bareAll(dids, s.DIDs)
	bareAll(queues, s.Queues)
	bareAll(routes, s.OutboundRoutes)
	return s
}

func bareAll[T any](k kind[T], list []T) {
	for i := range list {
		meta := k.meta(&list[i])
		*meta = resource.Meta{ID: meta.ID, CreatedAt: meta.CreatedAt}
	}
}

func goesBack(t *testing.T, db store.Store) {
	h := furnished(t, db)
	past := archived(t, db, h.id)
	extension := func(id, to string) {
		_, err := h.resources.Users().Update(t.Context(), h.id, id, 0, func(u *resource.User) error {
			u.Extension = to
			return nil
		})
		require.NoError(t, err)
	}
	require.NoError(t, h.resources.OutboundRoutes().Delete(t.Context(), h.id, past.OutboundRoutes[0].ID, 0))
	extension(past.Users[2].ID, "1009")
	extension(past.Users[1].ID, "1002")
	extension(past.Users[2].ID, "1001")
	require.NoError(t, quotas[0].create(t.Context(), h, 7))

	require.NoError(t, h.resources.Restore(t.Context(), h.id, past))
	after := archived(t, db, h.id)
	require.Equal(t, past.Revision()+6, after.Revision())
	require.Equal(t, content(past), content(after))
	counts, err := db.Counts(t.Context(), h.id)
	require.NoError(t, err)
	requireCounts(t, counts, 3, 1, 1, 1)
}

// limitHolds has a limit of 5, a past with 3 users who are gone today, and
// writers who want their places.
func limitHolds(t *testing.T, db store.Store) {
	h := quotas[0].house(t, db, 5)
	for n := range 3 {
		require.NoError(t, quotas[0].create(t.Context(), h, n))
	}
	past := archived(t, db, h.id)
	for _, u := range past.Users {
		require.NoError(t, h.resources.Users().Delete(t.Context(), h.id, u.ID, 0))
	}
	const writers = 24
	for i, err := range atOnce(writers, func(i int) error {
		if i%4 == 0 {
			return h.resources.Restore(t.Context(), h.id, past)
		}
		if err := quotas[0].create(t.Context(), h, 100+i); err != nil {
			return err
		}
		counts, err := db.Counts(t.Context(), h.id)
		if err == nil && counts[limits.Users] > 5 {
			err = fmt.Errorf("%d users at a limit of 5", counts[limits.Users])
		}
		return err
	}) {
		var exceeded *limits.ExceededError
		if err != nil && !errors.As(err, &exceeded) {
			require.NoError(t, err, "writer %d", i)
		}
	}
	require.LessOrEqual(t, quotas[0].used(t, h), 5)
}
