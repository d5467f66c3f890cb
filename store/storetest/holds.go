package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/store"
)

var holdTests = []test{
	{"a hold comes back as it was saved, full and bare", holdsRoundTrip},
	{"an absent hold is not found, whatever bytes the id has, nor is another organization's", absentHolds},
	{"a change of holds that fails saves nothing, and the desired revision stays", unsavedHolds},
	{"a change of holds sees the calls and users of its organization alone", whatHoldsSee},
	{"what a hold keeps outlives its days, until it is released", heldCallsStay},
	{"a recording that was noted for deletion is held when a hold comes in between", heldWhileDoomed},
	{"nothing goes once a hold is placed, however many purge", holdsAgainstPurges},
	{"an organization with a hold cannot be deleted, and holds go with it", heldOrganizations},
	{"calls are listed with what a hold knows them by", dueCalls},
	{"the first who asks says from when on calls are deleted", func(t *testing.T, db store.Store) {
		for i, err := range atOnce(4, func(i int) error {
			_, err := db.PurgesFrom(t.Context(), moment.Add(time.Duration(i)*time.Hour))
			return err
		}) {
			require.NoError(t, err, "%d", i)
		}
		first, err := db.PurgesFrom(t.Context(), moment.Add(-time.Hour))
		require.NoError(t, err)
		require.False(t, first.Before(moment))
		again, err := db.PurgesFrom(t.Context(), moment.Add(time.Minute))
		require.NoError(t, err)
		require.Equal(t, first, again)
	}},
}

// sampleHold has a value in every field, so it is released.
func sampleHold() hold.Hold {
	return hold.Hold{
		ID: newID(), Target: hold.OfNumber, Value: "+4930123456", Endpoint: "prefix-abc", Reason: "O'Neil & Ågren, 12/2026",
		ReleasedAt: moment.Add(time.Hour), ReleaseReason: "it is over",
		Version: 2, CreatedAt: moment, UpdatedAt: moment.Add(time.Microsecond),
	}
}

func insertHold(t *testing.T, db store.Store, organizationID string, h hold.Hold) error {
	t.Helper()
	return db.ChangeHolds(t.Context(), organizationID, func(holds hold.Table) error {
		return holds.Insert(t.Context(), organizationID, h)
	})
}

// placeHold saves a hold that is in force.
func placeHold(t *testing.T, db store.Store, organizationID string, target hold.Target, value, endpoint string) hold.Hold {
	t.Helper()
	h := hold.Hold{ID: newID(), Target: target, Value: value, Endpoint: endpoint, Reason: "a case", CreatedAt: moment, UpdatedAt: moment}
	require.NoError(t, insertHold(t, db, organizationID, h))
	return h
}

func releaseHold(t *testing.T, db store.Store, organizationID string, h hold.Hold) {
	t.Helper()
	h.ReleasedAt = moment
	require.NoError(t, db.ChangeHolds(t.Context(), organizationID, func(holds hold.Table) error {
		return holds.Update(t.Context(), organizationID, h)
	}))
}

func listHolds(t *testing.T, db store.Store, organizationID string, page org.Page) []hold.Hold {
	t.Helper()
	list, err := db.Holds().List(t.Context(), organizationID, page)
	require.NoError(t, err)
	return list
}

func holdsRoundTrip(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	full := sampleHold()
	require.NoError(t, insertHold(t, db, o.ID, full))
	bare := placeHold(t, db, o.ID, hold.OfOrganization, "", "")
	require.Equal(t, []hold.Hold{full, bare}, listHolds(t, db, o.ID, org.Page{}))
	require.Equal(t, []hold.Hold{full}, listHolds(t, db, o.ID, org.Page{Limit: 1}))
	require.Equal(t, []hold.Hold{bare}, listHolds(t, db, o.ID, org.Page{After: full.ID}))
	requireDuplicate(t, insertHold(t, db, o.ID, full), "id")
	bare.Target, bare.ReleaseReason = hold.OfCall, "changed"
	releaseHold(t, db, o.ID, bare)
	bare.ReleasedAt = moment
	got, err := db.Holds().Get(t.Context(), o.ID, bare.ID)
	require.NoError(t, err)
	require.Equal(t, bare, got)
}

func absentHolds(t *testing.T, db store.Store) {
	o, other := addOrganization(t, db), addOrganization(t, db)
	theirs := placeHold(t, db, other.ID, hold.OfOrganization, "", "")
	for _, id := range append(hostile, newID(), o.ID, theirs.ID) {
		_, err := db.Holds().Get(t.Context(), o.ID, id)
		require.ErrorIs(t, err, org.ErrNotFound, "id %q", id)
	}
	for name, write := range map[string]func(hold.Table) error{
		"insert elsewhere":     func(holds hold.Table) error { return holds.Insert(t.Context(), other.ID, sampleHold()) },
		"update of theirs":     func(holds hold.Table) error { return holds.Update(t.Context(), o.ID, theirs) },
		"update elsewhere":     func(holds hold.Table) error { return holds.Update(t.Context(), other.ID, theirs) },
		"an absent one edited": func(holds hold.Table) error { return holds.Update(t.Context(), o.ID, sampleHold()) },
	} {
		require.ErrorIs(t, db.ChangeHolds(t.Context(), o.ID, write), org.ErrNotFound, name)
	}
	require.Equal(t, []hold.Hold{theirs}, listHolds(t, db, other.ID, org.Page{}))
	require.Empty(t, listHolds(t, db, o.ID, org.Page{}))
	for _, wrong := range append(hostile, newID()) {
		require.ErrorIs(t, insertHold(t, db, wrong, sampleHold()), org.ErrNotFound)
	}
}

func unsavedHolds(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	refused := errors.New("refused")
	require.ErrorIs(t, db.ChangeHolds(t.Context(), o.ID, func(holds hold.Table) error {
		require.NoError(t, holds.Insert(t.Context(), o.ID, sampleHold()))
		return refused
	}), refused)
	require.Empty(t, listHolds(t, db, o.ID, org.Page{}))
	placeHold(t, db, o.ID, hold.OfOrganization, "", "")
	require.Equal(t, o.Config, organization(t, db, o.ID).Config)
}

func whatHoldsSee(t *testing.T, db store.Store) {
	o, other := addOrganization(t, db), addOrganization(t, db)
	u, theirs := sampleUser(1), sampleUser(2)
	users.add(t, db, o.ID, u)
	users.add(t, db, other.ID, theirs)
	own, foreign := addCalls(t, db, o, 1)[0], addCalls(t, db, other, 1)[0]
	require.NoError(t, db.ChangeHolds(t.Context(), o.ID, func(holds hold.Table) error {
		for _, tc := range []struct {
			organizationID, callID string
			want                   bool
		}{{o.ID, own.ID, true}, {o.ID, foreign.ID, false}, {other.ID, foreign.ID, false}, {o.ID, hostile[0], false}, {o.ID, newID(), false}} {
			there, err := holds.HasCall(t.Context(), tc.organizationID, tc.callID)
			require.NoError(t, err)
			require.Equal(t, tc.want, there)
		}
		for _, tc := range []struct{ organizationID, extension, want string }{
			{o.ID, u.Extension, u.SIP.Username}, {o.ID, theirs.Extension, ""}, {other.ID, theirs.Extension, ""}, {o.ID, hostile[0], ""},
		} {
			endpoint, err := holds.EndpointOf(t.Context(), tc.organizationID, tc.extension)
			require.NoError(t, err)
			require.Equal(t, tc.want, endpoint)
		}
		return nil
	}))
}

func heldCallsStay(t *testing.T, db store.Store) {
	forms := []struct {
		name   string
		change func(*cdr.Record)
	}{
		{"as it is held", func(r *cdr.Record) { r.Caller = "+914412345678" }},
		{"with two zeros, called", func(r *cdr.Record) { r.Called = "00914412345678" }},
		{"for an outside line", func(r *cdr.Record) { r.Called = "900914412345678" }},
		{"with a trunk prefix", func(r *cdr.Record) { r.Caller = "04412345678" }},
		{"in its area", func(r *cdr.Record) { r.Called = "12345678" }},
		{"with what people put between", func(r *cdr.Record) { r.CallerName = "(044) 1234-5678" }},
		{"an extension", func(r *cdr.Record) { r.Called = "101" }},
		{"the phone that called", func(r *cdr.Record) { r.Endpoint = "prefix-phone" }},
		{"the phone that answered", func(r *cdr.Record) { r.AnsweredBy = "prefix-phone" }},
		{"the call", func(*cdr.Record) {}},
		{"nothing", func(r *cdr.Record) { r.Called = "1010" }},
		{"nothing either", func(r *cdr.Record) { r.Called = "345678" }},
	}
	kept := len(forms) - 2
	o, other := addOrganization(t, db), addOrganization(t, db)
	for n, form := range forms {
		r := sampleCallRecord(o, n)
		form.change(&r)
		theirs := r
		theirs.ContextPrefix = other.ContextPrefix
		recordCalls(t, db, r, theirs)
	}
	calls := allCalls(t, db, o.ID) // newest first
	holds := []hold.Hold{
		placeHold(t, db, o.ID, hold.OfNumber, "+914412345678", ""),
		placeHold(t, db, o.ID, hold.OfNumber, "101", "prefix-phone"),
		placeHold(t, db, o.ID, hold.OfCall, calls[len(calls)-1-9].ID, ""),
	}
	everything := placeHold(t, db, o.ID, hold.OfOrganization, "", "")
	purge := func(id string) (recordings, gone int) {
		for after := ""; ; {
			batch, err := db.DoomRecordings(t.Context(), id, after, 5, always)
			require.NoError(t, err)
			recordings += batch.Gone
			if after = batch.Next; after == "" {
				break
			}
		}
		list, err := db.DoomedRecordings(t.Context(), id, "", 99)
		require.NoError(t, err)
		var ids []string
		for _, r := range list {
			require.False(t, r.Held)
			ids = append(ids, r.CallID)
		}
		require.NoError(t, db.PurgeRecordings(t.Context(), id, ids, func([]string) {}))
		for after := ""; ; {
			batch, err := db.PurgeCalls(t.Context(), id, after, 5, always, func([]string) {})
			require.NoError(t, err)
			gone += batch.Gone
			if after = batch.Next; after == "" {
				return recordings, gone
			}
		}
	}
	requirePurge := func(id string, want int) {
		t.Helper()
		recordings, gone := purge(id)
		require.Equal(t, want, recordings)
		require.Equal(t, want, gone)
	}
	requirePurge(o.ID, 0)
	requirePurge(other.ID, len(forms))
	releaseHold(t, db, o.ID, everything)
	requirePurge(o.ID, len(forms)-kept)
	left := allCalls(t, db, o.ID)
	require.Equal(t, calls[2:], left)
	requirePurge(o.ID, 0)
	for i, want := range []int{6, 3, 1} {
		releaseHold(t, db, o.ID, holds[i])
		requirePurge(o.ID, want)
	}
	require.Empty(t, allCalls(t, db, o.ID))
}

func heldWhileDoomed(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	calls := addCalls(t, db, o, 2)
	batch, err := db.DoomRecordings(t.Context(), o.ID, "", 9, always)
	require.NoError(t, err)
	require.Equal(t, cdr.Batch{Gone: 2}, batch)
	placeHold(t, db, o.ID, hold.OfCall, calls[0].ID, "")
	list, err := db.DoomedRecordings(t.Context(), o.ID, "", 9)
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.False(t, list[0].Held)
	require.True(t, list[1].Held)
}

func holdsAgainstPurges(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	addCalls(t, db, o, 24)
	forget(t, db, o, always)
	left := make(chan int, 1)
	for _, err := range atOnce(4, func(i int) error {
		if i == 0 {
			h := hold.Hold{ID: newID(), Target: hold.OfOrganization, Reason: "a case", CreatedAt: moment, UpdatedAt: moment}
			err := db.ChangeHolds(t.Context(), o.ID, func(holds hold.Table) error { return holds.Insert(t.Context(), o.ID, h) })
			list, failure := db.Calls(t.Context(), o.ID, cdr.Filter{}, org.Page{})
			left <- len(list)
			return errors.Join(err, failure)
		}
		for after := ""; ; {
			batch, err := db.PurgeCalls(t.Context(), o.ID, after, 1, always, func([]string) {})
			if err != nil || batch.Next == "" {
				return err
			}
			after = batch.Next
		}
	}) {
		require.NoError(t, err)
	}
	require.Len(t, allCalls(t, db, o.ID), <-left)
}

func heldOrganizations(t *testing.T, db store.Store) {
	o, other := addOrganization(t, db), addOrganization(t, db)
	h := placeHold(t, db, o.ID, hold.OfNumber, "101", "")
	require.ErrorIs(t, db.DeleteOrganization(t.Context(), o.ID, func(org.Organization) error { return nil }), org.ErrHeld)
	require.Equal(t, o, organization(t, db, o.ID))
	remove(t, db, other.ID)
	releaseHold(t, db, o.ID, h)
	remove(t, db, o.ID)
	require.NoError(t, db.InsertOrganization(t.Context(), o))
	require.Empty(t, listHolds(t, db, o.ID, org.Page{}))
}

func dueCalls(t *testing.T, db store.Store) {
	o, other := addOrganization(t, db), addOrganization(t, db)
	bare := sampleCallRecord(o, 0)
	bare.Recording = ""
	recordCalls(t, db, bare)
	calls := addCalls(t, db, o, 4) // newest first
	addCalls(t, db, other, 1)
	require.NoError(t, db.SealRecording(t.Context(), o.ID, calls[1].ID, cdr.Seal{State: cdr.Sealed, Bytes: 7, At: moment}))
	list, err := db.DueCalls(t.Context(), o.ID, "", calls[2].ID, calls[0].ID, 9)
	require.NoError(t, err)
	require.Len(t, list, 3, "one because of its age, two because of that of their recordings")
	for i, want := range []cdr.Call{calls[3], calls[2], calls[1]} {
		want = cdr.Call{
			ID: want.ID, Caller: want.Caller, CallerName: want.CallerName, Called: want.Called, Endpoint: want.Endpoint,
			AnsweredBy: want.AnsweredBy, StartedAt: want.StartedAt, Parts: want.Parts,
		}
		require.Equal(t, want, list[i].Call)
	}
	require.EqualValues(t, 7, list[2].Bytes)
	require.Zero(t, list[1].Bytes)
	require.True(t, list[1].Recorded)
	behind, err := db.DueCalls(t.Context(), o.ID, list[0].Call.ID, "g", "", 1)
	require.NoError(t, err)
	require.Equal(t, list[1:2], behind)
	none, err := db.DueCalls(t.Context(), o.ID, "", "", calls[3].ID, 9)
	require.NoError(t, err)
	require.Empty(t, none)
	early, err := db.DueCalls(t.Context(), o.ID, "", "", calls[2].ID, 9)
	require.NoError(t, err)
	require.Empty(t, early, "that without a recording")
	for _, wrong := range append(hostile, newID()) {
		list, err := db.DueCalls(t.Context(), wrong, "", "g", "g", 9)
		require.NoError(t, err)
		require.Empty(t, list)
	}
}
