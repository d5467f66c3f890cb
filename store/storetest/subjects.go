package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/subject"
	"github.com/orgpbx/orgpbx/store"
)

var subjectTests = []test{
	{"a request comes back as it was saved, full and bare", subjectsRoundTrip},
	{"an absent request is not found, whatever bytes the id has, nor is another organization's", absentSubjects},
	{"a request is taken when it is due, the earliest first and by one alone", claimSubjects},
	{"what is erased of a call stays billed and gets no number from later parts", erasedCalls},
	{"recordings and deliveries of these calls go, and no others", erasedRecordings},
	{"a change of requests that fails erases nothing", unsavedErasure},
	{"nothing of another organization is erased", foreignErasure},
	{"an erasure sees the holds, and goes with its entry of the trail", func(t *testing.T, db store.Store) {
		o, other := addOrganization(t, db), addOrganization(t, db)
		placeHold(t, db, o.ID, hold.OfOrganization, "", "")
		ctx, _ := recordedContext(t.Context())
		require.NoError(t, db.ChangeSubjects(ctx, o.ID, func(requests subject.Table) error {
			kept, err := requests.Holds(ctx, o.ID)
			require.NoError(t, err)
			require.True(t, kept.Everything())
			kept, err = requests.Holds(ctx, other.ID)
			require.NoError(t, err)
			require.False(t, kept.Everything())
			audit.Changed(ctx, "calls", o.ID, nil, struct{}{})
			return nil
		}))
		require.Len(t, trail(t, db, o.ID), 1)
	}},
}

// sampleSubject has a value in every field.
func sampleSubject() subject.Request {
	at := moment.Truncate(time.Millisecond)
	amount := subject.Amount{Count: 1, Bytes: 2, First: at, Latest: at.Add(time.Hour)}
	class := subject.Class{Found: amount, Held: amount, Erased: amount}
	return subject.Request{
		ID: newID(), Kind: subject.Export, Number: "+4930123456", NumberHash: "abc", Reason: "O'Neil & Ågren, 12/2026", DryRun: true,
		ByKind: audit.Member, ByID: newID(), State: subject.Ready,
		Report: subject.Report{
			CountedAt: at, Calls: class, Recordings: class, Voicemail: class, Deliveries: class,
			Own: []resource.Ref{{Kind: resource.KindUser, ID: newID()}}, Holds: 3, TrailEntries: 4, Unreached: []string{"voicemail"},
		},
		FetchUntil: at.Add(time.Hour), FinishedAt: at.Add(time.Minute), Leaving: []subject.Leaving{{Class: subject.VoicemailClass, ID: "x", At: at, Bytes: 5}}, Due: at,
		Version: 2, CreatedAt: moment, UpdatedAt: moment.Add(time.Microsecond),
	}
}

// bareSubject is due at a time.
func bareSubject(due time.Time) subject.Request {
	return subject.Request{ID: newID(), Kind: subject.Find, State: subject.Pending, Due: due, CreatedAt: moment, UpdatedAt: moment}
}

func changeSubjects(t *testing.T, db store.Store, organizationID string, change func(subject.Table)) {
	t.Helper()
	require.NoError(t, db.ChangeSubjects(t.Context(), organizationID, func(requests subject.Table) error {
		change(requests)
		return nil
	}))
}

func addSubject(t *testing.T, db store.Store, organizationID string, r subject.Request) {
	t.Helper()
	changeSubjects(t, db, organizationID, func(requests subject.Table) {
		require.NoError(t, requests.Insert(t.Context(), organizationID, r))
	})
}

func subjectsRoundTrip(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	full, bare := sampleSubject(), bareSubject(time.UnixMilli(0).UTC())
	addSubject(t, db, o.ID, full)
	addSubject(t, db, o.ID, bare)
	list := func(page org.Page) []subject.Request {
		got, err := db.SubjectRequests().List(t.Context(), o.ID, page)
		require.NoError(t, err)
		return got
	}
	require.Equal(t, []subject.Request{full, bare}, list(org.Page{}))
	require.Equal(t, []subject.Request{full}, list(org.Page{Limit: 1}))
	require.Equal(t, []subject.Request{bare}, list(org.Page{After: full.ID}))
	requireDuplicate(t, db.ChangeSubjects(t.Context(), o.ID, func(requests subject.Table) error {
		return requests.Insert(t.Context(), o.ID, full)
	}), "id")
	bare.State, bare.Number, bare.Report = subject.Done, "", full.Report
	changeSubjects(t, db, o.ID, func(requests subject.Table) { require.NoError(t, requests.Update(t.Context(), o.ID, bare)) })
	got, err := db.SubjectRequests().Get(t.Context(), o.ID, bare.ID)
	require.NoError(t, err)
	require.Equal(t, bare, got)
	require.Equal(t, o.Config, organization(t, db, o.ID).Config)
}

func absentSubjects(t *testing.T, db store.Store) {
	o, other := addOrganization(t, db), addOrganization(t, db)
	theirs := sampleSubject()
	addSubject(t, db, other.ID, theirs)
	for _, id := range append(hostile, newID(), o.ID, theirs.ID) {
		_, err := db.SubjectRequests().Get(t.Context(), o.ID, id)
		require.ErrorIs(t, err, org.ErrNotFound, "id %q", id)
	}
	for name, write := range map[string]func(subject.Table) error{
		"insert elsewhere": func(requests subject.Table) error { return requests.Insert(t.Context(), other.ID, sampleSubject()) },
		"update of theirs": func(requests subject.Table) error { return requests.Update(t.Context(), o.ID, theirs) },
		"update elsewhere": func(requests subject.Table) error { return requests.Update(t.Context(), other.ID, theirs) },
	} {
		require.ErrorIs(t, db.ChangeSubjects(t.Context(), o.ID, write), org.ErrNotFound, name)
	}
	for _, wrong := range append(hostile, newID()) {
		err := db.ChangeSubjects(t.Context(), wrong, func(subject.Table) error { return nil })
		require.ErrorIs(t, err, org.ErrNotFound)
	}
	list, err := db.SubjectRequests().List(t.Context(), o.ID, org.Page{})
	require.NoError(t, err)
	require.Empty(t, list)
}

func claimSubjects(t *testing.T, db store.Store) {
	o, other := addOrganization(t, db), addOrganization(t, db)
	now := moment.Truncate(time.Millisecond)
	second, first, later, done := bareSubject(now), bareSubject(now.Add(-time.Second)), bareSubject(now.Add(time.Hour)), bareSubject(now)
	done.State = subject.Done
	for _, r := range []subject.Request{second, later, done} {
		addSubject(t, db, o.ID, r)
	}
	addSubject(t, db, other.ID, first)
	until := now.Add(time.Minute)
	take := func(at time.Time) (string, subject.Request, error) {
		return db.ClaimSubjectRequest(t.Context(), at, until)
	}
	id, got, err := take(now)
	require.NoError(t, err)
	first.Due = until
	require.Equal(t, other.ID, id)
	require.Equal(t, first, got)
	taken := make([]string, 4)
	for _, err := range atOnce(len(taken), func(i int) error {
		_, r, err := take(now)
		taken[i] = r.ID
		return err
	}) {
		if err != nil {
			require.ErrorIs(t, err, org.ErrNotFound)
		}
	}
	taken = slices.DeleteFunc(taken, func(id string) bool { return id == "" })
	require.Equal(t, []string{second.ID}, taken)
	_, _, err = take(now)
	require.ErrorIs(t, err, org.ErrNotFound)
	_, _, err = take(until)
	require.NoError(t, err, "whoever had it says nothing any more")
}

// eraseOne takes the caller out of one call.
func eraseOne(t *testing.T, db store.Store, organizationID, callID string) {
	t.Helper()
	changeSubjects(t, db, organizationID, func(requests subject.Table) {
		require.NoError(t, requests.ForgetRecordings(t.Context(), organizationID, []string{callID}))
		require.NoError(t, requests.EraseCalls(t.Context(), organizationID, []string{callID, newID(), hostile[0], "a\x00b"}, func(c *cdr.Call) {
			c.Caller, c.CallerName = "", ""
			for _, endpoint := range c.Endpoints() {
				*endpoint = ""
			}
		}))
	})
}

func erasedCalls(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	record := sampleCallRecord(o, 1)
	kept := addCalls(t, db, o, 3)
	before, billed := kept[1], billedSeconds(t, db, o.ID)
	eraseOne(t, db, o.ID, before.ID)
	want := before.Clone()
	want.Caller, want.CallerName, want.Recording, want.Erased = "", "", "", true
	for _, endpoint := range want.Endpoints() {
		*endpoint = ""
	}
	require.Equal(t, []cdr.Call{kept[0], want, kept[2]}, allCalls(t, db, o.ID))
	found, err := db.Calls(t.Context(), o.ID, cdr.Filter{Query: before.Caller}, org.Page{})
	require.NoError(t, err)
	require.Empty(t, found, "the search does not know the number either")

	recordCalls(t, db, record)
	require.Equal(t, want, allCalls(t, db, o.ID)[1], "the same again")
	more := record
	more.Sequence++
	more.EndedAt, more.AnsweredAt = record.EndedAt.Add(10*time.Second), record.EndedAt
	recordCalls(t, db, more)
	got := allCalls(t, db, o.ID)[1]
	require.Equal(t, want.BilledSeconds+10, got.BilledSeconds)
	require.Equal(t, billed+10, billedSeconds(t, db, o.ID))
	require.True(t, got.Erased)
	require.Empty(t, got.Caller+got.CallerName+got.Endpoint+got.AnsweredBy+got.Parts[1].AnsweredBy)
	require.Equal(t, before.Called, got.Called)
	seal, err := db.Seal(t.Context(), o.ID, before.ID)
	require.NoError(t, err)
	require.Equal(t, cdr.Deleting, seal.State, "a recording that is told of later goes too")
}

func erasedRecordings(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	w := addWebhook(t, db, o.ID)
	calls := addCalls(t, db, o, 3) // newest first
	told := deliveries(t, db, o.ID, w.ID)
	require.Len(t, told, 3)
	ids := []string{calls[0].ID, calls[2].ID}
	require.NoError(t, db.SealRecording(t.Context(), o.ID, calls[0].ID, cdr.Seal{State: cdr.Sealed, At: callsBegin}))
	claimRecording(t, db, o.ID, calls[0].ID, callsBegin, moment.Truncate(time.Millisecond), true)
	changeSubjects(t, db, o.ID, func(requests subject.Table) {
		due, err := requests.CallsOf(t.Context(), o.ID, append(ids, newID(), hostile[0], "a\x00b"))
		require.NoError(t, err)
		require.Len(t, due, 2)
		require.Equal(t, []string{calls[2].ID, calls[0].ID}, []string{due[0].Call.ID, due[1].Call.ID})
		require.Equal(t, calls[0].Parts, due[1].Call.Parts)
		require.True(t, due[0].Recorded)
		for range 2 { // what is noted already is listed again
			doomed, err := requests.DoomRecordings(t.Context(), o.ID, append(ids, newID()))
			require.NoError(t, err)
			require.Equal(t, []cdr.DoomedRecording{
				{CallID: calls[2].ID, Name: calls[2].Recording, Called: calls[2].Recording},
				{CallID: calls[0].ID, Name: calls[0].Recording, Called: calls[0].Recording, ClaimedUntil: moment.Truncate(time.Millisecond)},
			}, doomed)
		}
		gone, err := requests.DeleteDeliveries(t.Context(), o.ID, []string{told[0].ID, newID(), hostile[0], "a\x00b"})
		require.NoError(t, err)
		require.Equal(t, []string{told[0].ID}, gone)
	})
	seal, err := db.Seal(t.Context(), o.ID, calls[0].ID)
	require.NoError(t, err)
	require.Equal(t, cdr.Deleting, seal.State)
	changeSubjects(t, db, o.ID, func(requests subject.Table) {
		require.NoError(t, requests.ForgetRecordings(t.Context(), o.ID, ids))
	})
	for i, c := range allCalls(t, db, o.ID) {
		_, err := db.Seal(t.Context(), o.ID, c.ID)
		if i == 1 {
			require.NoError(t, err)
			require.Equal(t, calls[1], c)
			continue
		}
		require.ErrorIs(t, err, org.ErrNotFound)
		require.Empty(t, c.Recording)
	}
	require.Equal(t, told[1:], deliveries(t, db, o.ID, w.ID))
}

// eraseAll erases everything of these calls and deliveries that it can reach.
func eraseAll(t *testing.T, requests subject.Table, organizationID string, callIDs, deliveryIDs []string) {
	t.Helper()
	_, err := requests.DoomRecordings(t.Context(), organizationID, callIDs)
	require.NoError(t, err)
	require.NoError(t, requests.ForgetRecordings(t.Context(), organizationID, callIDs))
	require.NoError(t, requests.EraseCalls(t.Context(), organizationID, callIDs, func(c *cdr.Call) { c.Caller = "" }))
	_, err = requests.DeleteDeliveries(t.Context(), organizationID, deliveryIDs)
	require.NoError(t, err)
}

func unsavedErasure(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	w := addWebhook(t, db, o.ID)
	calls := addCalls(t, db, o, 1)
	told := deliveries(t, db, o.ID, w.ID)
	refused := errors.New("refused")
	require.ErrorIs(t, db.ChangeSubjects(t.Context(), o.ID, func(requests subject.Table) error {
		require.NoError(t, requests.Insert(t.Context(), o.ID, sampleSubject()))
		eraseAll(t, requests, o.ID, []string{calls[0].ID}, []string{told[0].ID})
		return refused
	}), refused)
	require.Equal(t, calls, allCalls(t, db, o.ID))
	require.Equal(t, told, deliveries(t, db, o.ID, w.ID))
	_, err := db.Seal(t.Context(), o.ID, calls[0].ID)
	require.NoError(t, err)
	list, err := db.SubjectRequests().List(t.Context(), o.ID, org.Page{})
	require.NoError(t, err)
	require.Empty(t, list)
}

func foreignErasure(t *testing.T, db store.Store) {
	o, other := addOrganization(t, db), addOrganization(t, db)
	w := addWebhook(t, db, other.ID)
	calls := addCalls(t, db, other, 1)
	told := deliveries(t, db, other.ID, w.ID)
	for _, organizationID := range []string{o.ID, other.ID} {
		changeSubjects(t, db, o.ID, func(requests subject.Table) {
			due, err := requests.CallsOf(t.Context(), organizationID, []string{calls[0].ID})
			require.NoError(t, err)
			require.Empty(t, due)
			eraseAll(t, requests, organizationID, []string{calls[0].ID}, []string{told[0].ID})
		})
	}
	require.Equal(t, calls, allCalls(t, db, other.ID))
	require.Equal(t, told, deliveries(t, db, other.ID, w.ID))
	seal, err := db.Seal(t.Context(), other.ID, calls[0].ID)
	require.NoError(t, err)
	require.Equal(t, cdr.Unsealed, seal.State)
}
