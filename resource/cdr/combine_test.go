package cdr

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// noon is when the calls of these tests start.
var noon = time.Date(2026, time.November, 24, 12, 0, 0, 0, time.UTC)

func after(seconds float64) time.Time { return noon.Add(time.Duration(seconds * float64(time.Second))) }

// part is a record of the one call of these tests.
func part(sequence int64, d Disposition, answered, ended float64) Record {
	r := Record{
		ContextPrefix: "aaaa1111", UniqueID: "1795521600.7", Sequence: sequence, Direction: In, Disposition: d,
		StartedAt: noon, EndedAt: after(ended),
	}
	if d == Answered {
		r.AnsweredAt = after(answered)
	}
	return r
}

func combined(records ...Record) Call {
	c := records[0].call()
	for _, r := range records[1:] {
		c, _ = Combine(c, r.call())
	}
	return c
}

func TestACallIsBilledForTheTimeInWhichAnythingHadAnswered(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		records []Record
		billed  int
		end     Disposition
	}{
		{"one part", []Record{part(1, Answered, 2, 62.9)}, 60, Answered},
		{"not answered", []Record{part(1, NoAnswer, 0, 30)}, 0, NoAnswer},
		{"one phone answers, another does not", []Record{part(1, NoAnswer, 0, 5), part(2, Answered, 5, 65)}, 60, Answered},
		{"a phone that does not answer comes last", []Record{part(1, Answered, 5, 65), part(2, Busy, 0, 65)}, 60, Answered},
		{"handed on", []Record{part(1, Answered, 0, 60), part(2, Answered, 60, 90)}, 90, Answered},
		{"handed on after a pause", []Record{part(1, Answered, 0, 60), part(2, Answered, 70, 90)}, 80, Answered},
		{"in a room with two others", []Record{part(1, Answered, 0, 60), part(2, Answered, 10, 60), part(3, Answered, 20, 40)}, 60, Answered},
		{"halves of seconds add up", []Record{part(1, Answered, 0, 1.5), part(2, Answered, 2, 3.5)}, 3, Answered},
		{"a trunk is full and the next one busy", []Record{part(1, Congestion, 0, 1), part(2, Busy, 0, 2)}, 0, Busy},
		{"an end before its beginning", []Record{part(1, Answered, 60, 0)}, 0, Answered},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := combined(tc.records...)
			require.Equal(t, tc.billed, c.BilledSeconds)
			require.Equal(t, tc.end, c.Disposition)
		})
	}
}

func TestTheOrderOfPartsAndHowOftenTheyComeMakesNoDifference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var records []Record
		for n := range rapid.IntRange(1, 6).Draw(t, "parts") {
			r := part(int64(n*3), rapid.SampledFrom(Dispositions()).Draw(t, "disposition"),
				rapid.Float64Range(0, 100).Draw(t, "answered"), rapid.Float64Range(0, 200).Draw(t, "ended"))
			r.Caller, r.Called = rapid.StringMatching(`\d{3}`).Draw(t, "caller"), rapid.StringMatching(`\d{3}`).Draw(t, "called")
			records = append(records, r)
		}
		want := combined(records...)
		shuffled := append(rapid.Permutation(records).Draw(t, "order"), rapid.SampledFrom(records).Draw(t, "again"))
		require.Equal(t, want, combined(shuffled...))
		left, right := combined(shuffled[:1]...), combined(shuffled...)
		whole, _ := Combine(left, right)
		require.Equal(t, want, whole)
		_, grown := Combine(want, left)
		require.False(t, grown)
	})
}

func TestAnIDIsMadeOfWhatAsteriskCallsTheChannel(t *testing.T) {
	t.Parallel()
	at := func(uniqueID string, start time.Time) string {
		id, _ := identify("aaaa1111", uniqueID, start)
		return id
	}
	first := at("1795521600.7", noon)
	require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, first)
	require.Equal(t, first, at("1795521600.7", after(3600)), "a later part")
	require.NotEqual(t, first, at("node-2-1795521600.7", noon), "another node")
	other, _ := identify("bbbb2222", "1795521600.7", noon)
	require.NotEqual(t, first, other, "another organisation")
	require.Less(t, first, at("1795521600.8", noon))
	require.Less(t, first, at("node-2-1795521601.1", noon))

	for _, own := range []string{"call-of-a-dialler", "17955216000000.1", "1795521600", "1795521600.x", "-5.1", ""} {
		id, start := identify("aaaa1111", own, after(7.9))
		require.Equal(t, after(7), start, own)
		require.GreaterOrEqual(t, id, FirstID(after(7)))
		require.Less(t, id, FirstID(after(7.1)))
	}
}

func TestASpanOfTimeIsARangeOfIDs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		start := noon.Add(time.Duration(rapid.Int64Range(-1e18, 1e18).Draw(t, "start")))
		limit := start.Add(time.Duration(rapid.Int64Range(-3e9, 3e9).Draw(t, "difference")))
		id, begun := identify("aaaa1111", "named by somebody", start)
		require.Equal(t, begun.Before(limit), id < FirstID(limit))
	})
}

func TestARecordThatCannotBeThatOfACallIsRefused(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*Record){
		"no organisation":   func(r *Record) { r.ContextPrefix = "" },
		"no channel":        func(r *Record) { r.UniqueID = "" },
		"no direction":      func(r *Record) { r.Direction = "" },
		"no disposition":    func(r *Record) { r.Disposition = "lost" },
		"no start":          func(r *Record) { r.StartedAt = time.Time{} },
		"a start long ago":  func(r *Record) { r.StartedAt = time.Unix(1, 0) },
		"an end far away":   func(r *Record) { r.EndedAt = time.Unix(1e12, 0) },
		"answered long ago": func(r *Record) { r.AnsweredAt = time.Unix(1, 0) },
	} {
		r := part(1, Answered, 0, 1)
		require.NoError(t, r.check())
		spoil(&r)
		require.ErrorIs(t, r.check(), ErrRecord, name)
	}
}

func TestWhatAPhoneSentIsKeptAsTextThatCanBeShown(t *testing.T) {
	t.Parallel()
	require.Equal(t, "Ärzte & Söhne", text("Ärzte\r\n & \x00Söhne\x1b\xff"))
	long := text("x" + strings.Repeat("ä", 300))
	require.LessOrEqual(t, len(long), maxText)
	require.Equal(t, "x"+strings.Repeat("ä", 99), long)
}
