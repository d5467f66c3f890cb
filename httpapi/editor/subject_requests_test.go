package editor_test

import (
	"archive/zip"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/subject"
)

// asker is whose number the calls of the tests have.
const asker = "+14155550100"

// message leaves one as Asterisk does.
func (p *panel) message(t *testing.T, o org.Organization, from string, at time.Time) {
	t.Helper()
	folder := filepath.Join(p.mailboxes, o.ContextPrefix, "1001", "INBOX")
	require.NoError(t, os.MkdirAll(folder, 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "msg0000.wav"), []byte("voice"), 0o600))
	about := fmt.Sprintf("[message]\ncallerid=\"Ada\" <%s>\norigtime=%d\nmsg_id=%d-1\n", from, at.Unix(), at.Unix())
	require.NoError(t, os.WriteFile(filepath.Join(folder, "msg0000.txt"), []byte(about), 0o600))
}

// queued has the queue log tell of a caller.
func (p *panel) queued(t *testing.T, o org.Organization, number string, at time.Time) {
	t.Helper()
	line := fmt.Sprintf("%d|%d.9|%s-2010|NONE|ENTERQUEUE||%s|1\n", at.Unix(), at.Unix(), o.ContextPrefix, number)
	require.NoError(t, os.WriteFile(filepath.Join(p.logs, "queue_log"), []byte(line), 0o600))
}

// asks sends the form of a new request and returns the page that it leads to, when the
// request is worked off.
func (v *visitor) asks(o org.Organization, kind subject.Kind) shown {
	v.t.Helper()
	path := "/organizations/" + o.ID + "/subject-requests"
	form := v.get(path+"/new").form(v.t, "number")
	form.Set("number", asker)
	form.Set("kind", string(kind))
	form.Set("reason", "Letter of 24 November 2026")
	pending := v.post(path+"/new", form)
	require.Contains(v.t, pending.text, "It is being worked on.")
	require.NoError(v.t, v.panel.subjects.Work(v.t.Context()))
	return v.get(pending.path)
}

func TestANumberIsFoundExportedAndErasedOnItsPages(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	o, other := p.organization(t, "Grand Hotel"), p.organization(t, "Other Hotel")
	p.record(t, o, "1795521600.7.wav")
	c := p.call(t, o, today, time.Minute, func(r *cdr.Record) { r.Recording = "1795521600.7.wav" })
	held := p.call(t, o, today.Add(-time.Hour), time.Minute, nil)
	theirs := p.call(t, other, today, time.Minute, nil)
	p.message(t, o, asker, today)
	p.queued(t, o, asker, today)
	_, err := p.holds.Place(t.Context(), o, hold.Draft{Target: hold.OfCall, Value: held.ID, Reason: "Case 12"})
	require.NoError(t, err)
	u := resource.UserDefaults()
	u.Extension, u.Username, u.FullName, u.PhoneNumber = "1001", "user1001", "Phone 1001", asker
	u, _, err = p.resources.Users().Create(t.Context(), o.ID, u)
	require.NoError(t, err)
	p.person(t, o, "head@ge.com", member.Owner)
	v := p.visitor(t)
	v.signIn("head@ge.com", userPassword)
	list := "/organizations/" + o.ID + "/subject-requests"
	require.Contains(t, v.get(list).text, "None yet")

	found := v.asks(o, subject.Find)
	require.Contains(t, found.text, `<td data-label="Found"><b>2</b><span class="sub">2026-11-16</span></td>`)
	require.Contains(t, found.text, `<td data-label="Kept by a legal hold"><b>1</b>`)
	require.Contains(t, found.text, `<a href="/organizations/`+o.ID+`/users/`+u.ID+`">`)
	require.Contains(t, found.text, `<a href="/organizations/`+o.ID+`/legal-holds">`)
	require.NotContains(t, found.text, "Would go")

	exported := v.asks(o, subject.Export)
	require.Contains(t, exported.text, "The export is ready")
	got := v.get(exported.path + "/export")
	require.Equal(t, "application/zip", got.header.Get("Content-Type"))
	files, err := zip.NewReader(strings.NewReader(got.text), int64(len(got.text)))
	require.NoError(t, err)
	var names []string
	for _, f := range files.File {
		names = append(names, f.Name)
	}
	require.Contains(t, names, "recordings/"+c.ID+".wav")
	require.Contains(t, names, "voicemail/1001/INBOX/msg0000.wav")
	require.Contains(t, names, "queue_log.txt")
	require.Contains(t, names, "manifest.json")
	none := v.get(found.path + "/export")
	require.Equal(t, http.StatusConflict, none.status)
	require.Contains(t, none.text, "There is nothing to fetch")

	dry := v.asks(o, subject.Erase)
	require.Contains(t, dry.text, `<td data-label="Would go"><b>1</b></td>`)
	form := dry.form(t, "number")
	for _, typed := range []string{"", "+14155550199", "4155550100"} {
		form.Set("number", typed)
		refused := v.post(dry.path+"/erase", form)
		require.Equal(t, http.StatusUnprocessableEntity, refused.status)
		require.Contains(t, refused.text, "must be the one that was looked for")
	}
	require.NoError(t, p.subjects.Work(t.Context()))
	require.FileExists(t, filepath.Join(p.recordings, o.ContextPrefix, "1795521600.7.wav"))
	form.Set("number", asker)
	erasing := v.post(dry.path+"/erase", form)
	require.NotEqual(t, dry.path, erasing.path)
	require.NoError(t, p.subjects.Work(t.Context()))
	erased := v.get(erasing.path)
	require.Contains(t, erased.text, `<td data-label="Erased"><b>1</b><span class="sub">2026-11-16</span></td>`)
	require.Contains(t, erased.text, "Legal holds win: 1 of what was found stays.")
	require.Contains(t, erased.text, cdr.DeletionOf([]string{c.ID}).IDsSHA256, "the proof")
	require.NoFileExists(t, filepath.Join(p.recordings, o.ContextPrefix, "1795521600.7.wav"))
	require.NoFileExists(t, filepath.Join(p.mailboxes, o.ContextPrefix, "1001", "INBOX", "msg0000.txt"))
	log, err := os.ReadFile(filepath.Join(p.logs, "queue_log"))
	require.NoError(t, err)
	require.Contains(t, string(log), "|ENTERQUEUE||xxxxxxxxxxxx|1")
	for id, caller := range map[string]string{c.ID: "", held.ID: asker} {
		call, err := p.calls.Get(t.Context(), o, id)
		require.NoError(t, err)
		require.Equal(t, caller, call.Caller)
	}
	call, err := p.calls.Get(t.Context(), other, theirs.ID)
	require.NoError(t, err)
	require.Equal(t, asker, call.Caller)

	all := v.get(list)
	require.Equal(t, 4, strings.Count(all.text, "<th scope=\"row\">"))
	require.NotContains(t, all.plain(), asker)
	require.Less(t, strings.Index(all.text, erasing.path), strings.Index(all.text, found.path), "newest first")
	require.Contains(t, all.text, "erased: 4 of 5, held: 1")
	told := strings.Join(p.trailOf(t, o.ID), "\n")
	require.Contains(t, told, "fetch-subject-export member ok\n")
	require.Contains(t, told, "create-subject-request member validation_failed\n")
	require.Contains(t, told, "erase-subject-request system ok\n")
	p.masks(t, o, true)
	require.NotContains(t, v.get("/organizations/"+o.ID+"/trail?operation=create-subject-request").plain(), asker)
}

func TestABrokenRequestOfADataSubjectIsShownAgain(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	o := p.organization(t, "Grand Hotel")
	v := p.administrator(t)
	path := "/organizations/" + o.ID + "/subject-requests/new"
	form := v.get(path).form(t, "number")
	form.Set("number", "0 1")
	form.Set("kind", "forget")
	form.Set("reason", "<b>")
	broken := v.post(path, form)
	require.Equal(t, http.StatusUnprocessableEntity, broken.status)
	for _, told := range []string{"Phone number must be 2 to 20 digits", "What is asked for must be find, export or erase", "Reason must be at most 200"} {
		require.Contains(t, broken.text, told)
	}
	require.Contains(t, broken.text, `value="0 1"`)
	form.Set("number", asker)
	form.Set("kind", "find")
	form.Set("reason", "x")
	for range subject.MaxOpen {
		_, err := p.subjects.Create(t.Context(), o.ID, subject.Draft{Kind: subject.Find, Number: asker, Reason: "x"})
		require.NoError(t, err)
	}
	full := v.post(path, form)
	require.Equal(t, http.StatusConflict, full.status)
	list := v.get("/organizations/" + o.ID + "/subject-requests")
	require.Equal(t, 25, strings.Count(list.text, "<th scope=\"row\">"))
	require.Contains(t, list.text, `rel="next"`)
}

func TestWhoMayNotSeesNothingOfDataSubjectsAndHolds(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	o, other := p.organization(t, "Grand Hotel"), p.organization(t, "Other Hotel")
	r, err := p.subjects.Create(t.Context(), o.ID, subject.Draft{Kind: subject.Find, Number: asker, Reason: "x"})
	require.NoError(t, err)
	foreign, err := p.subjects.Create(t.Context(), other.ID, subject.Draft{Kind: subject.Export, Number: asker, Reason: "x"})
	require.NoError(t, err)
	h, err := p.holds.Place(t.Context(), o, hold.Draft{Target: hold.OfOrganization, Reason: "Case 12"})
	require.NoError(t, err)
	c := p.call(t, o, today, time.Minute, nil)
	base := "/organizations/" + o.ID
	for _, role := range member.Roles() {
		p.person(t, o, string(role)+"@ge.com", role)
		v := p.visitor(t)
		home := v.signIn(string(role)+"@ge.com", userPassword)
		may := role == member.Owner || role == member.Admin
		require.NotContains(t, home.text, "/subject-requests", "they are in an area of their own")
		compliance := v.get(base + "/trail")
		require.Equal(t, may, strings.Contains(compliance.text, "/subject-requests"), role)
		require.Equal(t, may, strings.Contains(compliance.text, "/legal-holds"), role)
		if role.May(member.ReadCalls) {
			require.Equal(t, may, strings.Contains(v.get(base+"/calls/"+c.ID).text, "/legal-holds"), role)
		}
		for _, path := range []string{
			"/subject-requests", "/subject-requests/new", "/subject-requests/" + r.ID, "/legal-holds", "/legal-holds/" + h.ID + "/release",
		} {
			want := http.StatusForbidden
			if may {
				want = http.StatusOK
			}
			require.Equal(t, want, v.get(base+path).status, "%s %s", role, path)
		}
		if !may {
			for _, path := range []string{
				"/subject-requests/new", "/subject-requests/" + r.ID + "/erase", "/legal-holds", "/legal-holds/" + h.ID + "/release",
			} {
				refused := v.post(base+path, url.Values{"form_token": {home.token(t)}, "number": {asker}, "reason": {"x"}})
				require.Equal(t, http.StatusForbidden, refused.status, "%s %s", role, path)
			}
			require.Equal(t, http.StatusForbidden, v.get(base+"/subject-requests/"+r.ID+"/export").status)
			continue
		}
		require.Equal(t, http.StatusNotFound, v.get(base+"/subject-requests/"+foreign.ID).status)
		require.Equal(t, http.StatusNotFound, v.get(base+"/subject-requests/"+foreign.ID+"/export").status)
		require.Equal(t, http.StatusNotFound, v.get("/organizations/"+other.ID+"/subject-requests").status)
	}
}

func TestAHoldIsPlacedAndReleasedOnItsPages(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	o := p.masks(t, p.organization(t, "Grand Hotel"), true)
	v := p.administrator(t)
	path := "/organizations/" + o.ID + "/legal-holds"
	form := v.get(path).form(t, "value")
	form.Set("value", "0 1")
	broken := v.post(path, form)
	require.Equal(t, http.StatusUnprocessableEntity, broken.status)
	require.Contains(t, broken.text, "Number, or id of the call must be 2 to 20 digits")
	form.Set("value", asker)
	form.Set("reason", "Case 12")
	saved := v.post(path, form)
	require.Equal(t, http.StatusOK, saved.status)
	require.Contains(t, saved.plain(), "+141•••••00")
	require.NotContains(t, saved.plain(), asker)

	c := p.call(t, o, today, time.Minute, nil)
	filled := v.get(path+"?target=call&value="+c.ID).form(t, "value")
	require.Equal(t, []string{"call", c.ID}, []string{filled.Get("target"), filled.Get("value")})
	filled.Set("reason", "Case 13")
	require.Contains(t, v.post(path, filled).text, `/calls/`+c.ID)

	list, err := p.holds.List(t.Context(), o, org.Page{})
	require.NoError(t, err)
	require.Len(t, list, 2)
	release := path + "/" + list[0].ID + "/release"
	ask := v.get(release).form(t, "version")
	require.Contains(t, v.post(release, ask).text, "Reason of the release is required")
	ask.Set("reason", "The case is closed")
	ask.Set("version", "7")
	require.Equal(t, http.StatusConflict, v.post(release, ask).status)
	ask.Set("version", "1")
	done := v.post(release, ask)
	require.Contains(t, done.text, "The case is closed")
	require.NotContains(t, done.text, release)
	ask.Set("version", "2")
	require.Contains(t, v.post(release, ask).text, "It is released already.")
	require.Equal(t, []string{
		"place-legal-hold administrator validation_failed", "place-legal-hold administrator ok", "place-legal-hold administrator ok",
		"release-legal-hold administrator validation_failed", "release-legal-hold administrator precondition_failed",
		"release-legal-hold administrator ok", "release-legal-hold administrator hold_released",
	}, p.trailOf(t, o.ID))
	told, err := p.trail.List(t.Context(), o.ID, audit.Filter{Object: list[0].ID}, audit.Page{})
	require.NoError(t, err)
	require.Len(t, told, 5)
}
