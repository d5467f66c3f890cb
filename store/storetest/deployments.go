package storetest

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/deploy"
	"github.com/orgpbx/orgpbx/store"
)

var deploymentTests = []test{
	{"a deployment comes back as it was recorded", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		want := sampleDeployment(4, org.Failed)
		record(t, db, o.ID, want)
		bare := deploy.Deployment{ID: newID(), Revision: 4, State: org.Applied, StartedAt: moment, FinishedAt: moment}
		record(t, db, o.ID, bare)
		list, err := db.Deployments(t.Context(), o.ID, org.Page{})
		require.NoError(t, err)
		require.Len(t, list, 2)
		require.Empty(t, list[0].Changes)
		require.Empty(t, list[0].Warnings)
		list[0].Changes, list[0].Warnings = nil, nil
		require.Equal(t, []deploy.Deployment{bare, want}, list)
	}},
	{"the history is newest first and comes in pages", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		var want []deploy.Deployment
		for range 5 {
			want = append(want, sampleDeployment(1, org.Failed))
		}
		for _, i := range []int{3, 0, 4, 2, 1} {
			record(t, db, o.ID, want[i])
		}
		slices.Reverse(want)
		var paged []deploy.Deployment
		for _, size := range []int{2, 2, 1, 0} {
			page := org.Page{Limit: 2}
			if len(paged) > 0 {
				page.After = paged[len(paged)-1].ID
			}
			part, err := db.Deployments(t.Context(), o.ID, page)
			require.NoError(t, err)
			require.Len(t, part, size)
			paged = append(paged, part...)
		}
		require.Equal(t, want, paged)
	}},
	{"an organization that does not exist has no history and gets none", func(t *testing.T, db store.Store) {
		addFilled(t, db)
		for _, id := range append(hostile, newID()) {
			list, err := db.Deployments(t.Context(), id, org.Page{})
			require.NoError(t, err, "id %q", id)
			require.Empty(t, list)
			err = db.RecordDeployment(t.Context(), sampleLease(id), sampleRecord(1, org.Applied))
			require.ErrorIs(t, err, org.ErrNotFound, "id %q", id)
		}
	}},
	{"the status follows the deployments, and the applied revision never falls", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db) // desired 4, applied 2
		for _, c := range []struct {
			revision int64
			state    org.ConfigState
			want     org.ConfigStatus
		}{
			{3, org.Applied, org.ConfigStatus{DesiredRevision: 4, AppliedRevision: 3, State: org.Pending}},
			{4, org.Failed, org.ConfigStatus{DesiredRevision: 4, AppliedRevision: 3, State: org.Failed}},
			{4, org.Pending, org.ConfigStatus{DesiredRevision: 4, AppliedRevision: 3, State: org.Pending}},
			{4, org.Applied, org.ConfigStatus{DesiredRevision: 4, AppliedRevision: 4, State: org.Applied}},
			{3, org.Applied, org.ConfigStatus{DesiredRevision: 4, AppliedRevision: 4, State: org.Pending}},
			{4, org.Applied, org.ConfigStatus{DesiredRevision: 4, AppliedRevision: 4, State: org.Applied}},
			{4, org.Failed, org.ConfigStatus{DesiredRevision: 4, AppliedRevision: 4, State: org.Failed}},
		} {
			record(t, db, o.ID, sampleDeployment(c.revision, c.state))
			got := organization(t, db, o.ID)
			require.Equal(t, c.want, got.Config, "after %d %s", c.revision, c.state)
			require.Equal(t, o.Version, got.Version, "nobody edited the organization")
		}
	}},
	{"unapplied are the organizations whose state is not applied, applied the others, in pages", listByState},
	{"removals are listed until they are deleted, and deleting twice is no error", func(t *testing.T, db store.Store) {
		first, second := addOrganization(t, db), addOrganization(t, db)
		for _, o := range []org.Organization{second, first} {
			require.NoError(t, db.DeleteOrganization(t.Context(), o.ID, func(org.Organization) error { return nil }))
		}
		require.Equal(t, []deploy.Removal{
			{OrganizationID: first.ID, ContextPrefix: first.ContextPrefix},
			{OrganizationID: second.ID, ContextPrefix: second.ContextPrefix},
		}, removals(t, db))
		for range 2 {
			require.NoError(t, db.DeleteRemoval(t.Context(), first.ID))
		}
		require.Equal(t, []deploy.Removal{{OrganizationID: second.ID, ContextPrefix: second.ContextPrefix}}, removals(t, db))
	}},
}

func removals(t *testing.T, db store.Store) []deploy.Removal {
	t.Helper()
	list, err := db.Removals(t.Context())
	require.NoError(t, err)
	return list
}

func listByState(t *testing.T, db store.Store) {
	none, err := db.Unapplied(t.Context(), "", 10)
	require.NoError(t, err)
	require.Empty(t, none)
	none, err = db.Applied(t.Context(), "", 10)
	require.NoError(t, err)
	require.Empty(t, none)

	var behind, applied []string
	for i, state := range []org.ConfigState{org.Pending, org.Applied, org.Failed, org.Pending, org.Failed, org.Applied, org.Applied, org.Applied} {
		o := addOrganization(t, db)
		_, err := db.ChangeOrganization(t.Context(), o.ID, func(o *org.Organization) error {
			// The last one that failed has its newest revision applied: what
			// failed was putting back what the PBX had lost.
			o.Config = org.ConfigStatus{DesiredRevision: 4, AppliedRevision: int64(i), State: state}
			return nil
		})
		require.NoError(t, err)
		if state == org.Applied {
			applied = append(applied, o.ID)
		} else {
			behind = append(behind, o.ID)
		}
	}
	requirePaged(t, behind, db.Unapplied)
	requirePaged(t, applied, db.Applied)
}

// requirePaged reads a list of four at once and in pages.
func requirePaged(t *testing.T, want []string, list func(ctx context.Context, after string, limit int) ([]string, error)) {
	t.Helper()
	require.Len(t, want, 4)
	all, err := list(t.Context(), "", 10)
	require.NoError(t, err)
	require.Equal(t, want, all)
	page, err := list(t.Context(), "", 3)
	require.NoError(t, err)
	require.Equal(t, want[:3], page)
	page, err = list(t.Context(), page[2], 3)
	require.NoError(t, err)
	require.Equal(t, want[3:], page)
}
