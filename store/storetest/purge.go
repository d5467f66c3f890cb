package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/store"
)

var purgeTests = []test{
	{"calls go in batches, oldest first, and stay counted", purgeInBatches},
	{"a call is not deleted before its recording", purgeRecordingsFirst},
	{"calls that were purged do not come back and are billed once", purgedStayAway},
	{"a batch is saved with its entry of the trail, or not at all", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		addCalls(t, db, o, 2)
		ctx, _ := recordedContext(t.Context())
		forget(t, db, o, always)
		n, err := db.PurgeCalls(ctx, o.ID, "", 1, always, func(ids []string) {
			audit.Changed(ctx, "calls", o.ID, nil, map[string]any{"first": ids[0]})
		})
		require.NoError(t, err)
		require.Equal(t, 1, n.Gone)
		require.Len(t, trail(t, db, o.ID), 1)
		ctx, _ = recordedContext(t.Context())
		_, err = db.PurgeCalls(ctx, o.ID, "", 1, always, func([]string) {
			audit.Changed(ctx, "calls", o.ID, nil, func() {}) // which cannot be written
		})
		require.Error(t, err)
		require.Len(t, allCalls(t, db, o.ID), 1)
		require.Len(t, trail(t, db, o.ID), 1)
	}},
	{"calls of a month without any are saved after it was dropped", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		first := sampleCallRecord(o, 0)
		first.Recording = ""
		recordCalls(t, db, first)
		_, err := db.PurgeCalls(t.Context(), o.ID, "", 9, always, func([]string) {})
		require.NoError(t, err)
		nextMonth := callsBegin.AddDate(0, 1, 0)
		require.NoError(t, db.DropEmptyMonths(t.Context(), nextMonth))
		recordCalls(t, db, sampleCallRecord(o, 1))
		require.NoError(t, db.DropEmptyMonths(t.Context(), nextMonth))
		require.Len(t, allCalls(t, db, o.ID), 1)
	}},
	{"a deleted organization is known until it is forgotten, and when it was looked for first", func(t *testing.T, db store.Store) {
		o, other, kept := addOrganization(t, db), addOrganization(t, db), addOrganization(t, db)
		list := func(until time.Time) []cdr.DeletedOrganization {
			list, err := db.DeletedOrganizations(t.Context(), until)
			require.NoError(t, err)
			return list
		}
		require.Empty(t, list(moment))
		remove(t, db, o.ID)
		first := cdr.DeletedOrganization{ID: o.ID, ContextPrefix: o.ContextPrefix, Until: moment}
		require.Equal(t, []cdr.DeletedOrganization{first}, list(moment))
		remove(t, db, other.ID)
		later := moment.Add(time.Hour)
		second := cdr.DeletedOrganization{ID: other.ID, ContextPrefix: other.ContextPrefix, Until: later}
		require.Equal(t, []cdr.DeletedOrganization{first, second}, list(later))
		again := sampleOrganization()
		again.ContextPrefix = o.ContextPrefix
		require.NoError(t, db.InsertOrganization(t.Context(), again))
		require.Equal(t, []cdr.DeletedOrganization{second}, list(later), "these would be another's recordings")
		for _, id := range append(hostile, newID(), kept.ID, other.ID, other.ID) {
			require.NoError(t, db.ForgetDeleted(t.Context(), id))
		}
		require.Empty(t, list(later))
	}},
	{"nothing of another organization is purged", func(t *testing.T, db store.Store) {
		o, other := addOrganization(t, db), addOrganization(t, db)
		addCalls(t, db, o, 2)
		kept := addCalls(t, db, other, 2)
		for _, wrong := range append(hostile, newID()) {
			_, err := db.DoomRecordings(t.Context(), wrong, "", 9, always)
			require.ErrorIs(t, err, org.ErrNotFound)
			_, err = db.PurgeCalls(t.Context(), wrong, "", 9, always, func([]string) {})
			require.ErrorIs(t, err, org.ErrNotFound)
			list, err := db.DoomedRecordings(t.Context(), wrong, "", 9)
			require.NoError(t, err)
			require.Empty(t, list)
		}
		forget(t, db, o, always)
		_, err := db.DoomRecordings(t.Context(), other.ID, "", 9, always)
		require.NoError(t, err)
		require.NoError(t, db.PurgeRecordings(t.Context(), o.ID, []string{kept[0].ID, kept[1].ID, hostile[0]}, fails(t)))
		_, err = db.PurgeCalls(t.Context(), o.ID, "", 9, always, func([]string) {})
		require.NoError(t, err)
		require.Empty(t, allCalls(t, db, o.ID))
		require.Equal(t, kept, allCalls(t, db, other.ID))
		list, err := db.DoomedRecordings(t.Context(), other.ID, "", 9)
		require.NoError(t, err)
		require.Len(t, list, 2)
	}},
}

// always returns what is above every id.
func always(org.Organization) string { return "g" }

func fails(t *testing.T) func([]string) {
	return func([]string) { t.Error("nothing should go") }
}

// forget takes the recordings of an organisation out of the store, as if their
// files were deleted.
func forget(t *testing.T, db store.Store, o org.Organization, below func(org.Organization) string) {
	t.Helper()
	_, err := db.DoomRecordings(t.Context(), o.ID, "", 1000, below)
	require.NoError(t, err)
	list, err := db.DoomedRecordings(t.Context(), o.ID, "", 1000)
	require.NoError(t, err)
	var ids []string
	for _, r := range list {
		ids = append(ids, r.CallID)
	}
	require.NoError(t, db.PurgeRecordings(t.Context(), o.ID, ids, func(gone []string) { require.Equal(t, ids, gone) }))
}

func purgeInBatches(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	calls := addCalls(t, db, o, 7) // newest first
	billed := billedSeconds(t, db, o.ID)
	forget(t, db, o, always)
	below := func(got org.Organization) string {
		require.Equal(t, o.Compliance, got.Compliance)
		return calls[1].ID
	}
	var gone []string
	for _, want := range []int{2, 2, 1, 0} {
		n, err := db.PurgeCalls(t.Context(), o.ID, "", 2, below, func(ids []string) { gone = append(gone, ids...) })
		require.NoError(t, err)
		require.Equal(t, want, n.Gone)
	}
	require.Equal(t, []string{calls[6].ID, calls[5].ID, calls[4].ID, calls[3].ID, calls[2].ID}, gone)
	_, err := db.PurgeCalls(t.Context(), o.ID, "", 2, func(org.Organization) string { return "" }, fails(t))
	require.NoError(t, err)
	require.Len(t, allCalls(t, db, o.ID), 2)
	require.Equal(t, billed, billedSeconds(t, db, o.ID))
}

func purgeRecordingsFirst(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	bare := sampleCallRecord(o, 0)
	bare.Recording = ""
	recordCalls(t, db, bare)
	addCalls(t, db, o, 3)
	later := sampleCallRecord(o, 1)
	later.Sequence++
	later.Recording = "later.wav"
	recordCalls(t, db, later)
	calls := allCalls(t, db, o.ID)

	n, err := db.PurgeCalls(t.Context(), o.ID, "", 9, always, func([]string) {})
	require.NoError(t, err)
	require.Equal(t, 1, n.Gone, "that without a recording")
	require.NoError(t, db.PurgeRecordings(t.Context(), o.ID, []string{calls[0].ID}, fails(t)))

	for _, want := range []int{1, 1, 0} {
		n, err := db.DoomRecordings(t.Context(), o.ID, "", 1, always)
		require.NoError(t, err)
		require.Equal(t, want, n.Gone)
	}
	list, err := db.DoomedRecordings(t.Context(), o.ID, "", 9)
	require.NoError(t, err)
	require.Equal(t, []cdr.DoomedRecording{
		{CallID: calls[1].ID, Name: "node-1.wav", Called: "later.wav"},
		{CallID: calls[0].ID, Name: "node-1.wav", Called: "node-1.wav"},
	}, list)
	behind, err := db.DoomedRecordings(t.Context(), o.ID, list[0].CallID, 9)
	require.NoError(t, err)
	require.Equal(t, list[1:], behind)
	seal, err := db.Seal(t.Context(), o.ID, calls[0].ID)
	require.NoError(t, err)
	require.Equal(t, cdr.Deleting, seal.State)
	unsealed, err := db.UnsealedRecordings(t.Context(), cdr.RecordingRef{}, 9)
	require.NoError(t, err)
	require.Empty(t, unsealed)

	require.NoError(t, db.PurgeRecordings(t.Context(), o.ID, []string{calls[0].ID}, func(ids []string) {
		require.Equal(t, []string{calls[0].ID}, ids)
	}))
	require.NoError(t, db.PurgeRecordings(t.Context(), o.ID, []string{calls[0].ID}, fails(t)))
	_, err = db.Seal(t.Context(), o.ID, calls[0].ID)
	require.ErrorIs(t, err, org.ErrNotFound)
	left, err := db.Call(t.Context(), o.ID, calls[0].ID)
	require.NoError(t, err)
	require.Empty(t, left.Recording)
	n, err = db.PurgeCalls(t.Context(), o.ID, "", 9, always, func(ids []string) { require.Equal(t, []string{calls[0].ID}, ids) })
	require.NoError(t, err)
	require.Equal(t, 1, n.Gone)
	require.Equal(t, calls[1:2], allCalls(t, db, o.ID))
}

func purgedStayAway(t *testing.T, db store.Store) {
	o, other := addOrganization(t, db), addOrganization(t, db)
	calls := addCalls(t, db, o, 6) // newest first
	billed := billedSeconds(t, db, o.ID)
	below := func(org.Organization) string { return calls[1].ID }
	service := cdr.New(db, cdr.Options{})
	var records, others []cdr.Record
	for n := range 8 {
		records = append(records, sampleCallRecord(o, n))
		others = append(others, sampleCallRecord(other, n))
	}
	forget(t, db, o, below)
	// Somebody reads the same again while they go.
	for _, err := range atOnce(4, func(i int) error {
		if i > 0 {
			return service.Record(t.Context(), records[:6])
		}
		for {
			n, err := db.PurgeCalls(t.Context(), o.ID, "", 1, below, func([]string) {})
			if err != nil || n.Gone == 0 {
				return err
			}
		}
	}) {
		require.NoError(t, err)
	}
	require.Len(t, allCalls(t, db, o.ID), 2)
	require.Equal(t, billed, billedSeconds(t, db, o.ID))

	before := service.Refused()
	require.NoError(t, service.Record(t.Context(), append(records, others...)))
	require.Equal(t, 4, service.Refused()-before)
	require.Len(t, allCalls(t, db, o.ID), 4, "those behind the last that was deleted come")
	require.Equal(t, billed+6+7, billedSeconds(t, db, o.ID))
	require.Len(t, allCalls(t, db, other.ID), 8)
	// An edit of the organisation leaves what is known of the calls alone.
	_, err := db.ChangeOrganization(t.Context(), o.ID, func(o *org.Organization) error { o.Version++; return nil })
	require.NoError(t, err)
	require.NoError(t, service.Record(t.Context(), records))
	require.Equal(t, 8, service.Refused()-before)
}
