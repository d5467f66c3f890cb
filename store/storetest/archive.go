package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/store"
)

var archiveTests = []test{
	{"a sealed recording is claimed by one, and archived by him", archiveOnce},
	{"what is in the archive is added up and known when it goes", func(t *testing.T, db store.Store) {
		o, other := addOrganization(t, db), addOrganization(t, db)
		sealed := sealAll(t, db, o.ID, addCalls(t, db, o, 3))
		sealAll(t, db, other.ID, addCalls(t, db, other, 1))
		until := moment.Truncate(time.Millisecond)
		for _, call := range sealed[:2] {
			claimRecording(t, db, o.ID, call, moment.Add(-time.Hour), until, true)
		}
		require.NoError(t, db.ArchiveRecording(t.Context(), o.ID, sealed[0], until))
		for id, want := range map[string]int64{o.ID: 7, other.ID: 0, newID(): 0, hostile[0]: 0} {
			bytes, err := db.ArchivedBytes(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, want, bytes)
		}
		_, err := db.DoomRecordings(t.Context(), o.ID, "", 9, always)
		require.NoError(t, err)
		list, err := db.DoomedRecordings(t.Context(), o.ID, "", 9)
		require.NoError(t, err)
		known := map[string]cdr.DoomedRecording{}
		for _, r := range list {
			known[r.CallID] = cdr.DoomedRecording{ClaimedUntil: r.ClaimedUntil, Archived: r.Archived}
		}
		require.Equal(t, map[string]cdr.DoomedRecording{
			sealed[0]: {ClaimedUntil: until, Archived: true}, sealed[1]: {ClaimedUntil: until}, sealed[2]: {},
		}, known)
		claimRecording(t, db, o.ID, sealed[2], moment, until.Add(time.Hour), false)
		require.Len(t, unarchived(t, db), 1, "that of the other")
	}},
}

// sealAll seals the recordings of calls, and returns the ids of these, oldest first.
func sealAll(t *testing.T, db store.Store, organizationID string, calls []cdr.Call) []string {
	t.Helper()
	var ids []string
	for _, c := range calls {
		ids = append([]string{c.ID}, ids...)
		require.NoError(t, db.SealRecording(t.Context(), organizationID, c.ID,
			cdr.Seal{State: cdr.Sealed, SHA256: [32]byte{1, 31: 2}, Bytes: 7, At: callsBegin}))
	}
	return ids
}

func claimRecording(t *testing.T, db store.Store, organizationID, callID string, now, until time.Time, want bool) {
	t.Helper()
	claimed, err := db.ClaimRecording(t.Context(), organizationID, callID, now, until)
	require.NoError(t, err)
	require.Equal(t, want, claimed)
}

func unarchived(t *testing.T, db store.Store) []cdr.SealedRecording {
	t.Helper()
	var all []cdr.SealedRecording
	for after := (cdr.RecordingRef{}); ; {
		list, err := db.UnarchivedRecordings(t.Context(), after, 2)
		require.NoError(t, err)
		if len(list) == 0 {
			return all
		}
		all = append(all, list...)
		after = list[len(list)-1].RecordingRef
	}
}

func archiveOnce(t *testing.T, db store.Store) {
	o, other := addOrganization(t, db), addOrganization(t, db)
	calls := addCalls(t, db, o, 4)
	sealed := sealAll(t, db, o.ID, calls[1:])
	require.NoError(t, db.SealRecording(t.Context(), o.ID, sealed[2], cdr.Seal{State: cdr.Absent, At: callsBegin}))
	want := cdr.SealedRecording{
		RecordingRef: cdr.RecordingRef{OrganizationID: o.ID, ContextPrefix: o.ContextPrefix, CallID: sealed[0], Name: "node-1.wav"},
		SHA256:       [32]byte{1, 31: 2}, Bytes: 7,
	}
	require.Len(t, unarchived(t, db), 3, "one is not sealed")
	require.Equal(t, want, unarchived(t, db)[0])

	now := moment.Truncate(time.Millisecond)
	until := now.Add(time.Minute)
	for _, wrong := range append(hostile, newID(), other.ID) {
		claimRecording(t, db, wrong, sealed[0], now, until, false)
		claimRecording(t, db, o.ID, wrong, now, until, false)
		require.NoError(t, db.ArchiveRecording(t.Context(), wrong, sealed[0], until))
	}
	claimRecording(t, db, o.ID, calls[0].ID, now, until, false)
	claimRecording(t, db, o.ID, sealed[0], now, until, true)
	claimRecording(t, db, o.ID, sealed[0], until.Add(-time.Millisecond), until.Add(time.Hour), false)
	want.Claimed = true
	require.Equal(t, want, unarchived(t, db)[0])

	later := until.Add(time.Minute)
	claimRecording(t, db, o.ID, sealed[0], until, later, true)
	require.NoError(t, db.ArchiveRecording(t.Context(), o.ID, sealed[0], until))
	require.Len(t, unarchived(t, db), 3, "his claim has ended")
	require.NoError(t, db.ArchiveRecording(t.Context(), o.ID, sealed[0], later))
	require.Len(t, unarchived(t, db), 2)
	claimRecording(t, db, o.ID, sealed[0], later, later.Add(time.Hour), false)

	var won []int
	for i, err := range atOnce(8, func(i int) error {
		claimed, err := db.ClaimRecording(t.Context(), o.ID, sealed[1], now, until.Add(time.Duration(i)*time.Second))
		if claimed {
			return errWon
		}
		return err
	}) {
		if errors.Is(err, errWon) {
			won = append(won, i)
		} else {
			require.NoError(t, err)
		}
	}
	require.Len(t, won, 1)
}

// errWon says that one of many has the claim.
var errWon = errors.New("won")
