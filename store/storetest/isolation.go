package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/store"
)

var isolationTests = []test{
	{"users of another organization are absent", isolated(users, func(f filled) resource.User { return f.user })},
	{"trunks of another organization are absent", isolated(trunks, func(f filled) resource.Trunk { return f.trunk })},
	{"dids of another organization are absent", isolated(dids, func(f filled) resource.DID { return f.did })},
	{"queues of another organization are absent", isolated(queues, func(f filled) resource.Queue { return f.queue })},
	{"routes of another organization are absent", isolated(routes, func(f filled) resource.OutboundRoute { return f.route })},
	{"ivrs of another organization are absent", isolated(ivrs, func(f filled) resource.IVR { return f.ivr })},
	{"conferences of another organization are absent", isolated(conferences, func(f filled) resource.Conference { return f.conference })},
	{"ai agents of another organization are absent", isolated(agents, func(f filled) resource.AIAgent { return f.agent })},
	{"a change knows its own organization only", func(t *testing.T, db store.Store) {
		mine, theirs := addFilled(t, db), addFilled(t, db)
		own := sampleUser(7)
		users.add(t, db, theirs.ID, own) // a number that mine has not
		change(t, db, mine.ID, func(tx resource.Tx) {
			counts, err := tx.Counts(t.Context(), theirs.ID)
			require.NoError(t, err)
			for kind, n := range counts {
				require.Zero(t, n, "%s", kind)
			}
			_, err = tx.Snapshot(t.Context(), theirs.ID)
			require.ErrorIs(t, err, org.ErrNotFound)
			_, err = tx.Holder(t.Context(), theirs.ID, own.Extension)
			require.ErrorIs(t, err, org.ErrNotFound)
			_, err = tx.Holder(t.Context(), mine.ID, own.Extension)
			require.ErrorIs(t, err, org.ErrNotFound)
			holder, err := tx.Holder(t.Context(), mine.ID, theirs.conference.Number)
			require.NoError(t, err)
			require.Equal(t, resource.Ref{Kind: resource.KindConference, ID: mine.conference.ID}, holder, "both have the number")
			require.Equal(t, mine.ID, tx.Organization().ID)
		})
	}},
	{"deployments of another organization are absent", func(t *testing.T, db store.Store) {
		mine, theirs := addFilled(t, db), addFilled(t, db)
		list, err := db.Deployments(t.Context(), mine.ID, org.Page{})
		require.NoError(t, err)
		require.Equal(t, mine.deployment, list[0])
		require.Len(t, list, 1)
		applied := sampleDeployment(theirs.Config.DesiredRevision, org.Applied)
		record(t, db, theirs.ID, applied)
		require.Equal(t, mine.Organization, organization(t, db, mine.ID))
		list, err = db.Deployments(t.Context(), mine.ID, org.Page{After: applied.ID})
		require.NoError(t, err)
		require.Len(t, list, 1, "a foreign cursor is only a place in the order")
	}},
	{"changing and deleting one organization leaves the other whole", func(t *testing.T, db store.Store) {
		mine, theirs := addFilled(t, db), addFilled(t, db)
		before := everything(t, db, theirs)
		_, err := db.ChangeOrganization(t.Context(), mine.ID, func(o *org.Organization) error {
			o.Name, o.Status = "Other Name", org.Suspended
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, before, everything(t, db, theirs))
		require.NoError(t, db.DeleteSession(t.Context(), mine.session.TokenHash))
		require.Equal(t, before, everything(t, db, theirs))
		require.NoError(t, db.DeleteOrganization(t.Context(), mine.ID, func(org.Organization) error { return nil }))
		require.Equal(t, before, everything(t, db, theirs))
		require.NoError(t, db.DeleteRemoval(t.Context(), mine.ID))
		require.Equal(t, before, everything(t, db, theirs))
	}},
}

// everything reads all there is of one organisation.
func everything(t *testing.T, db store.Store, f filled) []any {
	t.Helper()
	snapshot, err := db.Snapshot(t.Context(), f.ID)
	require.NoError(t, err)
	counts, err := db.Counts(t.Context(), f.ID)
	require.NoError(t, err)
	deployments, err := db.Deployments(t.Context(), f.ID, org.Page{})
	require.NoError(t, err)
	session, owner, err := db.Session(t.Context(), f.session.TokenHash)
	require.NoError(t, err)
	byKey, err := db.CredentialByAPIKey(t.Context(), f.APIKey)
	require.NoError(t, err)
	return []any{
		snapshot, counts, deployments, session, owner, byKey,
		users.list(t, db, f.ID), trunks.list(t, db, f.ID), dids.list(t, db, f.ID),
		queues.list(t, db, f.ID), routes.list(t, db, f.ID), ivrs.list(t, db, f.ID),
		conferences.list(t, db, f.ID), agents.list(t, db, f.ID),
	}
}

// isolated tries every method on one kind with the rows and the id of another
// organisation.
func isolated[T any](k kind[T], row func(filled) T) func(*testing.T, store.Store) {
	return func(t *testing.T, db store.Store) {
		mine, theirs := addFilled(t, db), addFilled(t, db)
		before := everything(t, db, theirs)
		foreign, foreignID := row(theirs), k.id(row(theirs))

		_, err := k.finder(db).Get(t.Context(), mine.ID, foreignID)
		_, absent := k.finder(db).Get(t.Context(), mine.ID, newID())
		require.ErrorIs(t, err, org.ErrNotFound)
		require.Equal(t, absent.Error(), err.Error(), "a foreign row tells nothing an absent one does not")
		require.Equal(t, []T{row(mine)}, k.list(t, db, mine.ID))
		list, err := k.finder(db).List(t.Context(), mine.ID, org.Page{After: foreignID})
		require.NoError(t, err)
		require.Empty(t, list, "theirs is the newest id of all")

		for name, write := range map[string]func(resource.Table[T]) error{
			"get of a foreign row": func(table resource.Table[T]) error {
				_, err := table.Get(t.Context(), mine.ID, foreignID)
				return err
			},
			"get in a foreign organization": func(table resource.Table[T]) error {
				_, err := table.Get(t.Context(), theirs.ID, foreignID)
				return err
			},
			"insert into a foreign organization": func(table resource.Table[T]) error {
				return table.Insert(t.Context(), theirs.ID, k.sample(9))
			},
			"update of a foreign row":           func(table resource.Table[T]) error { return table.Update(t.Context(), mine.ID, foreign) },
			"update in a foreign organization":  func(table resource.Table[T]) error { return table.Update(t.Context(), theirs.ID, foreign) },
			"delete of a foreign row":           func(table resource.Table[T]) error { return table.Delete(t.Context(), mine.ID, foreignID) },
			"delete in a foreign organization":  func(table resource.Table[T]) error { return table.Delete(t.Context(), theirs.ID, foreignID) },
			"delete in an organization of none": func(table resource.Table[T]) error { return table.Delete(t.Context(), "", foreignID) },
		} {
			require.ErrorIs(t, k.write(t, db, mine.ID, write), org.ErrNotFound, name)
		}
		change(t, db, mine.ID, func(tx resource.Tx) {
			inside, err := k.table(tx).List(t.Context(), theirs.ID, org.Page{})
			require.NoError(t, err)
			require.Empty(t, inside)
			inside, err = k.table(tx).List(t.Context(), mine.ID, org.Page{})
			require.NoError(t, err)
			require.Equal(t, []T{row(mine)}, inside)
		})
		require.Equal(t, before, everything(t, db, theirs))
	}
}
