package httpapi_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/httpapi"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/subject"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// newSubjects is newRecordings with requests of data subjects.
func newSubjects(t *testing.T) (*server, string) {
	t.Helper()
	db, dir := memstore.New(), t.TempDir()
	return newServer(t, options{store: db, config: func(c *httpapi.Config) {
		c.Calls = cdr.New(db, cdr.Options{Recordings: cdr.RecordingsFolder(dir)})
		c.Subjects = subject.New(db, subject.Options{Recordings: cdr.RecordingsFolder(dir)})
	}}), dir
}

// asked sends a request about a number and has it worked off.
func (s *server) asked(t *testing.T, c client, kind, query string) (path string, done answer) {
	t.Helper()
	created := c.post("/subject-requests"+query, `{"kind":"`+kind+`","number":"+14155550100","reason":"Letter of 24 November 2026"}`).expect(http.StatusCreated)
	require.Equal(t, "pending", created.text("state"))
	require.Nil(t, created.value("report"))
	require.NoError(t, s.subjects.Work(t.Context()))
	path = "/subject-requests/" + created.text("id")
	return path, c.get(path).expect(http.StatusOK)
}

// erased is how much of a class was.
func (a answer) erased(class string) int {
	return int(at[float64](a.t, a.value("report"), class, "erased", "count"))
}

func TestANumberIsFoundExportedAndErased(t *testing.T) {
	t.Parallel()
	s, dir := newSubjects(t)
	o, other := s.newTenant(t, "Delta One"), s.newTenant(t, "Delta Two")
	folder := filepath.Join(dir, o.get("/organization").text("context_prefix"))
	require.NoError(t, os.MkdirAll(folder, 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "1.wav"), []byte("sound"), 0o600))
	id := s.newCall(t, o, cdr.Record{Caller: "+14155550100", CallerName: "Ada", Called: "+914440001000", Recording: "1.wav"})
	theirs := s.newCall(t, other, cdr.Record{Caller: "+14155550100"})
	o.post("/users", `{"extension":"101","phone_number":"+14155550100"}`).expect(http.StatusCreated)

	_, found := s.asked(t, o.client, "find", "")
	require.Equal(t, "done", found.text("state"))
	require.Equal(t, 1, int(at[float64](t, found.value("report"), "calls", "found", "count")))
	require.Equal(t, "user", at[string](t, at[[]any](t, found.value("report"), "own")[0], "kind"))
	require.Equal(t, 1, int(at[float64](t, found.value("report"), "trail_entries")))
	require.Equal(t, []any{"voicemail"}, at[[]any](t, found.value("report"), "unreached"))
	require.Contains(t, at[[]any](t, found.value("report"), "not_covered"), "asterisk_queue_log")

	path, export := s.asked(t, o.client, "export", "")
	require.Equal(t, "ready", export.text("state"))
	require.NotNil(t, export.value("fetch_until"))
	fetched := o.get(path + "/export").expect(http.StatusOK)
	require.Equal(t, "application/zip", fetched.header.Get("Content-Type"))
	require.Equal(t, `attachment; filename="subject-request-`+export.text("id")+`.zip"`, fetched.header.Get("Content-Disposition"))
	files, err := zip.NewReader(bytes.NewReader(fetched.body), int64(len(fetched.body)))
	require.NoError(t, err)
	for name, want := range map[string]string{
		"calls.json": `"caller":"+14155550100"`, "evidence.json": `"organization_id":"` + o.id, "recordings/" + id + ".wav": "sound",
		"manifest.json": `"number": "+14155550100"`,
	} {
		file, err := files.Open(name)
		require.NoError(t, err)
		text, err := io.ReadAll(file)
		require.NoError(t, err)
		require.Contains(t, string(text), want)
	}

	_, dry := s.asked(t, o.client, "erase", "")
	require.Equal(t, true, dry.value("dry_run"))
	require.Zero(t, dry.erased("calls"))
	require.Equal(t, "Ada", o.get("/calls/"+id).text("caller_name"))
	path, erased := s.asked(t, o.client, "erase", "?confirm=true")
	require.Equal(t, false, erased.value("dry_run"))
	require.Equal(t, 1, erased.erased("calls"))
	require.Equal(t, 1, erased.erased("recordings"))
	call := o.get("/calls/" + id).expect(http.StatusOK)
	require.Equal(t, true, call.value("erased"))
	require.Empty(t, call.text("caller")+call.text("caller_name")+call.text("recording"))
	require.Equal(t, "+914440001000", call.text("called"))
	require.Equal(t, "+14155550100", other.get("/calls/"+theirs).text("caller"))
	o.get("/calls/" + id + "/recording").expect(http.StatusNotFound)
	require.NoFileExists(t, filepath.Join(folder, "1.wav"))
	o.get(path+"/export").problem(http.StatusConflict, "export_not_ready")

	list := o.get("/subject-requests").expect(http.StatusOK)
	require.Len(t, list.items(), 4)
	require.NotContains(t, string(list.body), "4155550100", "the number is never shown")
	require.Empty(t, other.get("/subject-requests").items())
}

func TestRequestsOfDataSubjectsAreInTheTrail(t *testing.T) {
	t.Parallel()
	s, _ := newSubjects(t)
	o := s.newTenant(t, "Delta One")
	owner, asOwner := o.join(s, "head@example.com", "owner")
	path, export := s.asked(t, asOwner, "export", "")
	require.Equal(t, "member", export.text("by_kind"))
	require.Equal(t, owner, export.text("by_id"))
	asOwner.get(path + "/export").expect(http.StatusOK)
	var told []string
	for _, e := range o.get("/audit-log?object=" + export.text("id")).items() {
		told = append(told, at[string](t, e, "actor", "kind")+" "+at[string](t, e, "operation")+" "+at[string](t, e, "outcome"))
	}
	require.Equal(t, []string{
		"member fetch-subject-export ok", "system prepare-subject-request ok", "member create-subject-request ok",
	}, told)
	require.NotContains(t, string(o.get("/audit-log").body), "4155550100")
}

func TestABrokenRequestOfADataSubjectIsRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	for body, fields := range map[string][]string{
		`{}`: {"kind", "number", "reason"},
		`{"kind":"forget","number":"+14155550100","reason":"x"}`: {"kind"},
		`{"kind":"find","number":"1","reason":"x"}`:              {"number"},
		`{"kind":"find","number":"+1 415","reason":"x"}`:         {"number"},
		`{"kind":"find","number":"%","reason":"<b>"}`:            {"number", "reason"},
	} {
		o.post("/subject-requests", body).breaks(fields...)
	}
	o.post("/subject-requests?confirm=yes", `{"kind":"erase","number":"+14155550100","reason":"x"}`).breaks("confirm")
	require.Empty(t, o.get("/subject-requests").items())
	for range subject.MaxOpen {
		o.post("/subject-requests", `{"kind":"find","number":"+14155550100","reason":"x"}`).expect(http.StatusCreated)
	}
	o.post("/subject-requests", `{"kind":"find","number":"+14155550100","reason":"x"}`).problem(http.StatusForbidden, "limit_exceeded")
}
