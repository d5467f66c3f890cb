package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/deploy"
	"github.com/orgpbx/orgpbx/store"
)

var revisionTests = []test{
	{"the snapshot of a deployment that went live comes back, the first of its revision", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		first, again := sampleRecord(4, org.Applied), sampleRecord(4, org.Applied)
		again.Snapshot = []byte("another")
		for _, r := range []deploy.Record{first, again, sampleRecord(3, org.Failed)} {
			require.NoError(t, db.RecordDeployment(t.Context(), sampleLease(o.ID), r))
		}
		for range 2 {
			got, err := db.RevisionSnapshot(t.Context(), o.ID, 4)
			require.NoError(t, err)
			require.Equal(t, first.Snapshot, got)
			got[0] = 'x'
		}
		for _, absent := range []int64{3, 5, 0, -1} {
			_, err := db.RevisionSnapshot(t.Context(), o.ID, absent)
			require.ErrorIs(t, err, org.ErrNotFound, "revision %d", absent)
		}
	}},
	{"the snapshots of another organization are absent", func(t *testing.T, db store.Store) {
		mine, theirs := addOrganization(t, db), addOrganization(t, db)
		record(t, db, theirs.ID, sampleDeployment(4, org.Applied))
		for _, id := range append(hostile, mine.ID, newID()) {
			_, err := db.RevisionSnapshot(t.Context(), id, 4)
			require.ErrorIs(t, err, org.ErrNotFound, "id %q", id)
		}
	}},
	{"the newest revisions are kept, of each organization by itself", func(t *testing.T, db store.Store) {
		busy, calm := addOrganization(t, db), addOrganization(t, db)
		record(t, db, calm.ID, sampleDeployment(1, org.Applied))
		const all = deploy.KeptRevisions + 3
		for n := range int64(all) {
			record(t, db, busy.ID, sampleDeployment(n+1, org.Applied))
		}
		for n := range int64(all) {
			_, err := db.RevisionSnapshot(t.Context(), busy.ID, n+1)
			if n+1 <= all-deploy.KeptRevisions {
				require.ErrorIs(t, err, org.ErrNotFound, "revision %d", n+1)
				continue
			}
			require.NoError(t, err, "revision %d", n+1)
		}
		_, err := db.RevisionSnapshot(t.Context(), calm.ID, 1)
		require.NoError(t, err)
	}},
}
