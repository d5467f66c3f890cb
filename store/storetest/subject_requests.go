package storetest

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/subject"
	"github.com/orgpbx/orgpbx/resource/voicemail"
	"github.com/orgpbx/orgpbx/store"
)

// subjectRequestTests are of package subject on the backend, with real files.
var subjectRequestTests = []test{
	{"what is kept of a number is found in every class, and in no other organization", foundEverywhere},
	{"a number is erased from every class, and from no other organization", erasedEverywhere},
	{"a legal hold keeps what it is on, and the request says so", heldSubjects},
	{"an export has all that is kept, with the hash of each file", exportedSubject},
}

// somebody is who the requests are about.
const somebody = "+14155550100"

// stage is two organisations that keep the same of somebody, with files.
type stage struct {
	db                          store.Store
	o, other                    org.Organization
	recordings, voicemail, logs string
	*subject.Service
}

func newStage(t *testing.T, db store.Store) *stage {
	t.Helper()
	s := &stage{db: db, o: addOrganization(t, db), other: addOrganization(t, db), recordings: t.TempDir(), voicemail: t.TempDir(), logs: t.TempDir()}
	s.Service = subject.New(db, subject.Options{
		Recordings: cdr.RecordingsFolder(s.recordings), Mailboxes: voicemail.Folder(s.voicemail),
		QueueLog: subject.QueueLogFolder(s.logs), Key: []byte("key"),
	})
	var queued strings.Builder
	for _, o := range []org.Organization{s.o, s.other} {
		addWebhook(t, db, o.ID)
		for i, caller := range []string{somebody, "4155550100", "+12125550100"} {
			r := sampleCallRecord(o, i)
			r.Caller, r.CallerName, r.Recording = caller, "Ada Lovelace", fmt.Sprintf("%d.wav", i)
			write(t, filepath.Join(s.recordings, o.ContextPrefix, r.Recording), "sound of "+caller)
			recordCalls(t, db, r)
			s.message(t, o, i, `"Ada" <`+caller+`>`, r.StartedAt)
			_, _ = fmt.Fprintf(&queued, "%[1]d|%[1]d.%[2]d|%[3]s-2010|NONE|ENTERQUEUE||%[4]s|1\n%[1]d|%[1]d.%[2]d|%[3]s-2010|NONE|ABANDON|1|1|0\n",
				r.StartedAt.Unix(), i, o.ContextPrefix, caller)
		}
		called := sampleCallRecord(o, 3)
		called.Called, called.Recording = "0014155550100", ""
		recordCalls(t, db, called)
	}
	write(t, filepath.Join(s.logs, "queue_log"), queued.String())
	return s
}

func write(t *testing.T, file, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o750))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
}

// message leaves a message as Asterisk does.
func (s *stage) message(t *testing.T, o org.Organization, n int, from string, at time.Time) {
	t.Helper()
	name := filepath.Join(s.voicemail, o.ContextPrefix, "1001", "INBOX", fmt.Sprintf("msg%04d", n))
	write(t, name+".wav", "voice of "+from)
	write(t, name+".txt", fmt.Sprintf(";\n; Message Information file\n;\n[message]\norigmailbox=1001\nrdnis=unknown\ncallerid=%s\norigtime=%d\nmsg_id=%d-%d\nduration=7\n",
		from, at.Unix(), at.Unix(), n))
}

// ask has a request worked off.
func (s *stage) ask(t *testing.T, draft subject.Draft) subject.Request {
	t.Helper()
	draft.Number, draft.Reason = somebody, "Letter of 24 November 2026"
	draft.By = audit.Actor{Kind: audit.Member, ID: newID()}
	created, err := s.Create(t.Context(), s.o.ID, draft)
	require.NoError(t, err)
	require.Equal(t, subject.Pending, created.State)
	require.NoError(t, s.Work(t.Context()))
	done, err := s.Get(t.Context(), s.o.ID, created.ID)
	require.NoError(t, err)
	require.Equal(t, draft.By.Kind, done.ByKind)
	require.Equal(t, draft.By.ID, done.ByID)
	return done
}

// counts are of what was found, held and erased.
func counts(c subject.Class) [3]int { return [3]int{c.Found.Count, c.Held.Count, c.Erased.Count} }

func (s *stage) requireCounts(t *testing.T, r subject.Request, calls, recordings, messages, deliveries, queueLog [3]int) {
	t.Helper()
	require.Equal(t, calls, counts(r.Report.Calls), "calls")
	require.Equal(t, recordings, counts(r.Report.Recordings), "recordings")
	require.Equal(t, messages, counts(r.Report.Voicemail), "voicemail")
	require.Equal(t, deliveries, counts(r.Report.Deliveries), "deliveries")
	require.Equal(t, queueLog, counts(r.Report.QueueLog), "queue log")
}

// keeps is all that an organisation keeps, by which a change shows.
func (s *stage) keeps(t *testing.T, o org.Organization) string {
	t.Helper()
	hooks, err := s.db.Webhooks().List(t.Context(), o.ID, org.Page{})
	require.NoError(t, err)
	var all bytes.Buffer
	rows := json.NewEncoder(&all)
	require.NoError(t, rows.Encode(allCalls(t, s.db, o.ID)))
	require.NoError(t, rows.Encode(deliveries(t, s.db, o.ID, hooks[0].ID)))
	for _, dir := range []string{s.recordings, s.voicemail} {
		require.NoError(t, filepath.WalkDir(filepath.Join(dir, o.ContextPrefix), func(path string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := os.ReadFile(path) //nolint:gosec // of the test
			_, _ = fmt.Fprintln(&all, path, string(text))
			return err
		}))
	}
	log, err := os.ReadFile(filepath.Join(s.logs, "queue_log"))
	require.NoError(t, err)
	for line := range strings.Lines(string(log)) {
		if strings.Contains(line, "|"+o.ContextPrefix+"-") {
			all.WriteString(line)
		}
	}
	return all.String()
}

func foundEverywhere(t *testing.T, db store.Store) {
	s := newStage(t, db)
	before := s.keeps(t, s.o)
	u := sampleUser(1)
	u.PhoneNumber = somebody
	users.add(t, db, s.o.ID, u)
	r := s.ask(t, subject.Draft{Kind: subject.Find})
	s.requireCounts(t, r, [3]int{3, 0, 0}, [3]int{2, 0, 0}, [3]int{2, 0, 0}, [3]int{3, 0, 0}, [3]int{2, 0, 0})
	require.Equal(t, subject.Done, r.State)
	require.Empty(t, r.Number)
	require.Len(t, r.Report.Own, 1)
	require.Equal(t, u.ID, r.Report.Own[0].ID)
	require.Equal(t, callsBegin, r.Report.Calls.Found.First)
	require.Equal(t, callsBegin.Add(3*time.Second), r.Report.Calls.Found.Latest)
	dry := s.ask(t, subject.Draft{Kind: subject.Erase})
	require.True(t, dry.DryRun)
	require.Equal(t, r.NumberHash, dry.NumberHash)
	s.requireCounts(t, dry, [3]int{3, 0, 0}, [3]int{2, 0, 0}, [3]int{2, 0, 0}, [3]int{3, 0, 0}, [3]int{2, 0, 0})
	require.Equal(t, before, s.keeps(t, s.o))
}

func erasedEverywhere(t *testing.T, db store.Store) {
	s := newStage(t, db)
	theirs, billed := s.keeps(t, s.other), billedSeconds(t, db, s.o.ID)
	r := s.ask(t, subject.Draft{Kind: subject.Erase, Confirmed: true})
	s.requireCounts(t, r, [3]int{3, 0, 3}, [3]int{2, 0, 2}, [3]int{2, 0, 2}, [3]int{3, 0, 3}, [3]int{2, 0, 2})
	require.Equal(t, subject.Done, r.State)
	require.Equal(t, theirs, s.keeps(t, s.other))
	require.Equal(t, billed, billedSeconds(t, db, s.o.ID))
	left := s.keeps(t, s.o)
	require.NotContains(t, left, "4155550100")
	require.Contains(t, left, "sound of +12125550100")
	require.Contains(t, left, "voice of \"Ada\" <+12125550100>")
	calls := allCalls(t, db, s.o.ID) // newest first
	require.Len(t, calls, 4)
	require.Equal(t, []bool{true, false, true, true}, []bool{calls[0].Erased, calls[1].Erased, calls[2].Erased, calls[3].Erased})
	require.Equal(t, "+15550003", calls[0].Caller, "the other one stays")
	require.Equal(t, "+4930123456", calls[3].Called)
	require.NotZero(t, calls[0].BilledSeconds)

	var told []string
	for _, e := range trail(t, db, s.o.ID) {
		details, err := e.Reveal()
		require.NoError(t, err)
		require.NotContains(t, e.Details, "4155550100")
		require.Equal(t, audit.Object{Kind: "subject_request", ID: r.ID}, e.Object)
		for _, d := range details.Changes {
			told = append(told, e.Operation+" "+d.Kind)
		}
	}
	require.Equal(t, []string{
		"erase-subject-request subject_request", "erase-subject-request calls", "erase-subject-request recordings",
		"erase-subject-request subject_request", "erase-subject-request voicemail",
		"erase-subject-request subject_request", "erase-subject-request webhook_deliveries",
		"erase-subject-request subject_request", "erase-subject-request queue_log",
		"finish-subject-request subject_request",
	}, told)
	requireWhole(t, db, s.o.ID)
	again := s.ask(t, subject.Draft{Kind: subject.Erase, Confirmed: true})
	s.requireCounts(t, again, [3]int{}, [3]int{}, [3]int{}, [3]int{}, [3]int{})
	require.Equal(t, left, s.keeps(t, s.o))
}

func heldSubjects(t *testing.T, db store.Store) {
	s := newStage(t, db)
	calls := allCalls(t, db, s.o.ID)
	held := placeHold(t, db, s.o.ID, hold.OfCall, calls[3].ID, "")
	r := s.ask(t, subject.Draft{Kind: subject.Erase, Confirmed: true})
	s.requireCounts(t, r, [3]int{3, 1, 2}, [3]int{2, 1, 1}, [3]int{2, 1, 1}, [3]int{3, 1, 2}, [3]int{2, 1, 1})
	require.Equal(t, calls[3], allCalls(t, db, s.o.ID)[3])
	releaseHold(t, db, s.o.ID, held)
	placeHold(t, db, s.o.ID, hold.OfNumber, "5550100", "")
	before := s.keeps(t, s.o)
	r = s.ask(t, subject.Draft{Kind: subject.Erase, Confirmed: true})
	s.requireCounts(t, r, [3]int{1, 1, 0}, [3]int{1, 1, 0}, [3]int{1, 1, 0}, [3]int{1, 1, 0}, [3]int{1, 1, 0})
	require.Equal(t, 1, r.Report.Holds)
	require.Equal(t, before, s.keeps(t, s.o))
}

func exportedSubject(t *testing.T, db store.Store) {
	s := newStage(t, db)
	r := s.ask(t, subject.Draft{Kind: subject.Export})
	require.Equal(t, subject.Ready, r.State)
	require.NoError(t, os.Remove(filepath.Join(s.recordings, s.o.ContextPrefix, "1.wav")))
	shapes := subject.Shapes{Call: func(c cdr.Call) any { return c }, Evidence: func(_ string, e cdr.Evidence) any { return e }}
	_, err := s.OpenExport(t.Context(), s.other.ID, r.ID, shapes)
	require.ErrorIs(t, err, org.ErrNotFound)
	opened, err := s.OpenExport(t.Context(), s.o.ID, r.ID, shapes)
	require.NoError(t, err)
	var text bytes.Buffer
	require.NoError(t, opened.Write(t.Context(), &text))
	archive, err := zip.NewReader(bytes.NewReader(text.Bytes()), int64(text.Len()))
	require.NoError(t, err)
	files := map[string][]byte{}
	for _, f := range archive.File {
		file, err := f.Open()
		require.NoError(t, err)
		files[f.Name], err = io.ReadAll(file)
		require.NoError(t, err)
	}
	var manifest subject.Manifest
	require.NoError(t, json.Unmarshal(files[subject.ManifestName], &manifest))
	require.Equal(t, somebody, manifest.Number)
	require.Len(t, manifest.Files, len(files)-1)
	for _, f := range manifest.Files {
		sum := sha256.Sum256(files[f.Name])
		require.Equal(t, hex.EncodeToString(sum[:]), f.SHA256, f.Name)
		require.EqualValues(t, len(files[f.Name]), f.Bytes)
	}
	calls := allCalls(t, db, s.o.ID)
	require.Equal(t, []string{"recordings/" + calls[2].ID + ".wav"}, manifest.Missing)
	require.Equal(t, "sound of "+somebody, string(files["recordings/"+calls[3].ID+".wav"]))
	require.Contains(t, string(files["voicemail/1001/INBOX/msg0001.txt"]), "4155550100")
	require.Contains(t, files, "voicemail/1001/INBOX/msg0000.wav")
	require.NotContains(t, files, "voicemail/1001/INBOX/msg0002.wav")
	require.Equal(t, 2, strings.Count(string(files["queue_log.txt"]), "|"+s.o.ContextPrefix+"-2010|NONE|ABANDON|"))
	require.Equal(t, 4, strings.Count(string(files["queue_log.txt"]), "\n"))
	for name, n := range map[string]int{"calls.json": 3, "evidence.json": 2, "webhook_deliveries.json": 3} {
		var list []json.RawMessage
		require.NoError(t, json.Unmarshal(files[name], &list), name)
		require.Len(t, list, n, name)
	}

	// When nobody may fetch it any longer, the number is forgotten.
	later := subject.New(db, subject.Options{Now: func() time.Time { return r.FetchUntil }})
	_, err = later.OpenExport(t.Context(), s.o.ID, r.ID, shapes)
	require.ErrorIs(t, err, subject.ErrNotReady)
	require.NoError(t, later.Work(t.Context()))
	over, err := s.Get(t.Context(), s.o.ID, r.ID)
	require.NoError(t, err)
	require.Equal(t, subject.Done, over.State)
	require.Empty(t, over.Number)
	_, err = s.OpenExport(t.Context(), s.o.ID, r.ID, shapes)
	require.ErrorIs(t, err, subject.ErrNotReady)
}
