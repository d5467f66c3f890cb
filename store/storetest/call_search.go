package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/store"
)

func searchShortPages(t *testing.T, db store.Store) {
	o, other := addOrganization(t, db), addOrganization(t, db)
	all, theirs := addCalls(t, db, o, 10), addCalls(t, db, other, 10)
	busy := cdr.Filter{Disposition: cdr.Busy} // no call is
	for _, c := range []struct {
		name    string
		filter  cdr.Filter
		page    org.Page
		most    int
		want    []cdr.Call
		reached string
	}{
		{"stops", busy, org.Page{Limit: 5}, 4, nil, all[3].ID},
		{"goes on", busy, org.Page{Limit: 5, After: all[3].ID}, 4, nil, all[7].ID},
		{"ends", busy, org.Page{Limit: 5, After: all[7].ID}, 4, nil, ""},
		{"looks at all that there are", busy, org.Page{Limit: 5}, 11, nil, ""},
		{"looks at one", busy, org.Page{Limit: 5}, 1, nil, all[0].ID},
		{"of a time", cdr.Filter{Disposition: cdr.Busy, To: all[4].StartedAt}, org.Page{Limit: 5}, 2, nil, all[6].ID},
		{"to where the time begins", cdr.Filter{Disposition: cdr.Busy, From: all[4].StartedAt}, org.Page{Limit: 5}, 6, nil, ""},
		{"has what it has found", cdr.Filter{Direction: all[1].Direction}, org.Page{Limit: 5}, 3, all[1:2], all[2].ID},
		{"is full", cdr.Filter{Direction: all[1].Direction}, org.Page{Limit: 1}, 3, all[1:2], ""},
		{"is full with the last that it may look at", cdr.Filter{Direction: all[1].Direction}, org.Page{Limit: 1}, 2, all[1:2], ""},
		{"by a part", cdr.Filter{Query: all[1].Caller[5:]}, org.Page{Limit: 5}, 3, all[1:2], all[2].ID},
		{"recorded", cdr.Filter{Recorded: true}, org.Page{Limit: 5}, 3, all[:3], all[2].ID},
		{"everything", cdr.Filter{}, org.Page{Limit: 5}, 3, all[:3], all[2].ID},
		{"everything, and is full", cdr.Filter{}, org.Page{Limit: 3}, 3, all[:3], ""},
		{"without a limit", busy, org.Page{}, 3, nil, ""},
		{"without a bound", busy, org.Page{Limit: 5}, 0, nil, ""},
		{"behind a call of somebody else", busy, org.Page{Limit: 5, After: theirs[3].ID}, 4, nil, ""},
	} {
		got, reached, err := db.SearchCalls(t.Context(), o.ID, c.filter, c.page, c.most)
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, slices.Clip(append([]cdr.Call(nil), got...)), c.name)
		if c.page.After == theirs[3].ID {
			// The calls of the two start in the same seconds: where their ids are in
			// order is by chance, but it is one's own.
			c.reached = reached
			require.True(t, reached == "" || slices.ContainsFunc(all, func(a cdr.Call) bool { return a.ID == reached }), c.name)
		}
		require.Equal(t, c.reached, reached, c.name)
	}
	for _, id := range append(hostile, newID()) {
		got, reached, err := db.SearchCalls(t.Context(), id, busy, org.Page{Limit: 5}, 4)
		require.NoError(t, err, "id %q", id)
		require.Empty(t, got)
		require.Empty(t, reached)
		_, reached, err = db.SearchCalls(t.Context(), o.ID, busy, org.Page{Limit: 5, After: id}, 100)
		require.NoError(t, err, "after %q", id)
		require.Empty(t, reached)
	}
}

// searchAtRandom walks through random searches in short pages, while calls of another
// organisation are there, and more of them are saved that none of the pages can have.
func searchAtRandom(t *testing.T, db store.Store) {
	o, other := addOrganization(t, db), addOrganization(t, db)
	random := rand.New(rand.NewPCG(20, 26)) //nolint:gosec // the same searches in each run
	var records []cdr.Record
	for n := range 150 {
		r := sampleCallRecord(o, n)
		// Several in a second, and over some months.
		r.StartedAt = callsBegin.AddDate(0, random.IntN(4), 0).Add(time.Duration(random.IntN(40)) * time.Second)
		r.UniqueID = fmt.Sprintf("node-%d.%d", r.StartedAt.Unix(), n)
		r.Direction, r.Disposition = anyOf(random, cdr.Directions()), anyOf(random, cdr.Dispositions())
		r.Caller = anyOf(random, []string{"+14155550100", "+49305550100", "4155550100", "1001", "+1555000" + fmt.Sprint(n%10), ""})
		r.Called = anyOf(random, []string{"+914440001000", "1001", "1002"})
		r.CallerName = anyOf(random, []string{"", "Ada Lovelace", "Ärzte"})
		if random.IntN(3) > 0 {
			r.Recording = ""
		}
		r.AnsweredAt, r.EndedAt = time.Time{}, r.StartedAt
		records = append(records, r)
		r.ContextPrefix = other.ContextPrefix
		records = append(records, r)
	}
	recordCalls(t, db, records...)
	all := allCalls(t, db, o.ID)
	for range 200 {
		w := walk{o.ID, randomFilter(random, all), 1 + random.IntN(12), 1 + random.IntN(60)}
		want, err := db.Calls(t.Context(), o.ID, w.filter, org.Page{})
		require.NoError(t, err)
		w.check(t, db, all, want)
	}
}

// anyOf is one of several.
func anyOf[T any](random *rand.Rand, list []T) T { return list[random.IntN(len(list))] }

func randomFilter(random *rand.Rand, all []cdr.Call) (f cdr.Filter) {
	some := func() bool { return random.IntN(3) == 0 }
	if some() {
		f.From = anyOf(random, all).StartedAt
	}
	if some() {
		f.To = anyOf(random, all).StartedAt.Add(time.Second)
	}
	if some() {
		f.Direction = anyOf(random, cdr.Directions())
	}
	if some() {
		f.Disposition = anyOf(random, cdr.Dispositions())
	}
	f.Recorded = some()
	switch random.IntN(4) {
	case 0:
		f.Query = anyOf(random, []string{"ada", "ÄRZTE", "100", "+1", "nobody"})
	case 1:
		f.Ending = anyOf(random, []string{"5550100", "14155550100", "+4155550100", "+914440001000", "9999999"})
	case 2:
		f.Numbers = anyOf(random, [][]string{{"1001"}, {"+914440001000", "914440001000"}, {"+15550004", "1002"}})
	}
	return f
}

// walk is a search that is gone through in short pages.
type walk struct {
	organizationID string
	filter         cdr.Filter
	limit, most    int
}

// check goes through the pages, which have what is wanted, and nothing twice. all are
// the calls of the organisation.
func (w walk) check(t *testing.T, db store.Store, all, want []cdr.Call) {
	t.Helper()
	byNumber := w.filter.Ending != "" || len(w.filter.Numbers) > 0
	var got []cdr.Call
	for after := ""; ; {
		list, reached, err := db.SearchCalls(t.Context(), w.organizationID, w.filter, org.Page{Limit: w.limit, After: after}, w.most)
		require.NoError(t, err)
		require.LessOrEqual(t, len(list), w.limit, "%+v", w)
		got = append(got, list...)
		end := reached
		if len(list) == w.limit {
			require.Empty(t, reached, "%+v: a page that is full has no other end", w)
			end = list[len(list)-1].ID
		}
		if !byNumber {
			w.checkLooked(t, all, after, end, reached != "")
		}
		if end == "" {
			break
		}
		require.True(t, after == "" || end < after, "%+v does not go on", w)
		after = end
	}
	require.Equal(t, append([]cdr.Call(nil), want...), got, "%+v", w)
}

// checkLooked counts the calls that were looked at from behind one id to another: so many
// where the page has stopped, and else no more.
func (w walk) checkLooked(t *testing.T, all []cdr.Call, after, end string, stopped bool) {
	t.Helper()
	times, looked := cdr.Filter{From: w.filter.From, To: w.filter.To}, 0
	for _, c := range all {
		if times.Matches(c) && (after == "" || c.ID < after) && c.ID >= end {
			looked++
		}
	}
	if stopped {
		require.Equal(t, w.most, looked, "%+v", w)
	}
	require.LessOrEqual(t, looked, w.most, "%+v", w)
}

func searchByNumber(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	all := addCalls(t, db, o, 40)
	oldest := all[len(all)-1]
	for _, filter := range []cdr.Filter{
		{Ending: cdr.NumberTail(oldest.Caller)},
		{Ending: oldest.Caller},
		{Numbers: []string{oldest.Caller}},
		{Numbers: []string{oldest.Caller}, Direction: oldest.Direction},
	} {
		got, reached, err := db.SearchCalls(t.Context(), o.ID, filter, org.Page{Limit: 5}, 4)
		require.NoError(t, err)
		require.Equal(t, []cdr.Call{oldest}, got, "%+v", filter)
		require.Empty(t, reached, "%+v", filter)
	}
	// Of a number that all have, so many are looked at.
	w := walk{o.ID, cdr.Filter{Ending: cdr.NumberTail(oldest.Called), Disposition: cdr.Busy}, 5, 10}
	got, reached, err := db.SearchCalls(t.Context(), o.ID, w.filter, org.Page{Limit: w.limit}, w.most)
	require.NoError(t, err)
	require.Empty(t, got)
	require.NotEmpty(t, reached)
	w.check(t, db, all, nil)
}
