package hold_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/store/memstore"
)

func TestAtMostSoManyHoldsAreInForce(t *testing.T) {
	t.Parallel()
	db := memstore.New()
	orgs := org.New(db, org.Options{})
	profile, err := orgs.Draft(org.Hotel)
	require.NoError(t, err)
	profile.Name = "Held House"
	o, _, err := orgs.Create(t.Context(), profile)
	require.NoError(t, err)
	holds := hold.New(db, hold.Options{})
	draft := hold.Draft{Target: hold.OfNumber, Value: "101", Reason: "Case 12/2026"}
	for range hold.MaxHolds {
		_, err := holds.Place(t.Context(), o, draft)
		require.NoError(t, err)
	}
	_, err = holds.Place(t.Context(), o, draft)
	var exceeded *limits.ExceededError
	require.ErrorAs(t, err, &exceeded)

	first, err := holds.List(t.Context(), o, org.Page{Limit: 1})
	require.NoError(t, err)
	released, err := holds.Release(t.Context(), o, first[0].ID, 0, "it is over")
	require.NoError(t, err)
	require.False(t, released.InForce())
	_, err = holds.Place(t.Context(), o, draft)
	require.NoError(t, err)
}
