package editor_test

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// call saves one that began at a moment, answered for a length, and edited.
func (p *panel) call(t *testing.T, o org.Organization, at time.Time, answered time.Duration, edit func(*cdr.Record)) cdr.Call {
	t.Helper()
	r := cdr.Record{
		ContextPrefix: o.ContextPrefix, UniqueID: fmt.Sprintf("%d.1", at.Unix()), Direction: cdr.In, Disposition: cdr.Answered,
		Caller: "+14155550100", CallerName: "Ada Lovelace", Called: "+914440001000",
		StartedAt: at, AnsweredAt: at, EndedAt: at.Add(answered),
	}
	if edit != nil {
		edit(&r)
	}
	require.NoError(t, p.calls.Record(t.Context(), []cdr.Record{r}))
	found, err := p.calls.List(t.Context(), o, cdr.Filter{From: at, To: at.Add(time.Second)}, org.Page{})
	require.NoError(t, err)
	require.Len(t, found.Calls, 1)
	return found.Calls[0]
}

// record writes a second of silence where Asterisk would have recorded a call.
func (p *panel) record(t *testing.T, o org.Organization, name string) {
	t.Helper()
	const rate = 8000
	sound := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\x00\x00\x00\x00")
	binary.LittleEndian.PutUint32(sound[4:], 36+2*rate)
	binary.LittleEndian.PutUint32(sound[40:], 2*rate)
	folder := filepath.Join(p.recordings, o.ContextPrefix)
	require.NoError(t, os.MkdirAll(folder, 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(folder, name), append(sound, make([]byte, 2*rate)...), 0o600))
}

func TestCallsAreFoundByFiltersAndPages(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "/panel")
	o, other := p.organization(t, "Grand Hotel"), p.organization(t, "Other Hotel")
	path := "/organizations/" + o.ID + "/calls"
	v := p.administrator(t)
	require.Contains(t, v.get(path).text, "None yet")
	p.call(t, other, today, time.Minute, func(r *cdr.Record) { r.Caller = "+14155559999" })
	for i := range 26 {
		p.call(t, o, today.Add(time.Duration(i)*time.Minute), 65*time.Second, func(r *cdr.Record) {
			r.Caller = fmt.Sprintf("+1415555%04d", i)
		})
	}
	limit, used := 3, 3
	denied := p.call(t, o, today.AddDate(0, 0, -3), 0, func(r *cdr.Record) {
		r.Direction, r.Disposition, r.AnsweredAt = cdr.Out, cdr.Failed, time.Time{}
		r.Caller, r.CallerName = "1001", "<b>Ravi</b>"
		r.Denial = cdr.Denial{Reason: "concurrent_calls", Limit: &limit, Used: &used}
	})

	first := v.get(path)
	require.Contains(t, first.plain(), "+14155550025")
	require.Contains(t, first.text, "1:05")
	require.NotContains(t, first.plain(), "+14155550000")
	require.NotContains(t, first.plain(), "+14155559999")
	next := regexp.MustCompile(`rel="next" href="/panel([^"]+)"`).FindStringSubmatch(first.text)
	require.NotNil(t, next)
	second := v.get(next[1])
	require.Contains(t, second.plain(), "+14155550000")
	require.Contains(t, second.text, "&lt;b&gt;Ravi&lt;/b&gt;")

	for query, want := range map[string][]string{
		"q=5550007":                        {"+14155550007"},
		"direction=out&disposition=failed": {"limit of concurrent calls"},
		"from=2026-11-13&to=2026-11-13":    {"limit of concurrent calls"},
		"to=2026-11-12":                    {"Nothing fits."},
		"from=2026-11-17&q=%00%ff":         {"Nothing fits."},
		"recorded=on":                      {"Nothing fits."},
		"from=soon":                        {"From must be a day such as 2026-01-05", `value="soon"`},
		"from=2026-11-14&to=2026-11-12":    {"Until must be later than from"},
		"direction=sideways":               {"Direction must be in, out or internal"},
	} {
		got := v.get(path + "?" + query).plain()
		for _, text := range want {
			require.Contains(t, got, text, query)
		}
		require.NotContains(t, got, "+14155550025", query)
	}
	filtered := v.get(path + "?disposition=answered&q=ada").text
	require.Regexp(t, `rel="next" href="[^"]*disposition=answered&amp;q=ada"`, filtered)

	page := v.get(path + "/" + denied.ID).text
	require.Contains(t, page, "Failed: limit of concurrent calls (limit 3)")
	require.Equal(t, http.StatusNotFound, v.get("/organizations/"+other.ID+"/calls/"+denied.ID).status)
}

func TestASearchThatStopsSaysHowFarBackItLookedAndGoesOn(t *testing.T) {
	t.Parallel()
	p := newPanelWith(t, "/panel", resource.NoPBX{}, memstore.New(), cdr.Options{Look: 4}, nil)
	o := p.organization(t, "Grand Hotel")
	for day := range 10 {
		p.call(t, o, today.AddDate(0, 0, -day), time.Minute, func(r *cdr.Record) {
			if day == 5 || day == 6 {
				r.CallerName = "Grace Hopper"
			}
		})
	}
	v := p.administrator(t)
	path := "/organizations/" + o.ID + "/calls"
	further := regexp.MustCompile(`<a rel="next" data-further href="/panel([^"]+)">Search further</a>`)
	next := func(s shown) string {
		found := further.FindStringSubmatch(s.text)
		require.NotNil(t, found)
		return html.UnescapeString(found[1])
	}
	first := v.get(path + "?q=hopper")
	require.Contains(t, first.text, `<span role="status" tabindex="-1">Looked back to 13 November 2026. There is more to look through.</span>`)
	require.NotContains(t, first.text, "Nothing fits")
	require.NotContains(t, first.text, "<table")
	second := v.get(next(first))
	require.Equal(t, 2, strings.Count(second.text, "Grace Hopper"))
	require.Contains(t, second.text, "Looked back to 9 November 2026.")
	require.Contains(t, second.text, `>First page</a>`)
	last := v.get(next(second))
	require.Contains(t, last.text, "Nothing fits")
	require.NotContains(t, last.text, "Looked back")

	// A script asks for what it misses of a page.
	one := v.get(next(first) + "&rows=1")
	require.Equal(t, 1, strings.Count(one.text, "Grace Hopper"))
	require.NotContains(t, one.text, "Looked back", "the page is full")
	require.Regexp(t, `rel="next" href="[^"]*after=[^"]*"`, one.text)
	require.NotContains(t, one.text, "rows=")
	for _, wrong := range []string{"0", "-1", "26", "x", ""} {
		require.Equal(t, 2, strings.Count(v.get(next(first)+"&rows="+wrong).text, "Grace Hopper"), wrong)
	}
}

func TestARecordingIsPlayedByWhoMayAndEachTimeIsInTheTrail(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	o, other := p.organization(t, "Grand Hotel"), p.organization(t, "Other Hotel")
	p.record(t, o, "1795521600.7.wav")
	p.record(t, other, "1795521600.7.wav")
	c := p.call(t, o, today, time.Minute, func(r *cdr.Record) { r.Recording = "1795521600.7.wav" })
	theirs := p.call(t, other, today, time.Minute, func(r *cdr.Record) { r.Recording = "1795521600.7.wav" })
	p.person(t, o, "ear@ge.com", member.Supervisor)
	p.person(t, o, "eye@ge.com", member.Viewer)
	path := "/organizations/" + o.ID + "/calls/" + c.ID + "/recording"

	ear := p.visitor(t)
	ear.signIn("ear@ge.com", userPassword)
	require.Contains(t, ear.get("/organizations/"+o.ID+"/calls").text, `src="`+path+`"`)
	sound := ear.get(path)
	require.Equal(t, "audio/wav", sound.header.Get("Content-Type"))
	require.True(t, strings.HasPrefix(sound.text, "RIFF"))
	require.Len(t, sound.text, 44+16000)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+path, http.NoBody)
	require.NoError(t, err)
	r.Header.Set("Range", "bytes=0-3")
	require.Equal(t, "RIFF", ear.send(r).text)
	require.Equal(t, http.StatusNotFound, ear.get("/organizations/"+o.ID+"/calls/"+theirs.ID+"/recording").status)
	require.Equal(t, http.StatusNotFound, ear.get("/organizations/"+other.ID+"/calls/"+theirs.ID+"/recording").status)

	eye := p.visitor(t)
	eye.signIn("eye@ge.com", userPassword)
	require.Equal(t, http.StatusForbidden, eye.get(path).status)
	require.Equal(t, http.StatusForbidden, eye.get("/organizations/"+o.ID+"/calls").status)

	told, err := p.trail.List(t.Context(), o.ID, audit.Filter{Operation: "get-recording"}, audit.Page{})
	require.NoError(t, err)
	var lines []string
	for _, e := range told {
		lines = append(lines, e.Object.Kind+" "+e.Outcome)
	}
	require.Equal(t, []string{"recording ok", "recording ok", "recording not_found", "recording not_found", "recording forbidden"}, lines)
	require.Equal(t, c.ID, told[0].Object.ID)
}

func TestUsageShowsTheMonthAndItsForecast(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	o := p.organization(t, "Grand Hotel")
	v := p.administrator(t)
	path := "/organizations/" + o.ID + "/usage"
	require.Contains(t, v.get(path).text, "There is no forecast yet")
	p.call(t, o, today.AddDate(0, 0, -2), 90*time.Minute, nil)
	p.call(t, o, today, 30*time.Minute, nil)
	got := v.get(path)
	require.Contains(t, got.text, "November 2026")
	require.Contains(t, got.text, `<th scope="row">2026-11-14</th><td data-label="Minutes">90</td><td data-label="Since the month began">90</td><td data-label="Stored">–</td>`)
	require.Contains(t, got.text, `<th scope="row">2026-11-16</th><td data-label="Minutes">30</td><td data-label="Since the month began">120</td><td data-label="Stored">–</td>`)
	require.Contains(t, got.text, `<polyline class="forecast"`)
	require.NotContains(t, got.text, `<path class="limit"`, "50,000 minutes are far above")
	require.Less(t, len(got.text), 100_000)
	require.Contains(t, got.text, "It was not measured this month.")
	require.NoError(t, p.db.KeepStorageDay(t.Context(), o.ID, cdr.StorageDay{Day: "2026-11-06", Bytes: 1_000_000_000}))
	require.Contains(t, v.get(path).text, "There is a forecast after two days.")
	require.NoError(t, p.db.KeepStorageDay(t.Context(), o.ID, cdr.StorageDay{Day: "2026-11-16", Bytes: 11_000_000_000}))
	got = v.get(path)
	require.Contains(t, got.text, "Stored, GB, in November 2026")
	require.Contains(t, got.text, "25 GB are stored at the end of the month")
	require.Contains(t, got.text, `<th scope="row">2026-11-16</th><td data-label="Minutes">30</td><td data-label="Since the month began">120</td><td data-label="Stored">11.0 GB</td>`)
	require.Contains(t, got.text, `<th scope="row">2026-11-15</th><td data-label="Minutes">0</td><td data-label="Since the month began">90</td><td data-label="Stored">–</td>`)

	_, err := p.orgs.Update(t.Context(), o.ID, 0, func(o *org.Profile) error {
		return o.Limits.MonthlyMinutes.UnmarshalJSON([]byte("150"))
	})
	require.NoError(t, err)
	got = v.get(path)
	require.Contains(t, got.text, "the minutes are used up on 2026-11-")
	require.Contains(t, got.text, `<path class="limit"`)
}
