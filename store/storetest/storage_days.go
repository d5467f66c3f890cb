package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/store"
)

func storageDays(t *testing.T, db store.Store) {
	o, other := addOrganization(t, db), addOrganization(t, db)
	keep := func(id, day string, bytes int64) {
		require.NoError(t, db.KeepStorageDay(t.Context(), id, cdr.StorageDay{Day: day, Bytes: bytes}))
	}
	days := func(id, first, last string) []cdr.StorageDay {
		got, err := db.StorageDays(t.Context(), id, first, last)
		require.NoError(t, err)
		return got
	}
	keep(o.ID, "2031-03-02", 2)
	keep(o.ID, "2031-03-31", 31)
	keep(o.ID, "2031-03-01", 1)
	keep(o.ID, "2031-02-28", 0)
	keep(o.ID, "2031-03-02", 1<<60) // measured again
	keep(other.ID, "2031-03-02", 7)
	require.Equal(t, []cdr.StorageDay{{Day: "2031-03-01", Bytes: 1}, {Day: "2031-03-02", Bytes: 1 << 60}, {Day: "2031-03-31", Bytes: 31}},
		days(o.ID, "2031-03-01", "2031-03-31"))
	require.Equal(t, []cdr.StorageDay{{Day: "2031-03-02", Bytes: 7}}, days(other.ID, "2031-03-01", "2031-03-31"))
	require.Empty(t, days(o.ID, "2031-04-01", "2031-04-30"))
	for _, id := range append(hostile, newID()) {
		keep(id, "2031-03-02", 1)
		require.Empty(t, days(id, "2031-03-01", "2031-03-31"), "id %q", id)
	}
	require.NoError(t, db.DeleteOrganization(t.Context(), o.ID, func(org.Organization) error { return nil }))
	require.Empty(t, days(o.ID, "2031-03-01", "2031-03-31"))
}
