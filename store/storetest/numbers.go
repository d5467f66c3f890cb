package storetest

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/store"
)

var numberTests = []test{
	{"the numbers of everything that can be called are an organization's own, and no others", func(t *testing.T, db store.Store) {
		f, other := addFilled(t, db), addFilled(t, db)
		own := []string{
			f.did.Number, f.user.Extension, f.queue.Number, f.ivr.Number, f.conference.Number, f.agent.Number,
		}
		foreign := sampleUser(7)
		users.add(t, db, other.ID, foreign)
		asked := append([]string{foreign.Extension, other.did.Number, "+15559999", "", f.user.Extension[:1]}, own...)
		got, err := db.OwnNumbers(t.Context(), f.ID, append(asked, hostile...))
		require.NoError(t, err)
		require.ElementsMatch(t, own, got)

		some, err := db.OwnNumbers(t.Context(), f.ID, own[:1])
		require.NoError(t, err)
		require.Equal(t, own[:1], some)
		theirs, err := db.OwnNumbers(t.Context(), other.ID, own[:1])
		require.NoError(t, err)
		require.Empty(t, theirs)
	}},
	{"who has no numbers, or is nobody, has none", func(t *testing.T, db store.Store) {
		o, f := addOrganization(t, db), addFilled(t, db)
		for _, id := range slices.Concat(hostile, []string{newID(), o.ID}) {
			none, err := db.OwnNumbers(t.Context(), id, []string{f.did.Number, f.user.Extension})
			require.NoError(t, err, "id %q", id)
			require.Empty(t, none, "id %q", id)
		}
		none, err := db.OwnNumbers(t.Context(), f.ID, nil)
		require.NoError(t, err)
		require.Empty(t, none)
	}},
}
