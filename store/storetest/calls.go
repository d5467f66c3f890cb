package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/store"
)

// callsBegin is when the first of the sample calls started: the last second of a
// month, so that they are in two.
var callsBegin = time.Date(2031, time.March, 31, 23, 59, 59, 0, time.UTC)

// sampleRecord of call n of an organisation has a value in every field. One is a
// second later than the one before, and takes n seconds.
func sampleCallRecord(o org.Organization, n int) cdr.Record {
	start := callsBegin.Add(time.Duration(n) * time.Second)
	limit, used := 30, 31
	return cdr.Record{
		ContextPrefix: o.ContextPrefix,
		UniqueID:      fmt.Sprintf("node-%d.%d", start.Unix(), n),
		LinkedID:      fmt.Sprintf("node-%d.%d", callsBegin.Unix(), 0),
		Sequence:      int64(10 * n),
		Direction:     cdr.Directions()[n%3],
		Disposition:   cdr.Answered,
		Caller:        fmt.Sprintf("+1555%04d", n),
		CallerName:    "Ärzte & \"Söhne\"; 100%",
		Called:        "+4930123456",
		Endpoint:      o.ContextPrefix + "-abc",
		AnsweredBy:    o.ContextPrefix + "-def",
		StartedAt:     start.Add(200 * time.Millisecond),
		AnsweredAt:    start.Add(250 * time.Millisecond),
		EndedAt:       start.Add(250*time.Millisecond + time.Duration(n)*time.Second),
		Emergency:     true,
		Denial:        cdr.Denial{Reason: "concurrent_calls", Limit: &limit, Used: &used},
		Consent:       cdr.Consent{Mode: "opt_out", Choice: "recorded", Digit: "1", Prompt: "orgpbx/recording-opt-out@12345678", At: start},
		Recording:     "node-1.wav",
		AgentCall:     newID(),
	}
}

// recordCalls saves records as a PBX would hand them in.
func recordCalls(t *testing.T, db store.Store, records ...cdr.Record) {
	t.Helper()
	require.NoError(t, cdr.New(db, cdr.Options{}).Record(t.Context(), records))
}

// addCalls saves n sample calls, and returns what is saved of them, newest first.
func addCalls(t *testing.T, db store.Store, o org.Organization, n int) []cdr.Call {
	t.Helper()
	var records []cdr.Record
	for i := range n {
		records = append(records, sampleCallRecord(o, i))
	}
	recordCalls(t, db, records...)
	list := allCalls(t, db, o.ID)
	require.Len(t, list, n)
	return list
}

func allCalls(t *testing.T, db store.Store, organizationID string) []cdr.Call {
	t.Helper()
	list, err := db.Calls(t.Context(), organizationID, cdr.Filter{}, org.Page{})
	require.NoError(t, err)
	return list
}

// billedSeconds are all that were ever counted.
func billedSeconds(t *testing.T, db store.Store, organizationID string) int64 {
	t.Helper()
	sum, err := db.BilledSeconds(t.Context(), organizationID, time.Unix(0, 0), callsBegin.AddDate(1, 0, 0))
	require.NoError(t, err)
	return sum
}

var callTests = []test{
	{"a call comes back as it was recorded, whatever there was to tell", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		full := sampleCallRecord(o, 5)
		start := callsBegin.Add(time.Hour)
		bare := cdr.Record{
			ContextPrefix: o.ContextPrefix, UniqueID: fmt.Sprintf("%d.1", start.Unix()), Direction: cdr.In,
			Disposition: cdr.NoAnswer, StartedAt: start, EndedAt: start,
		}
		recordCalls(t, db, full, bare)
		list := allCalls(t, db, o.ID)
		require.Len(t, list, 2)
		got := list[1]
		require.Equal(t, cdr.Call{
			ID: got.ID, UniqueID: full.UniqueID, LinkedID: full.LinkedID, Direction: cdr.Internal, Disposition: cdr.Answered,
			Caller: full.Caller, CallerName: full.CallerName, Called: full.Called, Endpoint: full.Endpoint, AnsweredBy: full.AnsweredBy,
			StartedAt: callsBegin.Add(5 * time.Second), AnsweredAt: full.AnsweredAt, EndedAt: full.EndedAt, BilledSeconds: 5,
			Emergency: true, Denial: full.Denial, Consent: full.Consent, Recording: full.Recording, AgentCall: full.AgentCall,
			Parts: []cdr.Part{{
				Sequence: 50, AnsweredAt: full.AnsweredAt, EndedAt: full.EndedAt, Disposition: cdr.Answered, AnsweredBy: full.AnsweredBy,
			}},
		}, got)
		require.Equal(t, cdr.Call{
			ID: list[0].ID, UniqueID: bare.UniqueID, Direction: cdr.In, Disposition: cdr.NoAnswer, StartedAt: start, EndedAt: start,
			Parts: []cdr.Part{{EndedAt: start, Disposition: cdr.NoAnswer}},
		}, list[0])
		for _, want := range list {
			one, err := db.Call(t.Context(), o.ID, want.ID)
			require.NoError(t, err)
			require.Equal(t, want, one)
		}
	}},
	{"a call that is handed in again is there once and counted once", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		list := addCalls(t, db, o, 9)
		sum := billedSeconds(t, db, o.ID)
		require.EqualValues(t, 0+1+3+4+6+7, sum, "internal calls are no minutes")
		require.Equal(t, list, addCalls(t, db, o, 9))
		more := addCalls(t, db, o, 12)
		require.Equal(t, list, more[3:])
		require.Equal(t, sum+9+10, billedSeconds(t, db, o.ID))
	}},
	{"many who hand the same in at once leave each call once", func(t *testing.T, db store.Store) {
		o, other := addOrganization(t, db), addOrganization(t, db)
		service := cdr.New(db, cdr.Options{})
		for i, err := range atOnce(8, func(i int) error {
			var records []cdr.Record
			for n := range 40 {
				records = append(records, sampleCallRecord(o, (n+5*i)%40), sampleCallRecord(other, n))
			}
			return service.Record(t.Context(), records)
		}) {
			require.NoError(t, err, "writer %d", i)
		}
		for _, id := range []string{o.ID, other.ID} {
			require.Len(t, allCalls(t, db, id), 40)
			require.EqualValues(t, 39*40/2-(2+38)*13/2, billedSeconds(t, db, id))
		}
	}},
	{"the parts of a call become one, in whatever order they come", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		for n, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}, {0, 2, 1, 2, 0}} {
			before := billedSeconds(t, db, o.ID)
			first := sampleCallRecord(o, 3*n)
			parts := []cdr.Record{first, first, first}
			// Two phones ring, one of them answers; then the call goes on somewhere else.
			parts[1].Sequence, parts[1].Disposition, parts[1].AnsweredAt, parts[1].AnsweredBy = 501, cdr.NoAnswer, time.Time{}, ""
			parts[0].EndedAt = parts[0].AnsweredAt.Add(60 * time.Second)
			parts[2].Sequence, parts[2].StartedAt, parts[2].AnsweredAt = 502, parts[0].EndedAt, parts[0].EndedAt
			parts[2].EndedAt, parts[2].AnsweredBy, parts[2].Caller = parts[0].EndedAt.Add(30*time.Second), "third", "+49301"
			for _, i := range order {
				recordCalls(t, db, parts[i])
			}
			list := allCalls(t, db, o.ID)
			require.Len(t, list, n+1)
			got := list[0]
			require.Len(t, got.Parts, 3)
			require.Equal(t, cdr.Answered, got.Disposition)
			require.Equal(t, 90, got.BilledSeconds)
			require.Equal(t, "third", got.AnsweredBy)
			require.Equal(t, first.Caller, got.Caller)
			require.Equal(t, parts[2].EndedAt, got.EndedAt)
			require.Equal(t, before+90, billedSeconds(t, db, o.ID))
		}
	}},
	{"calls are listed newest first and in pages", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		all := addCalls(t, db, o, 7)
		require.True(t, slices.IsSortedFunc(all, func(a, b cdr.Call) int { return b.StartedAt.Compare(a.StartedAt) }))
		var paged []cdr.Call
		for _, size := range []int{3, 3, 1, 0} {
			page := org.Page{Limit: 3}
			if len(paged) > 0 {
				page.After = paged[len(paged)-1].ID
			}
			part, err := db.Calls(t.Context(), o.ID, cdr.Filter{}, page)
			require.NoError(t, err)
			require.Len(t, part, size)
			paged = append(paged, part...)
		}
		require.Equal(t, all, paged)
	}},
	{"a filter selects by time, direction, disposition and text", filterCalls},
	{"a search stops after so many calls, and goes on where it has stopped", searchShortPages},
	{"the short pages of any search are the list that is read at once", searchAtRandom},
	{"a search by number looks at the calls of that number alone", searchByNumber},
	{"seconds are added up by time", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		addCalls(t, db, o, 5) // one in March, of no second
		april := callsBegin.Add(time.Second)
		for _, c := range []struct {
			from, to time.Time
			want     int64
		}{
			{april, april.AddDate(0, 1, 0), 1 + 3 + 4},
			{april.AddDate(0, -1, 0), april, 0},
			{april.AddDate(0, 1, 0), april.AddDate(0, 2, 0), 0},
			{april, april.Add(cdr.Quarterly), 8},
			{april.Add(cdr.Quarterly), april.Add(2 * cdr.Quarterly), 0},
		} {
			got, err := db.BilledSeconds(t.Context(), o.ID, c.from, c.to)
			require.NoError(t, err)
			require.Equal(t, c.want, got, "%s to %s", c.from, c.to)
		}
	}},
	{"calls of nobody are left out, and the others of the same list are kept", func(t *testing.T, db store.Store) {
		o, gone := addOrganization(t, db), sampleOrganization()
		records := []cdr.Record{sampleCallRecord(gone, 1), sampleCallRecord(o, 2)}
		for i, prefix := range hostile[1:] {
			record := sampleCallRecord(o, 10+i)
			record.ContextPrefix = prefix
			records = append(records, record)
		}
		recordCalls(t, db, records...)
		require.Len(t, allCalls(t, db, o.ID), 1)
		require.Empty(t, allCalls(t, db, gone.ID))
	}},
	{"calls of another organization are absent", func(t *testing.T, db store.Store) {
		mine, theirs := addOrganization(t, db), addOrganization(t, db)
		addCalls(t, db, theirs, 3)
		own := addCalls(t, db, mine, 1)
		require.Equal(t, own, allCalls(t, db, mine.ID))
		require.Zero(t, billedSeconds(t, db, mine.ID))
		for _, c := range allCalls(t, db, theirs.ID) {
			_, err := db.Call(t.Context(), mine.ID, c.ID)
			require.ErrorIs(t, err, org.ErrNotFound)
		}
		for _, id := range append(hostile, newID()) {
			require.Empty(t, allCalls(t, db, id), "id %q", id)
			require.Zero(t, billedSeconds(t, db, id))
			_, err := db.Call(t.Context(), id, own[0].ID)
			require.ErrorIs(t, err, org.ErrNotFound)
			_, err = db.Call(t.Context(), mine.ID, id)
			require.ErrorIs(t, err, org.ErrNotFound)
		}
	}},
	{"calls and what they add up to go with their organization", func(t *testing.T, db store.Store) {
		o, other := addOrganization(t, db), addOrganization(t, db)
		addCalls(t, db, o, 4)
		kept := addCalls(t, db, other, 4)
		require.NoError(t, db.DeleteOrganization(t.Context(), o.ID, func(org.Organization) error { return nil }))
		require.Empty(t, allCalls(t, db, o.ID))
		require.Zero(t, billedSeconds(t, db, o.ID))
		require.Equal(t, kept, allCalls(t, db, other.ID))
		recordCalls(t, db, sampleCallRecord(o, 9))
		require.Empty(t, allCalls(t, db, o.ID))
	}},
	{"the recording of a call is noted, and sealed once", sealRecordings},
	{"what is stored is kept day by day", storageDays},
	{"one of many is the first to be told of a level, once a month", noticeOnce},
	{"a position is kept by source", func(t *testing.T, db store.Store) {
		none, err := db.Position(t.Context(), "file:/a")
		require.NoError(t, err)
		require.Empty(t, none)
		for _, position := range []string{"1", "2"} {
			require.NoError(t, db.SavePosition(t.Context(), "file:/a", position))
			require.NoError(t, db.SavePosition(t.Context(), "file:/b", "other"))
			got, err := db.Position(t.Context(), "file:/a")
			require.NoError(t, err)
			require.Equal(t, position, got)
		}
	}},
}

func filterCalls(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	busy := sampleCallRecord(o, 6)
	busy.Disposition, busy.AnsweredAt, busy.CallerName, busy.Called = cdr.Busy, time.Time{}, "_%", "4711"
	recordCalls(t, db, busy)
	bare := sampleCallRecord(o, 0)
	bare.Recording = ""
	recordCalls(t, db, bare)
	all := addCalls(t, db, o, 7)
	slices.Reverse(all)
	at := func(n int) time.Time { return callsBegin.Add(time.Duration(n) * time.Second) }
	for _, c := range []struct {
		name   string
		filter cdr.Filter
		want   []int
	}{
		{"from is included", cdr.Filter{From: at(5)}, []int{6, 5}},
		{"to is not", cdr.Filter{To: at(2)}, []int{1, 0}},
		{"a month", cdr.Filter{From: at(1).AddDate(0, -1, 0), To: at(1)}, []int{0}},
		{"a part of a second", cdr.Filter{From: at(5).Add(time.Millisecond)}, []int{6}},
		{"direction", cdr.Filter{Direction: cdr.Out}, []int{4, 1}},
		{"disposition", cdr.Filter{Disposition: cdr.Busy}, []int{6}},
		{"recorded", cdr.Filter{Recorded: true}, []int{6, 5, 4, 3, 2, 1}},
		{"caller", cdr.Filter{Query: "5550004"}, []int{4}},
		{"called", cdr.Filter{Query: "4711"}, []int{6}},
		{"name, in capitals", cdr.Filter{Query: "ÄRZTE", From: at(4)}, []int{5, 4}},
		{"numbers, the caller's", cdr.Filter{Numbers: []string{"+15550004", "+15550002"}}, []int{4, 2}},
		{"numbers, what was called", cdr.Filter{Numbers: []string{"4711"}}, []int{6}},
		{"numbers, not a part", cdr.Filter{Numbers: []string{"555000", "471", ""}}, nil},
		{"ending, the caller's", cdr.Filter{Ending: "5550004"}, []int{4}},
		{"ending, with a sign", cdr.Filter{Ending: "+15550004"}, []int{4}},
		{"ending, of more digits than there are", cdr.Filter{Ending: "0015550004"}, nil},
		{"ending, and another digit before its tail", cdr.Filter{Ending: "25550004"}, nil},
		{"ending, of few digits", cdr.Filter{Ending: "50004"}, []int{4}},
		{"ending, what was called", cdr.Filter{Ending: "4711"}, []int{6}},
		{"ending, and the time", cdr.Filter{Ending: "5550004", To: at(4)}, nil},
		{"ending, and numbers of the other side", cdr.Filter{Ending: "5550006", Numbers: []string{"4711"}}, []int{6}},
		{"ending, with wildcards", cdr.Filter{Ending: "%550004"}, nil},
		{"a hostile ending", cdr.Filter{Ending: "x') OR ('1'='1"}, nil},
		{"an ending with a zero byte", cdr.Filter{Ending: "a\x00b5550004"}, nil},
		{"numbers and text", cdr.Filter{Numbers: []string{"+15550004", "+15550002"}, Query: "50002"}, []int{2}},
		{"hostile numbers", cdr.Filter{Numbers: []string{"4711", "x') OR ('1'='1"}}, []int{6}},
		{"a number with a zero byte", cdr.Filter{Numbers: []string{"4711", "a\x00b"}}, []int{6}},
		{"only a number with a zero byte", cdr.Filter{Numbers: []string{"a\x00b"}}, nil},
		{"no wildcards", cdr.Filter{Query: "_%"}, []int{6}},
		{"all at once", cdr.Filter{From: at(1), To: at(5), Direction: cdr.Out, Disposition: cdr.Answered, Query: "söhne"}, []int{4, 1}},
		{"hostile", cdr.Filter{Query: "x' OR '1'='1"}, nil},
		{"zero byte", cdr.Filter{Query: "a\x00b"}, nil},
	} {
		got, err := db.Calls(t.Context(), o.ID, c.filter, org.Page{})
		require.NoError(t, err, c.name)
		var want []cdr.Call
		for _, n := range c.want {
			want = append(want, all[n])
		}
		require.Equal(t, want, slices.Clip(append([]cdr.Call(nil), got...)), c.name)
	}
}

func noticeOnce(t *testing.T, db store.Store) {
	o, other := addOrganization(t, db), addOrganization(t, db)
	notices := []cdr.Notice{
		{Month: "2031-03", Kind: limits.MonthlyMinutes, Percent: 80},
		{Month: "2031-03", Kind: limits.MonthlyMinutes, Percent: 100},
		{Month: "2031-03", Kind: limits.StorageGB, Percent: 80},
		{Month: "2031-04", Kind: limits.MonthlyMinutes, Percent: 80},
	}
	for _, id := range []string{o.ID, other.ID} {
		for _, n := range notices {
			firsts := make([]bool, 6)
			for _, err := range atOnce(len(firsts), func(i int) (err error) {
				firsts[i], err = db.NoticeUsage(t.Context(), id, n, moment)
				return err
			}) {
				require.NoError(t, err)
			}
			require.Len(t, slices.DeleteFunc(firsts, func(first bool) bool { return !first }), 1, "%v", n)
		}
	}
	for _, id := range append(hostile, newID()) {
		first, err := db.NoticeUsage(t.Context(), id, notices[0], moment)
		require.NoError(t, err)
		require.False(t, first, "id %q", id)
	}
}

func sealRecordings(t *testing.T, db store.Store) {
	o, other := addOrganization(t, db), addOrganization(t, db)
	calls := append(addCalls(t, db, o, 3), addCalls(t, db, other, 2)...)
	late := sampleCallRecord(o, 7)
	late.Recording = ""
	recordCalls(t, db, late)
	bare := allCalls(t, db, o.ID)[0]
	_, err := db.Seal(t.Context(), o.ID, bare.ID)
	require.ErrorIs(t, err, org.ErrNotFound)
	late.Sequence++
	late.Recording = "late.wav"
	recordCalls(t, db, late)
	late.Sequence++
	late.Recording = "later.wav"
	recordCalls(t, db, late)

	unsealed := func() []cdr.RecordingRef {
		var all []cdr.RecordingRef
		for after := (cdr.RecordingRef{}); ; {
			list, err := db.UnsealedRecordings(t.Context(), after, 2)
			require.NoError(t, err)
			if len(list) == 0 {
				return all
			}
			all = append(all, list...)
			after = list[len(list)-1]
		}
	}
	require.Len(t, unsealed(), 6)
	require.Contains(t, unsealed(), cdr.RecordingRef{OrganizationID: o.ID, ContextPrefix: o.ContextPrefix, CallID: bare.ID, Name: "late.wav"})

	seal := cdr.Seal{State: cdr.Sealed, SHA256: [32]byte{1, 31: 2}, Bytes: 1 << 40, At: callsBegin}
	for _, wrong := range append(hostile, newID(), other.ID) {
		require.NoError(t, db.SealRecording(t.Context(), wrong, bare.ID, seal))
		require.NoError(t, db.SealRecording(t.Context(), other.ID, wrong, seal))
		_, err := db.Seal(t.Context(), wrong, bare.ID)
		require.ErrorIs(t, err, org.ErrNotFound)
	}
	require.Len(t, unsealed(), 6)
	require.NoError(t, db.SealRecording(t.Context(), o.ID, bare.ID, seal))
	require.NoError(t, db.SealRecording(t.Context(), o.ID, bare.ID, cdr.Seal{State: cdr.Absent, At: callsBegin}))
	seal.Name = "late.wav"
	got, err := db.Seal(t.Context(), o.ID, bare.ID)
	require.NoError(t, err)
	require.Equal(t, seal, got)
	require.Len(t, unsealed(), 5)
	require.NoError(t, db.DeleteOrganization(t.Context(), o.ID, func(org.Organization) error { return nil }))
	require.Len(t, unsealed(), 2)
	_, err = db.Seal(t.Context(), other.ID, calls[4].ID)
	require.NoError(t, err)
}
