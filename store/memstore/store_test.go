package memstore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/store"
	"github.com/orgpbx/orgpbx/store/memstore"
	"github.com/orgpbx/orgpbx/store/storetest"
)

func TestStoreKeepsThePromisesOfThePorts(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) store.Store { return memstore.New() })
}

func TestALongChangeOfOneOrganizationHoldsNobodyElseUp(t *testing.T) {
	t.Parallel()
	db := memstore.New()
	for _, id := range []string{"a", "b"} {
		require.NoError(t, db.InsertOrganization(t.Context(), org.Organization{
			ID: id, APIKey: id, ContextPrefix: id, Profile: org.Profile{Name: id},
		}))
	}
	require.NoError(t, db.Change(t.Context(), "a", func(resource.Tx) error {
		return db.Change(t.Context(), "b", func(resource.Tx) error { return nil })
	}))
}
