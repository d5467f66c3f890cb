package storetest

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/deploy"
	"github.com/orgpbx/orgpbx/store"
)

// long is a lease that outlasts any test, and brief one that a test waits for.
const long, brief = time.Hour, 50 * time.Millisecond

var leaseTests = []test{
	{"a lease keeps others out until it is released, and no other organization", func(t *testing.T, db store.Store) {
		o, other := addOrganization(t, db), addOrganization(t, db)
		first, second := sampleLease(o.ID), sampleLease(o.ID)
		requireLease(t, true, db.AcquireLease, first)
		requireLease(t, false, db.AcquireLease, second)
		requireLease(t, false, db.AcquireLease, first)
		requireLease(t, true, db.AcquireLease, sampleLease(other.ID))
		require.NoError(t, db.ReleaseLease(t.Context(), second), "one that does not have it")
		requireLease(t, false, db.AcquireLease, second)
		require.NoError(t, db.ReleaseLease(t.Context(), first))
		requireLease(t, true, db.AcquireLease, second)
		require.NoError(t, db.ReleaseLease(t.Context(), first), "released before")
		requireLease(t, false, db.AcquireLease, first)
	}},
	{"of many who want a lease at once one gets it", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		var taken atomic.Int64
		for _, err := range atOnce(24, func(int) error {
			is, err := db.AcquireLease(t.Context(), sampleLease(o.ID), long)
			if is {
				taken.Add(1)
			}
			return err
		}) {
			require.NoError(t, err)
		}
		require.EqualValues(t, 1, taken.Load())
	}},
	{"a lease of a holder who died runs out, and then it is not his any more", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		dead, next := sampleLease(o.ID), sampleLease(o.ID)
		taken, err := db.AcquireLease(t.Context(), dead, brief)
		require.NoError(t, err)
		require.True(t, taken)
		require.Eventually(t, func() bool {
			taken, err := db.AcquireLease(t.Context(), next, long)
			return err == nil && taken
		}, time.Minute, brief/10)
		requireLease(t, false, renewing(db), dead)
		require.NoError(t, db.ReleaseLease(t.Context(), dead))
		requireLease(t, false, db.AcquireLease, sampleLease(o.ID))
		requireLease(t, true, renewing(db), next)
	}},
	{"a lease that is renewed does not run out, and one that was released is not renewed", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		l := sampleLease(o.ID)
		taken, err := db.AcquireLease(t.Context(), l, brief)
		require.NoError(t, err)
		require.True(t, taken)
		requireLease(t, true, renewing(db), l)
		after := time.NewTimer(2 * brief)
		defer after.Stop()
		<-after.C
		requireLease(t, false, db.AcquireLease, sampleLease(o.ID))
		require.NoError(t, db.ReleaseLease(t.Context(), l))
		requireLease(t, false, renewing(db), l)
	}},
	{"of leases that are renewed together each one is on its own", func(t *testing.T, db store.Store) {
		var mine []deploy.Lease
		for range 3 {
			l := sampleLease(addOrganization(t, db).ID)
			requireLease(t, true, db.AcquireLease, l)
			mine = append(mine, l)
		}
		mixed := deploy.Lease{OrganizationID: mine[0].OrganizationID, Token: mine[1].Token}
		require.NoError(t, db.ReleaseLease(t.Context(), mine[1]))
		next := sampleLease(mine[1].OrganizationID)
		requireLease(t, true, db.AcquireLease, next)
		renewed, err := db.RenewLeases(t.Context(), append(mine, mixed), long)
		require.NoError(t, err)
		require.ElementsMatch(t, []deploy.Lease{mine[0], mine[2]}, renewed)
		renewed, err = db.RenewLeases(t.Context(), nil, long)
		require.NoError(t, err)
		require.Empty(t, renewed)
		requireLease(t, true, renewing(db), next)
	}},
	{"a deleted organization has leases: it must be taken out of the PBX", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		l := sampleLease(o.ID)
		requireLease(t, true, db.AcquireLease, l)
		remove(t, db, o.ID)
		requireLease(t, true, renewing(db), l)
		requireLease(t, false, db.AcquireLease, sampleLease(o.ID))
		require.NoError(t, db.ReleaseLease(t.Context(), l))
		requireLease(t, true, db.AcquireLease, sampleLease(o.ID))
	}},
	{"a deployment of one who lost the lease leaves the organization pending", func(t *testing.T, db store.Store) {
		for name, lost := range map[string]func(t *testing.T, l deploy.Lease){
			"never had": func(*testing.T, deploy.Lease) {},
			"released": func(t *testing.T, l deploy.Lease) {
				requireLease(t, true, db.AcquireLease, l)
				require.NoError(t, db.ReleaseLease(t.Context(), l))
			},
			"another's": func(t *testing.T, l deploy.Lease) {
				requireLease(t, true, db.AcquireLease, sampleLease(l.OrganizationID))
			},
		} {
			o := addOrganization(t, db) // desired 4, applied 2
			l := sampleLease(o.ID)
			lost(t, l)
			require.NoError(t, db.RecordDeployment(t.Context(), l, sampleRecord(4, org.Applied)), name)
			want := org.ConfigStatus{DesiredRevision: 4, AppliedRevision: 4, State: org.Pending}
			require.Equal(t, want, organization(t, db, o.ID).Config, name)
			list, err := db.Deployments(t.Context(), o.ID, org.Page{})
			require.NoError(t, err)
			require.Len(t, list, 1, name)
		}
	}},
	{"leases of hostile ids and tokens are nobody's", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		requireLease(t, true, db.AcquireLease, sampleLease(o.ID))
		for _, s := range hostile {
			requireLease(t, false, db.AcquireLease, deploy.Lease{OrganizationID: o.ID, Token: s})
			requireLease(t, false, renewing(db), deploy.Lease{OrganizationID: s, Token: s})
			require.NoError(t, db.ReleaseLease(t.Context(), deploy.Lease{OrganizationID: o.ID, Token: s}))
		}
		requireLease(t, false, db.AcquireLease, sampleLease(o.ID))
	}},
}

// renewing is how one lease is renewed.
func renewing(db store.Store) func(context.Context, deploy.Lease, time.Duration) (bool, error) {
	return func(ctx context.Context, l deploy.Lease, d time.Duration) (bool, error) {
		renewed, err := db.RenewLeases(ctx, []deploy.Lease{l}, d)
		return slices.Equal(renewed, []deploy.Lease{l}), err
	}
}

func requireLease(t *testing.T, want bool, ask func(context.Context, deploy.Lease, time.Duration) (bool, error), l deploy.Lease) {
	t.Helper()
	got, err := ask(t.Context(), l, long)
	require.NoError(t, err)
	require.Equal(t, want, got)
}
