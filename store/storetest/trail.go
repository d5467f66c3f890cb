package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/store"
)

var trailTests = []test{
	{"an entry is saved with the change that it tells of, once", savedWithTheChange},
	{"a change that fails leaves no entry", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		ctx, _ := recordedContext(t.Context())
		refused := errors.New("refused")
		require.ErrorIs(t, db.Change(ctx, o.ID, func(resource.Tx) error {
			audit.Changed(ctx, "user", newID(), nil, map[string]any{"extension": "1001"})
			return refused
		}), refused)
		require.Empty(t, trail(t, db, o.ID))
	}},
	{"entries that are appended at once make one chain", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		const writers = 12
		for _, chain := range []string{audit.Platform, o.ID} {
			for _, err := range atOnce(writers, func(int) error { return finish(t.Context(), db, chain) }) {
				require.NoError(t, err)
			}
			require.EqualValues(t, writers, requireWhole(t, db, chain).Entries)
		}
	}},
	{"what is about no organization that exists is in the platform's chain", func(t *testing.T, db store.Store) {
		for _, chain := range append(hostile[1:], newID()) {
			require.NoError(t, finish(t.Context(), db, chain))
			require.Empty(t, trail(t, db, chain))
		}
		require.EqualValues(t, len(hostile), requireWhole(t, db, audit.Platform).Entries)
	}},
	{"the trail is read in pages, either way, by what is asked for", filterTrail},
	{"a deleted organization leaves its chain without details", func(t *testing.T, db store.Store) {
		o, other := addOrganization(t, db), addOrganization(t, db)
		require.NoError(t, finish(t.Context(), db, o.ID))
		require.NoError(t, finish(t.Context(), db, other.ID))
		ctx, _ := recordedContext(t.Context())
		require.NoError(t, db.DeleteOrganization(ctx, o.ID, func(o org.Organization) error {
			audit.Changed(ctx, "organization", o.ID, o, nil)
			return nil
		}))
		verdict := requireWhole(t, db, o.ID)
		require.EqualValues(t, 2, verdict.Entries)
		require.EqualValues(t, 2, verdict.Erased)
		require.Zero(t, requireWhole(t, db, other.ID).Erased)
		require.NoError(t, finish(t.Context(), db, o.ID))
		require.Equal(t, verdict, requireWhole(t, db, o.ID), "nothing is appended to it any more")
	}},
}

// recordedContext returns a context with a record that has everything.
func recordedContext(ctx context.Context) (context.Context, *audit.Record) {
	return audit.Begin(ctx, audit.Entry{
		At:        time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC),
		Actor:     audit.Actor{Kind: audit.Member, ID: "01998f3a-0000-7000-8000-00000000000a"},
		Operation: "create-user", RequestID: "6QZ4VJ3PQ2T5",
	}, audit.Details{ActorName: "asha@example.com", Remote: "192.0.2.1"})
}

// finish appends an entry of something refused.
func finish(ctx context.Context, db store.Store, chain string) error {
	ctx, record := recordedContext(ctx)
	return audit.New(db).Finish(ctx, record, chain, "forbidden")
}

func trail(t *testing.T, db store.Store, chain string) []audit.Entry {
	t.Helper()
	list, err := db.Entries(t.Context(), chain, audit.Filter{}, audit.Page{})
	require.NoError(t, err)
	return list
}

func requireWhole(t *testing.T, db store.Store, chain string) audit.Verdict {
	t.Helper()
	verdict, err := audit.New(db).Verify(t.Context(), chain)
	require.NoError(t, err)
	require.Zero(t, verdict.Broken)
	return verdict
}

func savedWithTheChange(t *testing.T, db store.Store) {
	o, other := addOrganization(t, db), addOrganization(t, db)
	ctx, record := recordedContext(t.Context())
	id := newID()
	for range 2 { // the second change is of the same operation
		require.NoError(t, db.Change(ctx, o.ID, func(resource.Tx) error {
			audit.Changed(ctx, "user", id, nil, map[string]any{"extension": "1001", "pin": "4711"}, "pin")
			return nil
		}))
	}
	require.NoError(t, audit.New(db).Finish(ctx, record, o.ID, audit.OK))
	list := trail(t, db, o.ID)
	require.Len(t, list, 1)
	require.Empty(t, trail(t, db, other.ID))
	require.Empty(t, trail(t, db, audit.Platform))
	got := list[0]
	require.Equal(t, audit.Object{Kind: "user", ID: id}, got.Object)
	require.Equal(t, audit.OK, got.Outcome)
	require.Equal(t, time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC), got.At)
	details, err := got.Reveal()
	require.NoError(t, err)
	require.Equal(t, "asha@example.com", details.ActorName)
	require.JSONEq(t, `"1001"`, string(details.Changes[0].Fields["extension"].After))
	require.NotContains(t, got.Details, "4711")
	requireWhole(t, db, o.ID)
	chains, err := db.Chains(t.Context(), "", 10)
	require.NoError(t, err)
	require.Equal(t, []string{o.ID}, chains)
}

func filterTrail(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	for range 5 {
		require.NoError(t, finish(t.Context(), db, o.ID))
	}
	all := trail(t, db, o.ID)
	read := func(f audit.Filter, p audit.Page) []audit.Entry {
		list, err := db.Entries(t.Context(), o.ID, f, p)
		require.NoError(t, err)
		return list
	}
	require.Equal(t, all[1:3], read(audit.Filter{}, audit.Page{From: 1, Limit: 2}))
	newest := read(audit.Filter{}, audit.Page{From: 4, NewestFirst: true, Limit: 2})
	require.Equal(t, []audit.Entry{all[2], all[1]}, newest)
	at, by := all[0].At, all[0].Actor.ID
	for _, f := range []audit.Filter{
		{From: at}, {To: at.Add(time.Microsecond)}, {Actor: by}, {Actor: "member"}, {Operation: "create-user"}, {Outcome: "forbidden"},
	} {
		require.Equal(t, all, read(f, audit.Page{}), "%+v", f)
	}
	for _, f := range []audit.Filter{
		{From: at.Add(time.Microsecond)}, {To: at}, {Actor: o.ID}, {Operation: "x"}, {Object: "user"}, {Outcome: audit.OK}, {Actor: hostile[1]},
	} {
		require.Empty(t, read(f, audit.Page{}), "%+v", f)
	}
}
