package storetest

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/store"
)

// tableTests are the promises of [resource.Finder] and [resource.Table] for
// one kind of resource.
func tableTests[T any](k kind[T]) []test {
	tests := []test{
		{"a row comes back as it was saved", k.roundTrip},
		{"an absent row is not found, whatever bytes its id has", k.absent},
		{"an organization that does not exist has no rows", func(t *testing.T, db store.Store) {
			list, err := k.finder(db).List(t.Context(), newID(), org.Page{})
			require.NoError(t, err)
			require.Empty(t, list)
		}},
		{"the list is in order of id and comes in pages", k.pages},
		{"an update replaces every field, of that row only", k.update},
		{"a deleted row is gone, and its values are free for everybody", k.delete},
		{"a taken value is refused by the name of its field", k.duplicates},
		{"a change sees its own writes before they are saved, and nobody else does", k.ownWrites},
		{"counts follow what is there", k.counts},
	}
	if k.name != nil {
		tests = append(tests, test{"names are compared without case, but punctuation counts", k.names})
	}
	return tests
}

// id returns the id of a row.
func (k kind[T]) id(v T) string { return k.meta(&v).ID }

// add saves rows.
func (k kind[T]) add(t *testing.T, db store.Store, organizationID string, list ...T) {
	t.Helper()
	change(t, db, organizationID, func(tx resource.Tx) {
		for _, v := range list {
			require.NoError(t, k.table(tx).Insert(t.Context(), organizationID, v))
		}
	})
}

// write runs one write in a change of its own and returns its error.
func (k kind[T]) write(t *testing.T, db store.Store, organizationID string, fn func(resource.Table[T]) error) error {
	t.Helper()
	return db.Change(t.Context(), organizationID, func(tx resource.Tx) error { return fn(k.table(tx)) })
}

func (k kind[T]) list(t *testing.T, db store.Store, organizationID string) []T {
	t.Helper()
	list, err := k.finder(db).List(t.Context(), organizationID, org.Page{})
	require.NoError(t, err)
	return list
}

func (k kind[T]) roundTrip(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	full, bare := k.sample(1), k.sample(2)
	k.bare(&bare)
	k.add(t, db, o.ID, full, bare)
	for _, want := range []T{full, bare} {
		got, err := k.finder(db).Get(t.Context(), o.ID, k.id(want))
		require.NoError(t, err)
		require.Equal(t, want, got)
		change(t, db, o.ID, func(tx resource.Tx) {
			inside, err := k.table(tx).Get(t.Context(), o.ID, k.id(want))
			require.NoError(t, err)
			require.Equal(t, want, inside)
		})
	}
	require.Equal(t, []T{full, bare}, k.list(t, db, o.ID))
}

func (k kind[T]) absent(t *testing.T, db store.Store) {
	o := addFilled(t, db)
	for _, id := range append(hostile, newID(), o.ID) {
		_, err := k.finder(db).Get(t.Context(), o.ID, id)
		require.ErrorIs(t, err, org.ErrNotFound, "id %q", id)
		_, err = k.finder(db).Get(t.Context(), id, id)
		require.ErrorIs(t, err, org.ErrNotFound, "organization %q", id)
		require.ErrorIs(t, k.write(t, db, o.ID, func(table resource.Table[T]) error {
			_, err := table.Get(t.Context(), o.ID, id)
			return err
		}), org.ErrNotFound, "id %q", id)
		require.ErrorIs(t, k.write(t, db, o.ID, func(table resource.Table[T]) error {
			return table.Delete(t.Context(), o.ID, id)
		}), org.ErrNotFound, "id %q", id)
	}
	require.ErrorIs(t, k.write(t, db, o.ID, func(table resource.Table[T]) error {
		return table.Update(t.Context(), o.ID, k.sample(2))
	}), org.ErrNotFound)
	require.Len(t, k.list(t, db, o.ID), 1)
}

func (k kind[T]) pages(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	var want []T
	for n := range 5 {
		want = append(want, k.sample(n))
	}
	k.add(t, db, o.ID, want[3], want[0], want[4])
	k.add(t, db, o.ID, want[2], want[1])
	require.Equal(t, want, k.list(t, db, o.ID))
	require.Equal(t, want, k.inPages(t, k.finder(db), o.ID))
	change(t, db, o.ID, func(tx resource.Tx) {
		require.Equal(t, want, k.inPages(t, k.table(tx), o.ID))
	})

	require.NoError(t, k.write(t, db, o.ID, func(table resource.Table[T]) error {
		return table.Delete(t.Context(), o.ID, k.id(want[1]))
	}))
	rest, err := k.finder(db).List(t.Context(), o.ID, org.Page{After: k.id(want[1])})
	require.NoError(t, err)
	require.Equal(t, want[2:], rest, "a cursor outlives its row")
}

// inPages reads a list of five in pages of two.
func (k kind[T]) inPages(t *testing.T, finder resource.Finder[T], organizationID string) []T {
	t.Helper()
	var all []T
	for _, size := range []int{2, 2, 1, 0} {
		page := org.Page{Limit: 2}
		if len(all) > 0 {
			page.After = k.id(all[len(all)-1])
		}
		part, err := finder.List(t.Context(), organizationID, page)
		require.NoError(t, err)
		require.Len(t, part, size)
		all = append(all, part...)
	}
	return all
}

func (k kind[T]) update(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	first, second := k.sample(1), k.sample(2)
	k.add(t, db, o.ID, first, second)
	edited := k.sample(3)
	k.bare(&edited)
	k.meta(&edited).ID = k.id(first)
	for _, want := range []T{edited, first} { // all fields away, and all back
		require.NoError(t, k.write(t, db, o.ID, func(table resource.Table[T]) error {
			return table.Update(t.Context(), o.ID, want)
		}))
		require.Equal(t, []T{want, second}, k.list(t, db, o.ID))
	}
}

func (k kind[T]) delete(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	gone, kept := k.sample(1), k.sample(2)
	k.add(t, db, o.ID, gone, kept)
	remove := func(table resource.Table[T]) error { return table.Delete(t.Context(), o.ID, k.id(gone)) }
	require.NoError(t, k.write(t, db, o.ID, remove))
	require.Equal(t, []T{kept}, k.list(t, db, o.ID))
	require.ErrorIs(t, k.write(t, db, o.ID, remove), org.ErrNotFound)

	again := k.sample(1)
	for _, take := range k.unique {
		take(&again, gone)
	}
	k.add(t, db, o.ID, again)
	require.NoError(t, k.write(t, db, o.ID, func(table resource.Table[T]) error {
		if err := table.Delete(t.Context(), o.ID, k.id(again)); err != nil {
			return err
		}
		return table.Insert(t.Context(), o.ID, gone)
	}), "freed and taken in one change")
	k.freedForOthers(t, db, o.ID, gone)
}

// freedForOthers gives the values of a row up, by an edit and by its deletion,
// and has another organisation take them.
func (k kind[T]) freedForOthers(t *testing.T, db store.Store, organizationID string, v T) {
	t.Helper()
	edited := k.sample(7)
	k.meta(&edited).ID = k.id(v)
	require.NoError(t, k.write(t, db, organizationID, func(table resource.Table[T]) error {
		return table.Update(t.Context(), organizationID, edited)
	}))
	other := addOrganization(t, db)
	takesOver := func(n int, from T) T {
		taker := k.sample(n)
		for _, take := range k.unique {
			take(&taker, from)
		}
		return taker
	}
	k.add(t, db, other.ID, takesOver(8, v))
	require.NoError(t, k.write(t, db, organizationID, func(table resource.Table[T]) error {
		return table.Delete(t.Context(), organizationID, k.id(v))
	}))
	k.add(t, db, other.ID, takesOver(9, edited))
}

func (k kind[T]) duplicates(t *testing.T, db store.Store) {
	o, other := addOrganization(t, db), addOrganization(t, db)
	first, second := k.sample(1), k.sample(2)
	k.add(t, db, o.ID, first, second)
	before := organization(t, db, o.ID)
	next := 10
	for field, take := range k.unique {
		next++ // what was free in the other organization is taken there now
		added, edited, foreign := k.sample(3), second, k.sample(next)
		take(&added, first)
		take(&edited, first)
		take(&foreign, first)
		insert := func(organizationID string, v T) error {
			return k.write(t, db, organizationID, func(table resource.Table[T]) error {
				return table.Insert(t.Context(), organizationID, v)
			})
		}
		requireDuplicate(t, insert(o.ID, added), field)
		requireDuplicate(t, k.write(t, db, o.ID, func(table resource.Table[T]) error {
			return table.Update(t.Context(), o.ID, edited)
		}), field)
		if k.platform[field] {
			requireDuplicate(t, insert(other.ID, foreign), field)
		} else {
			require.NoError(t, insert(other.ID, foreign), "%s is free in another organization", field)
		}
	}
	sameID := k.sample(5)
	k.meta(&sameID).ID = k.id(first)
	requireDuplicate(t, k.write(t, db, o.ID, func(table resource.Table[T]) error {
		return table.Insert(t.Context(), o.ID, sameID)
	}), "id")
	require.Equal(t, []T{first, second}, k.list(t, db, o.ID))
	require.Equal(t, before, organization(t, db, o.ID))
}

func (k kind[T]) names(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	named := func(n int, name string) T {
		v := k.sample(n)
		*k.name(&v) = name
		return v
	}
	insert := func(v T) error {
		return k.write(t, db, o.ID, func(table resource.Table[T]) error { return table.Insert(t.Context(), o.ID, v) })
	}
	first := named(1, "Delta-One")
	require.NoError(t, insert(first))
	require.NoError(t, insert(named(2, "Delta One")))
	requireDuplicate(t, insert(named(3, "delta-one")), "name")
	require.NoError(t, insert(named(4, "Ärzte")))
	requireDuplicate(t, insert(named(5, "A\u0308RZTE")), "name")
	*k.name(&first) = "DELTA-ONE"
	require.NoError(t, k.write(t, db, o.ID, func(table resource.Table[T]) error {
		return table.Update(t.Context(), o.ID, first)
	}), "a row may change the case of its own name")
}

func (k kind[T]) ownWrites(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	first, second, third := k.sample(1), k.sample(2), k.sample(3)
	k.add(t, db, o.ID, first, second)
	replaced := k.sample(4)
	k.meta(&replaced).ID = k.id(second)
	change(t, db, o.ID, func(tx resource.Tx) {
		table := k.table(tx)
		require.NoError(t, table.Insert(t.Context(), o.ID, third))
		require.NoError(t, table.Update(t.Context(), o.ID, replaced))
		require.NoError(t, table.Delete(t.Context(), o.ID, k.id(first)))
		inside, err := table.List(t.Context(), o.ID, org.Page{})
		require.NoError(t, err)
		require.Equal(t, []T{replaced, third}, inside)
		_, err = table.Get(t.Context(), o.ID, k.id(first))
		require.ErrorIs(t, err, org.ErrNotFound)
		require.Equal(t, []T{first, second}, k.list(t, db, o.ID), "not saved yet")
	})
	require.Equal(t, []T{replaced, third}, k.list(t, db, o.ID))
}

func (k kind[T]) counts(t *testing.T, db store.Store) {
	o := addFilled(t, db)
	before, err := db.Counts(t.Context(), o.ID)
	require.NoError(t, err)
	requireCounts(t, before, 1, 1, 1, 1)

	first, second, third := k.sample(2), k.sample(3), k.sample(4)
	failed := errors.New("failed")
	err = db.Change(t.Context(), o.ID, func(tx resource.Tx) error {
		require.NoError(t, k.table(tx).Insert(t.Context(), o.ID, first))
		return failed
	})
	require.ErrorIs(t, err, failed)
	k.add(t, db, o.ID, first, second)
	change(t, db, o.ID, func(tx resource.Tx) {
		require.NoError(t, k.table(tx).Insert(t.Context(), o.ID, third))
		require.NoError(t, k.table(tx).Update(t.Context(), o.ID, third))
		require.NoError(t, k.table(tx).Delete(t.Context(), o.ID, k.id(first)))
		inside, err := tx.Counts(t.Context(), o.ID)
		require.NoError(t, err)
		if k.quota != "" {
			require.Equal(t, 3, inside[k.quota])
		}
	})
	after, err := db.Counts(t.Context(), o.ID)
	require.NoError(t, err)
	require.Len(t, after, 4)
	for quota, n := range after {
		want := 1
		if quota == k.quota {
			want = 3
		}
		require.Equal(t, want, n, "%s", quota)
	}
}
