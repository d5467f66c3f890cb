package httpapi_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/httpapi"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// newCall records a call of the organisation as a PBX would, and returns its id.
// Fields that are not given are those of a call that just ended.
func (s *server) newCall(t *testing.T, o tenant, r cdr.Record) string {
	t.Helper()
	if r.StartedAt.IsZero() {
		r.StartedAt = time.Now().Truncate(time.Second)
	}
	if r.EndedAt.IsZero() {
		r.EndedAt = r.StartedAt
	}
	if r.Direction == "" {
		r.Direction = cdr.In
	}
	if r.Disposition == "" {
		r.Disposition = cdr.NoAnswer
	}
	r.ContextPrefix = o.get("/organization").expect(http.StatusOK).text("context_prefix")
	r.UniqueID = fmt.Sprintf("%d.%d", r.StartedAt.Unix(), r.Sequence)
	require.NoError(t, s.calls.Record(t.Context(), []cdr.Record{r}))
	list := o.get("/calls?limit=1").expect(http.StatusOK).items()
	require.Len(t, list, 1)
	return at[string](t, list[0], "id")
}

func TestACallShowsAllThatIsKnownOfIt(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	start := time.Date(2026, time.January, 5, 9, 30, 0, 0, time.UTC)
	limit, used := 30, 31
	id := s.newCall(t, o, cdr.Record{
		Sequence: 7, LinkedID: "1.1", Direction: cdr.Out, Disposition: cdr.Answered, Caller: "+14155550100", CallerName: "Ada",
		Called: "94155550123", Endpoint: "x-phone", AnsweredBy: "x-trunk", StartedAt: start, AnsweredAt: start.Add(4 * time.Second),
		EndedAt: start.Add(154 * time.Second), Emergency: true, Recording: "a.wav",
		Denial:  cdr.Denial{Reason: "concurrent_calls", Limit: &limit, Used: &used},
		Consent: cdr.Consent{Mode: "opt_out", Choice: "recorded", Digit: "1", Prompt: "orgpbx/recording-opt-out@fb729848", At: start.Add(2 * time.Second)},
	})
	want := `{"id":"` + id + `","direction":"out","disposition":"answered","caller":"+14155550100","caller_name":"Ada",
		"called":"94155550123","endpoint":"x-phone","answered_by":"x-trunk","started_at":"2026-01-05T09:30:00Z",
		"answered_at":"2026-01-05T09:30:04Z","ended_at":"2026-01-05T09:32:34Z","billed_seconds":150,"emergency":true,
		"denial":{"reason":"concurrent_calls","limit":30,"used":31},
		"consent":{"mode":"opt_out","choice":"recorded","digit":"1","prompt":"orgpbx/recording-opt-out@fb729848",
			"at":"2026-01-05T09:30:02Z"},
		"recording":"a.wav","erased":false,"related_to":"1.1"}`
	require.JSONEq(t, want, string(o.get("/calls/"+id).expect(http.StatusOK).body))

	bare := s.newCall(t, o, cdr.Record{StartedAt: start.Add(time.Hour)})
	require.JSONEq(t, `{"id":"`+bare+`","direction":"in","disposition":"no_answer","caller":"","caller_name":"","called":"",
		"endpoint":"","answered_by":"","started_at":"2026-01-05T10:30:00Z","answered_at":null,"ended_at":"2026-01-05T10:30:00Z",
		"billed_seconds":0,"emergency":false,"denial":null,"consent":null,"recording":"","erased":false,"related_to":""}`,
		string(o.get("/calls/"+bare).expect(http.StatusOK).body))
}

func TestCallsAreFilteredAndPaged(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	start := time.Date(2026, time.January, 5, 9, 30, 0, 0, time.UTC)
	for n := range 5 {
		s.newCall(t, o, cdr.Record{
			Sequence: int64(n), StartedAt: start.Add(time.Duration(n) * time.Minute), Caller: fmt.Sprintf("+1415555010%d", n),
			Direction: cdr.Directions()[n%3], Disposition: cdr.Dispositions()[n],
		})
	}
	callers := func(query string) string {
		var last []string
		for _, c := range o.get("/calls?" + query).expect(http.StatusOK).items() {
			caller := at[string](t, c, "caller")
			last = append(last, caller[len(caller)-1:])
		}
		return strings.Join(last, "")
	}
	for query, want := range map[string]string{
		"":                          "43210",
		"from=2026-01-05T09:32:00Z": "432",
		"to=2026-01-05T09:32:00Z":   "10",
		"from=2026-01-05T15:01:00%2B05:30&to=2026-01-05T15:03:00%2B05:30": "21",
		"direction=out":                   "41",
		"disposition=busy":                "2",
		"q=5550103":                       "3",
		"q=(415)+555-0103":                "3",
		"q=%2B14155550103":                "3",
		"q=%2B5550103":                    "",
		"q=1415555":                       "",
		"q=50103":                         "3",
		"q=50103&to=2026-01-06T00:00:00Z": "3",
		"direction=in&q=%2B1415":          "30",
		"q=nobody":                        "",
	} {
		require.Equal(t, want, callers(query), query)
	}
	first := o.get("/calls?limit=2").expect(http.StatusOK)
	next := o.get("/calls?limit=2&cursor=" + url.QueryEscape(first.text("next_cursor"))).expect(http.StatusOK)
	require.Len(t, next.items(), 2)
	require.Nil(t, o.get("/calls?limit=2&cursor="+url.QueryEscape(next.text("next_cursor"))).expect(http.StatusOK).value("next_cursor"))

	o.get("/calls?from=yesterday&to=2026&q=%00").breaks("from", "to", "q")
	o.get("/calls?direction=up&disposition=lost&from=2026-01-06T00:00:00Z&to=2026-01-05T00:00:00Z").breaks("direction", "disposition", "to")
	o.get("/calls?number=1").breaks("number")
}

func TestAPageOfCallsMayBeShortAndSaysHowFarBackItLooked(t *testing.T) {
	t.Parallel()
	db := memstore.New()
	s := newServer(t, options{store: db, config: func(c *httpapi.Config) { c.Calls = cdr.New(db, cdr.Options{Look: 4}) }})
	o, other := s.newTenant(t, "Delta One"), s.newTenant(t, "Delta Two")
	start := time.Date(2026, time.January, 5, 9, 30, 0, 0, time.UTC)
	for n := range 10 {
		r := cdr.Record{Sequence: int64(n), StartedAt: start.Add(time.Duration(n) * time.Minute), Caller: fmt.Sprint(1000 + n)}
		if n == 1 || n == 5 {
			r.Disposition = cdr.Busy
		}
		s.newCall(t, o, r)
	}
	s.newCall(t, other, cdr.Record{StartedAt: start, Disposition: cdr.Busy})

	type part struct {
		callers    []string
		searchedTo any
	}
	walk := func(c client, query string) (parts []part) {
		for cursor := ""; ; {
			answer := c.get("/calls?" + query + cursor).expect(http.StatusOK)
			p := part{searchedTo: answer.value("searched_to")}
			for _, one := range answer.items() {
				p.callers = append(p.callers, at[string](t, one, "caller"))
			}
			parts = append(parts, p)
			if answer.value("next_cursor") == nil {
				return parts
			}
			cursor = "&cursor=" + url.QueryEscape(answer.text("next_cursor"))
		}
	}
	require.Equal(t, []part{
		{nil, "2026-01-05T09:36:00Z"}, {[]string{"1005"}, "2026-01-05T09:32:00Z"}, {[]string{"1001"}, nil},
	}, walk(o.client, "disposition=busy"))
	require.Equal(t, []part{
		{nil, "2026-01-05T09:36:00Z"}, {[]string{"1005"}, nil}, {[]string{"1001"}, nil},
	}, walk(o.client, "disposition=busy&limit=1"))
	require.Equal(t, []part{{nil, "2026-01-05T09:36:00Z"}, {nil, "2026-01-05T09:32:00Z"}, {nil, nil}}, walk(o.client, "q=nobody"))
	require.Equal(t, []part{{nil, nil}}, walk(o.client, "q=nobody&from=2026-01-05T09:37:00Z"))
	require.Equal(t, []part{{nil, nil}}, walk(o.client, "q=5550100"), "an index finds that there is none")

	// A cursor of somebody else is a place in time, and no more.
	cursor := o.get("/calls?q=nobody").text("next_cursor")
	require.Len(t, other.get("/calls?disposition=busy&cursor="+url.QueryEscape(cursor)).expect(http.StatusOK).items(), 1)
}

// busy counts calls as a PBX would; it is asked for one organisation.
type busy struct{ of string }

func (b *busy) ConcurrentCalls(_ context.Context, contextPrefix string) (int, error) {
	if contextPrefix != b.of {
		return 0, context.DeadlineExceeded
	}
	return 27, nil
}

func TestUsageTellsOfMinutesCallsAndStorage(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.January, 31, 19, 0, 0, 0, time.UTC) // February 1st, 0:30, in India
	db, counter := memstore.New(), &busy{}
	s := newServer(t, options{store: db, config: func(c *httpapi.Config) {
		c.Calls = cdr.New(db, cdr.Options{Counter: counter, Now: func() time.Time { return now }})
	}})
	o, other := s.newTenant(t, "Delta One"), s.newTenant(t, "Delta Two")
	counter.of = o.get("/organization").text("context_prefix")
	s.admin.patch("/organizations/"+o.id, `{"settings":{"time_zone":"Mars/Olympus"}}`).breaks("settings.time_zone")
	s.admin.patch("/organizations/"+o.id, `{"settings":{"time_zone":"Asia/Kolkata"},"limits":{"monthly_minutes":10,"concurrent_calls":30}}`).
		expect(http.StatusOK)
	talk := func(o tenant, n int, before, length time.Duration) {
		begin := now.Add(-before)
		s.newCall(t, o, cdr.Record{
			Sequence: int64(n), StartedAt: begin, AnsweredAt: begin, EndedAt: begin.Add(length), Disposition: cdr.Answered,
		})
	}
	talk(o, 1, 31*time.Minute, time.Hour)                 // in January there
	talk(o, 2, 30*time.Minute, 8*time.Minute+time.Second) // 9 minutes
	talk(other, 3, 31*time.Minute, time.Hour)             // in January in UTC
	require.Equal(t, map[string]any{"used": 9.0, "limit": 10.0, "level": "near", "runs_out_on": nil}, o.get("/usage").value("monthly_minutes"))
	require.Equal(t, map[string]any{"used": 27.0, "limit": 30.0, "level": "near"}, o.get("/usage").value("concurrent_calls"))
	require.Equal(t, map[string]any{"used": nil, "bytes": nil, "limit": 50.0, "level": nil}, o.get("/usage").value("storage_gb"))
	require.Equal(t, map[string]any{"used": nil, "limit": 30.0, "level": nil}, other.get("/usage").value("concurrent_calls"))
	require.Equal(t, map[string]any{"used": 60.0, "limit": 50_000.0, "level": "ok", "runs_out_on": nil}, other.get("/usage").value("monthly_minutes"), "in UTC it is still January")
	require.Equal(t, "UTC", at[any](t, other.get("/organization").value("settings"), "time_zone"))
}
