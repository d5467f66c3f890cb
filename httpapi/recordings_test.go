package httpapi_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/httpapi"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// recordings is a server with a folder of recordings.
func newRecordings(t *testing.T) (*server, string) {
	t.Helper()
	db, dir := memstore.New(), t.TempDir()
	return newServer(t, options{store: db, config: func(c *httpapi.Config) {
		c.Calls = cdr.New(db, cdr.Options{Recordings: cdr.RecordingsFolder(dir)})
	}}), dir
}

// newRecording writes the file of a call and returns the path of the operation.
func (s *server) newRecording(t *testing.T, o tenant, dir, name, text string) string {
	t.Helper()
	folder := filepath.Join(dir, o.get("/organization").text("context_prefix"))
	require.NoError(t, os.MkdirAll(folder, 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	return "/calls/" + s.newCall(t, o, cdr.Record{Recording: name}) + "/recording"
}

func TestARecordingIsSentWholeOrInParts(t *testing.T) {
	t.Parallel()
	s, dir := newRecordings(t)
	o := s.newTenant(t, "Delta One")
	path := s.newRecording(t, o, dir, "1795521600.7.wav", "0123456789")
	whole := o.get(path).expect(http.StatusOK)
	require.Equal(t, "0123456789", string(whole.body))
	require.Equal(t, "audio/wav", whole.header.Get("Content-Type"))
	require.Equal(t, `inline; filename="1795521600.7.wav"`, whole.header.Get("Content-Disposition"))
	require.Equal(t, "bytes", whole.header.Get("Accept-Ranges"))
	require.Equal(t, "no-store", whole.header.Get("Cache-Control"))
	etag := whole.header.Get("ETag")
	require.NotEmpty(t, etag)

	part := o.with("Range", "bytes=2-4").get(path).expect(http.StatusPartialContent)
	require.Equal(t, "234", string(part.body))
	require.Equal(t, "bytes 2-4/10", part.header.Get("Content-Range"))
	require.Equal(t, "89", string(o.with("Range", "bytes=-2").get(path).expect(http.StatusPartialContent).body))
	require.Equal(t, "234", string(o.with("Range", "bytes=2-4").with("If-Range", etag).get(path).expect(http.StatusPartialContent).body))
	require.Equal(t, "0123456789", string(o.with("Range", "bytes=2-4").with("If-Range", `"other"`).get(path).expect(http.StatusOK).body))
	require.Empty(t, o.with("If-None-Match", etag).get(path).expect(http.StatusNotModified).body)
	beyond := o.with("Range", "bytes=10-").get(path).expect(http.StatusRequestedRangeNotSatisfiable)
	require.Equal(t, "range_not_satisfiable", beyond.text("code"))
	require.Equal(t, "bytes */10", beyond.header.Get("Content-Range"))
	require.Equal(t, "precondition_failed", o.with("If-Match", `"other"`).get(path).expect(http.StatusPreconditionFailed).text("code"))
}

func TestEachListeningIsInTheTrail(t *testing.T) {
	t.Parallel()
	s, dir := newRecordings(t)
	o := s.newTenant(t, "Delta One")
	_, supervisor := o.join(s, "ear@example.com", "supervisor")
	_, viewer := o.join(s, "eye@example.com", "viewer")
	path := s.newRecording(t, o, dir, "1795521600.7.wav", "0123456789")
	supervisor.get(path).expect(http.StatusOK)
	supervisor.with("Range", "bytes=0-1").get(path).expect(http.StatusPartialContent)
	viewer.get(path).expect(http.StatusForbidden)
	var told []string
	for _, e := range o.get("/audit-log?operation=get-recording").expect(http.StatusOK).items() {
		require.Equal(t, "recording", at[string](t, e, "object", "kind"))
		require.Equal(t, "/calls/"+at[string](t, e, "object", "id")+"/recording", path)
		told = append(told, at[string](t, e, "actor", "name")+" "+at[string](t, e, "outcome"))
	}
	require.Equal(t, []string{"eye@example.com forbidden", "ear@example.com ok", "ear@example.com ok"}, told)
}

func TestARecordingOfAnotherOrganizationIsAbsent(t *testing.T) {
	t.Parallel()
	s, dir := newRecordings(t)
	mine, theirs := s.newTenant(t, "Delta One"), s.newTenant(t, "Delta Two")
	path := s.newRecording(t, theirs, dir, "1795521600.7.wav", "theirs")
	prefix := theirs.get("/organization").text("context_prefix")
	s.newRecording(t, mine, dir, "1.wav", "mine")
	mine.get(path).expect(http.StatusNotFound)
	s.admin.on(mine.id).get(path).expect(http.StatusNotFound)
	// What a call says of its recording comes from Asterisk, and is not trusted either.
	for n, name := range []string{
		"../" + prefix + "/1795521600.7.wav", filepath.Join(dir, prefix, "1795521600.7.wav"), "1795521600.7.wav", "..", "", "1.wav/../../" + prefix,
	} {
		id := s.newCall(t, mine, cdr.Record{Sequence: int64(n), StartedAt: time.Now().Add(time.Duration(n+1) * time.Second), Recording: name})
		mine.get("/calls/" + id + "/recording").expect(http.StatusNotFound)
	}
	require.Equal(t, "theirs", string(s.admin.on(theirs.id).get(path).expect(http.StatusOK).body))
	mine.get("/calls/" + unknownID + "/recording").expect(http.StatusNotFound)
}

func TestCallsWithARecordingAreListed(t *testing.T) {
	t.Parallel()
	s, dir := newRecordings(t)
	o := s.newTenant(t, "Delta One")
	s.newCall(t, o, cdr.Record{StartedAt: time.Now().Add(-time.Hour)})
	s.newRecording(t, o, dir, "1.wav", "mine")
	require.Len(t, o.get("/calls").items(), 2)
	require.Len(t, o.get("/calls?recorded=false").items(), 2)
	require.Len(t, o.get("/calls?recorded=true").items(), 1)
	o.get("/calls?recorded=perhaps").breaks("recorded")
}

func TestEvidenceBindsTheConsentToWhatWasRecorded(t *testing.T) {
	t.Parallel()
	s, dir := newRecordings(t)
	o, other := s.newTenant(t, "Delta One"), s.newTenant(t, "Delta Two")
	path := s.newRecording(t, o, dir, "1.wav", "agreed")
	evidence := strings.Replace(path, "/recording", "/evidence", 1)
	file := filepath.Join(dir, o.get("/organization").text("context_prefix"), "1.wav")
	seen := func(query string) any { return o.get(evidence + query).expect(http.StatusOK).value("recording") }
	pending := map[string]any{"name": "1.wav", "state": "pending", "sha256": nil, "bytes": nil, "sealed_at": nil, "check": nil}
	require.Equal(t, pending, seen(""))
	require.NoError(t, s.calls.SealRecordings(t.Context()))
	require.Equal(t, pending, seen("?verify=true"), "it may still be written")

	past := time.Now().Add(-2 * time.Minute)
	require.NoError(t, os.Chtimes(file, past, past))
	require.NoError(t, s.calls.SealRecordings(t.Context()))
	sum := sha256.Sum256([]byte("agreed"))
	require.Equal(t, hex.EncodeToString(sum[:]), at[string](t, seen(""), "sha256"))
	require.Equal(t, "sealed", at[string](t, seen(""), "state"))
	require.InDelta(t, 6.0, at[float64](t, seen(""), "bytes"), 0)
	require.Nil(t, at[any](t, seen(""), "check"))
	require.Equal(t, "intact", at[string](t, seen("?verify=true"), "check"))

	require.NoError(t, os.WriteFile(file, []byte("AGREED"), 0o600))
	require.Equal(t, "changed", at[string](t, seen("?verify=true"), "check"), "a moment ago")
	require.NoError(t, os.Chtimes(file, past, past))
	require.NoError(t, s.calls.SealRecordings(t.Context()))
	require.Equal(t, "changed", at[string](t, seen("?verify=true"), "check"))
	require.Equal(t, hex.EncodeToString(sum[:]), at[string](t, seen(""), "sha256"))
	require.NoError(t, os.Remove(file))
	require.Equal(t, "missing", at[string](t, seen("?verify=true"), "check"))

	o.get(evidence + "?verify=maybe").breaks("verify")
	other.get(evidence).expect(http.StatusNotFound)
	bare := s.newCall(t, o, cdr.Record{StartedAt: time.Now().Add(time.Minute)})
	require.Nil(t, o.get("/calls/"+bare+"/evidence").expect(http.StatusOK).value("recording"))
	require.NotEmpty(t, o.get("/audit-log?operation=get-evidence").items())
}

// A call that nobody answered is said to be recorded, and no file comes.
func TestARecordingWithoutASoundIsAbsentInTheEnd(t *testing.T) {
	t.Parallel()
	s, _ := newRecordings(t)
	o := s.newTenant(t, "Delta One")
	state := func(ended time.Time) any {
		id := s.newCall(t, o, cdr.Record{StartedAt: ended, Recording: "1.wav"})
		require.NoError(t, s.calls.SealRecordings(t.Context()))
		return at[string](t, o.get("/calls/"+id+"/evidence").expect(http.StatusOK).value("recording"), "state")
	}
	require.Equal(t, "absent", state(time.Now().Add(-2*time.Hour)))
	require.Equal(t, "pending", state(time.Now()))
}
