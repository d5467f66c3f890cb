package storetest

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/store"
)

var placementTests = []test{
	{"a placement is kept until it is forgotten", func(t *testing.T, db store.Store) {
		t.Helper()
		_, err := db.Placement(t.Context(), "beta")
		require.ErrorIs(t, err, org.ErrNotFound)
		for _, prefix := range []string{"beta", "alpha"} {
			want := resource.Placement{ContextPrefix: prefix, OrganizationID: "id of " + prefix, Node: "pbx1", Endpoints: 3}
			kept, err := db.Place(t.Context(), want)
			require.NoError(t, err)
			require.Equal(t, want, kept)
			kept, err = db.Placement(t.Context(), prefix)
			require.NoError(t, err)
			require.Equal(t, want, kept)
		}
		list, err := db.Placements(t.Context())
		require.NoError(t, err)
		require.Len(t, list, 2)
		require.Equal(t, "alpha", list[0].ContextPrefix)
		require.NoError(t, db.Unplace(t.Context(), "alpha"))
		require.NoError(t, db.Unplace(t.Context(), "alpha"))
		_, err = db.Placement(t.Context(), "alpha")
		require.ErrorIs(t, err, org.ErrNotFound)
	}},
	{"of many who place an organisation one decides, and all learn it", func(t *testing.T, db store.Store) {
		t.Helper()
		nodes := []string{"pbx1", "pbx2", "pbx3", "pbx4"}
		kept := make([]resource.Placement, len(nodes))
		var group sync.WaitGroup
		for i, node := range nodes {
			group.Go(func() {
				var err error
				kept[i], err = db.Place(t.Context(), resource.Placement{ContextPrefix: "alpha", Node: node})
				if err != nil {
					t.Errorf("place: %v", err)
				}
			})
		}
		group.Wait()
		for _, p := range kept {
			require.Equal(t, kept[0], p)
		}
	}},
	{"an organisation is placed with its making, or neither", func(t *testing.T, db store.Store) {
		t.Helper()
		o := sampleOrganization()
		require.NoError(t, db.InsertPlacedOrganization(t.Context(), o, "pbx2"))
		kept, err := db.Placement(t.Context(), o.ContextPrefix)
		require.NoError(t, err)
		require.Equal(t, resource.Placement{ContextPrefix: o.ContextPrefix, OrganizationID: o.ID, Node: "pbx2"}, kept)
		saved, err := db.Organization(t.Context(), o.ID)
		require.NoError(t, err)
		require.Equal(t, o, saved)

		again := sampleOrganization()
		again.Name = o.Name
		err = db.InsertPlacedOrganization(t.Context(), again, "pbx2")
		var taken *org.DuplicateError
		require.ErrorAs(t, err, &taken)
		require.Equal(t, "name", taken.Field)
		_, err = db.Placement(t.Context(), again.ContextPrefix)
		require.ErrorIs(t, err, org.ErrNotFound)
	}},
	{"a placement is replaced by who knows the one that is kept", func(t *testing.T, db store.Store) {
		t.Helper()
		first, err := db.Place(t.Context(), resource.Placement{ContextPrefix: "alpha", Node: "pbx1", Endpoints: 1})
		require.NoError(t, err)
		second := first
		second.Node, second.Leaving = "pbx2", "pbx1"
		replaced, err := db.Replace(t.Context(), first, second)
		require.NoError(t, err)
		require.True(t, replaced)
		replaced, err = db.Replace(t.Context(), first, first)
		require.NoError(t, err)
		require.False(t, replaced)
		kept, err := db.Placement(t.Context(), "alpha")
		require.NoError(t, err)
		require.Equal(t, second, kept)
	}},
}
