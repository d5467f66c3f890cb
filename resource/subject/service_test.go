package subject_test

import (
	"context"
	"errors"
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
	"github.com/orgpbx/orgpbx/store/memstore"
)

const somebody = "+14155550100"

var noon = time.Date(2026, time.November, 24, 12, 0, 0, 0, time.UTC)

// disk is folders of recordings, of mailboxes and of the queue log, of which the test can
// have each deletion fail.
type disk struct {
	cdr.RecordingsFolder
	voicemail.Folder
	subject.QueueLogFolder

	recording, message func() error // before one goes; nil: nothing
	after              func() error // when one is gone; nil: nothing
}

// recordings, mailboxes and queueLog are the sides of a disk.
type (
	recordings struct{ *disk }
	mailboxes  struct{ *disk }
	queueLog   struct{ *disk }
)

func (d recordings) Open(ctx context.Context, prefix, name string) (cdr.RecordingFile, error) {
	return d.RecordingsFolder.Open(ctx, prefix, name)
}

// Remove implements [cdr.Recordings].
func (d recordings) Remove(ctx context.Context, prefix, name string) error {
	return around(d.recording, d.after, func() error { return d.RecordingsFolder.Remove(ctx, prefix, name) })
}

func (d mailboxes) Open(ctx context.Context, prefix string, m voicemail.Message, file string) (io.ReadCloser, error) {
	return d.Folder.Open(ctx, prefix, m, file)
}

// Remove implements [voicemail.Mailboxes].
func (d mailboxes) Remove(ctx context.Context, prefix string, m voicemail.Message) (gone bool, err error) {
	err = around(d.message, d.after, func() error {
		gone, err = d.Folder.Remove(ctx, prefix, m)
		return err
	})
	return gone, err
}

// Blank implements [subject.QueueLog].
func (d queueLog) Blank(ctx context.Context, prefix string, his func(subject.QueueLine) bool) error {
	return around(nil, d.after, func() error { return d.QueueLogFolder.Blank(ctx, prefix, his) })
}

func around(before, after, do func() error) error {
	if before != nil {
		if err := before(); err != nil {
			return err
		}
	}
	if err := do(); err != nil || after == nil {
		return err
	}
	return after()
}

// fixture is an organisation that keeps three recorded calls and three messages of
// somebody, and a clock that the test moves.
type fixture struct {
	db   *memstore.Store
	o    org.Organization
	disk *disk
	now  time.Time
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{db: memstore.New(), now: noon, disk: &disk{
		RecordingsFolder: cdr.RecordingsFolder(t.TempDir()), Folder: voicemail.Folder(t.TempDir()),
		QueueLogFolder: subject.QueueLogFolder(t.TempDir()),
	}}
	orgs := org.New(f.db, org.Options{})
	profile, err := orgs.Draft(org.General)
	require.NoError(t, err)
	profile.Name = "Delta One"
	f.o, _, err = orgs.Create(t.Context(), profile)
	require.NoError(t, err)
	var queued strings.Builder
	for i := range 3 {
		name := fmt.Sprintf("%d.wav", i)
		write(t, filepath.Join(string(f.disk.RecordingsFolder), f.o.ContextPrefix, name), "sound")
		start := noon.Add(time.Duration(i-5) * time.Hour)
		require.NoError(t, cdr.New(f.db, cdr.Options{}).Record(t.Context(), []cdr.Record{{
			ContextPrefix: f.o.ContextPrefix, UniqueID: fmt.Sprintf("%d.%d", start.Unix(), i), Direction: cdr.In, Disposition: cdr.Answered,
			Caller: somebody, StartedAt: start, AnsweredAt: start, EndedAt: start.Add(time.Minute), Recording: name,
		}}))
		f.message(t, fmt.Sprintf("1001/INBOX/msg%04d", i), somebody, start)
		_, _ = fmt.Fprintf(&queued, "%[1]d|%[1]d.%[2]d|%[3]s-2010|NONE|ENTERQUEUE||%[4]s|1\n", start.Unix(), i, f.o.ContextPrefix, somebody)
	}
	write(t, filepath.Join(string(f.disk.QueueLogFolder), "queue_log"), queued.String())
	return f
}

func write(t *testing.T, file, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o750))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
}

func (f *fixture) mailbox(name string) string {
	return filepath.Join(string(f.disk.Folder), f.o.ContextPrefix, filepath.FromSlash(name))
}

// message leaves one as Asterisk does.
func (f *fixture) message(t *testing.T, name, from string, at time.Time) {
	t.Helper()
	write(t, f.mailbox(name+".wav"), "voice")
	write(t, f.mailbox(name+".txt"), fmt.Sprintf("[message]\ncallerid=\"Ada\" <%s>\norigtime=%d\nmsg_id=%d-1\n", from, at.Unix(), at.Unix()))
}

// server is one process on the store.
func (f *fixture) server() *subject.Service {
	return subject.New(f.db, subject.Options{
		Recordings: recordings{f.disk}, Mailboxes: mailboxes{f.disk}, QueueLog: queueLog{f.disk}, Now: func() time.Time { return f.now },
	})
}

func (f *fixture) erase(t *testing.T) subject.Request {
	t.Helper()
	r, err := f.server().Create(t.Context(), f.o.ID, subject.Draft{
		Kind: subject.Erase, Number: somebody, Reason: "A letter", Confirmed: true, By: audit.Actor{Kind: audit.Organization, ID: f.o.ID},
	})
	require.NoError(t, err)
	return r
}

// goOn has another server work when the first was not heard of for long.
func (f *fixture) goOn(t *testing.T) error {
	t.Helper()
	f.disk.recording, f.disk.message, f.disk.after = nil, nil, nil
	f.now = f.now.Add(time.Hour)
	return f.server().Work(t.Context())
}

func (f *fixture) get(t *testing.T, r subject.Request) subject.Request {
	t.Helper()
	r, err := f.server().Get(t.Context(), f.o.ID, r.ID)
	require.NoError(t, err)
	return r
}

// files counts those of messages and recordings.
func (f *fixture) files(t *testing.T) (count int) {
	t.Helper()
	for _, dir := range []string{string(f.disk.RecordingsFolder), string(f.disk.Folder)} {
		require.NoError(t, filepath.WalkDir(dir, func(_ string, entry os.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				count++
			}
			return err
		}))
	}
	return count
}

// log is the queue log as it is.
func (f *fixture) log(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(string(f.disk.QueueLogFolder), "queue_log"))
	require.NoError(t, err)
	return string(text)
}

func (f *fixture) requireErased(t *testing.T, r subject.Request) {
	t.Helper()
	done := f.get(t, r)
	require.Equal(t, subject.Done, done.State)
	require.Empty(t, done.Number)
	for _, c := range done.Report.Classes() {
		if c.Name != subject.DeliveriesClass { // nobody is told of anything
			require.Equal(t, c.Found, c.Erased, c.Name)
			require.Equal(t, 3, c.Erased.Count, c.Name)
		}
	}
	require.NotContains(t, f.log(t), "4155550100")
	require.Zero(t, f.files(t))
	calls, err := f.db.Calls(t.Context(), f.o.ID, cdr.Filter{}, org.Page{})
	require.NoError(t, err)
	for _, c := range calls {
		require.Empty(t, c.Caller+c.Recording)
		require.Equal(t, 60, c.BilledSeconds)
	}
}

func TestAnErasureThatIsKilledAnywhereIsFinishedByAnother(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 7; n++ { // files and messages that are gone before, and the lines at last
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			ctx, kill := context.WithCancel(t.Context())
			gone := 0
			f.disk.after = func() error {
				gone++
				if gone == n {
					kill()
					return ctx.Err()
				}
				return nil
			}
			r := f.erase(t)
			require.ErrorIs(t, f.server().Work(ctx), context.Canceled)
			require.Equal(t, subject.Pending, f.get(t, r).State)
			require.NoError(t, f.server().Work(t.Context()), "nobody takes it while it may be worked on")
			require.Equal(t, subject.Pending, f.get(t, r).State)
			require.NoError(t, f.goOn(t))
			f.requireErased(t, r)
		})
	}
}

func TestWhatCannotBeDeletedKeepsItsCallAndIsTriedAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	stuck := errors.New("the disk is read only")
	f.disk.recording, f.disk.message = func() error { return stuck }, func() error { return stuck }
	r := f.erase(t)
	require.ErrorIs(t, f.server().Work(t.Context()), stuck)
	got := f.get(t, r)
	require.Equal(t, subject.Pending, got.State)
	require.Zero(t, got.Report.Calls.Erased.Count+got.Report.Recordings.Erased.Count+got.Report.Voicemail.Erased.Count)
	require.Equal(t, 9, f.files(t))
	calls, err := f.db.Calls(t.Context(), f.o.ID, cdr.Filter{Query: somebody}, org.Page{})
	require.NoError(t, err)
	require.Len(t, calls, 3)
	require.NoError(t, f.goOn(t))
	f.requireErased(t, r)
}

func TestAServerWithoutTheFolderLeavesRecordedCallsToOneThatHasIt(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := f.erase(t)
	blind := subject.New(f.db, subject.Options{Now: func() time.Time { return f.now }})
	require.Error(t, blind.Work(t.Context()))
	require.Equal(t, []string{subject.RecordingsClass, subject.VoicemailClass}, f.get(t, r).Report.Unreached)
	require.Contains(t, f.get(t, r).Report.NotCovered(), "asterisk_queue_log")
	require.Equal(t, 9, f.files(t))
	require.NoError(t, f.goOn(t))
	got := f.get(t, r)
	require.Equal(t, subject.Done, got.State)
	require.Equal(t, 3, got.Report.Recordings.Erased.Count)
	require.Equal(t, 3, got.Report.QueueLog.Found.Count)
	require.Equal(t, got.Report.QueueLog.Found, got.Report.QueueLog.Erased)
	require.Contains(t, got.Report.NotCovered(), "asterisk_queue_log_table")
}

func TestAHoldThatComesInBetweenWins(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.disk.recording = func() error { return errors.New("not now") }
	r := f.erase(t)
	f.disk.message = func() error { return errors.New("not now") }
	require.Error(t, f.server().Work(t.Context()))
	_, err := hold.New(f.db, hold.Options{}).Place(t.Context(), f.o, hold.Draft{Target: hold.OfNumber, Value: somebody, Reason: "Case 12"})
	require.NoError(t, err)
	require.NoError(t, f.goOn(t))
	got := f.get(t, r)
	require.Equal(t, subject.Done, got.State)
	require.Zero(t, got.Report.Calls.Erased.Count+got.Report.Recordings.Erased.Count+got.Report.Voicemail.Erased.Count)
	require.Equal(t, 9, f.files(t))
}

func TestAMessageThatHasAnothersPlaceIsNotDeleted(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var list []voicemail.Message
	require.NoError(t, f.disk.Messages(t.Context(), f.o.ContextPrefix, func(m voicemail.Message) error {
		list = append(list, m)
		return nil
	}))
	require.Len(t, list, 3)
	require.EqualValues(t, len("voice"), list[0].Files[1].Bytes)
	f.message(t, "1001/INBOX/msg0000", "+12125550100", noon)
	gone, err := f.disk.Folder.Remove(t.Context(), f.o.ContextPrefix, list[0])
	require.NoError(t, err)
	require.False(t, gone)
	require.FileExists(t, f.mailbox("1001/INBOX/msg0000.wav"))
	gone, err = f.disk.Folder.Remove(t.Context(), f.o.ContextPrefix, list[1])
	require.NoError(t, err)
	require.True(t, gone)
	require.NoFileExists(t, f.mailbox("1001/INBOX/msg0001.wav"))
	require.NoFileExists(t, f.mailbox("1001/INBOX/msg0001.txt"))
}

func TestNoMessageLeadsOutOfItsFolder(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	secret := filepath.Join(t.TempDir(), "INBOX")
	write(t, filepath.Join(secret, "msg0000.txt"), "callerid="+somebody)
	require.NoError(t, os.MkdirAll(f.mailbox("1002"), 0o750))
	require.NoError(t, os.Symlink(secret, f.mailbox("1002/INBOX")))
	require.NoError(t, os.Symlink(filepath.Join(secret, "msg0000.txt"), f.mailbox("1001/INBOX/msg0009.txt")))
	require.NoError(t, os.Symlink(f.mailbox("1001"), f.mailbox("1003")))
	count := 0
	require.NoError(t, f.disk.Messages(t.Context(), f.o.ContextPrefix, func(voicemail.Message) error {
		count++
		return nil
	}))
	require.Equal(t, 3, count)
	for _, m := range []voicemail.Message{
		{Mailbox: "1002", Folder: "INBOX", Name: "msg0000"},
		{Mailbox: "..", Folder: "INBOX", Name: "msg0000"},
		{Mailbox: "1001", Folder: "INBOX", Name: "../msg0000"},
		{Mailbox: "1001", Folder: "INBOX", Name: "msg0009"},
	} {
		_, err := f.disk.Folder.Open(t.Context(), f.o.ContextPrefix, m, m.Name+".txt")
		require.Error(t, err, m)
		gone, err := f.disk.Folder.Remove(t.Context(), f.o.ContextPrefix, m)
		require.NoError(t, err)
		require.False(t, gone)
	}
	require.FileExists(t, filepath.Join(secret, "msg0000.txt"))
	for _, prefix := range []string{"", "..", "other", "a/b"} {
		require.NoError(t, f.disk.Messages(t.Context(), prefix, func(voicemail.Message) error { return errors.New("nobody's") }))
	}
}

func TestAReasonDoesNotRepeatTheNumber(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := f.server().Create(t.Context(), f.o.ID, subject.Draft{Kind: subject.Find, Number: somebody, Reason: "Letter of 415 555 0100"})
	var broken *org.InvalidError
	require.ErrorAs(t, err, &broken)
	require.Equal(t, "reason", broken.Fields[0].Field)
}

func TestADryRunIsConfirmedByTheNumberAlone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.server()
	asked := func(kind subject.Kind) subject.Request {
		r, err := s.Create(t.Context(), f.o.ID, subject.Draft{Kind: kind, Number: somebody, Reason: "A letter"})
		require.NoError(t, err)
		return r
	}
	dry, found := asked(subject.Erase), asked(subject.Find)
	by := audit.Actor{Kind: audit.Organization, ID: f.o.ID}
	_, err := s.Confirm(t.Context(), f.o.ID, dry.ID, somebody, by)
	require.ErrorIs(t, err, org.ErrNotFound, "it is not known yet what would go")
	require.NoError(t, s.Work(t.Context()))
	_, err = s.Confirm(t.Context(), f.o.ID, found.ID, somebody, by)
	require.ErrorIs(t, err, org.ErrNotFound)
	var broken *org.InvalidError
	_, err = s.Confirm(t.Context(), f.o.ID, dry.ID, "4155550100", by)
	require.ErrorAs(t, err, &broken)
	require.Equal(t, "number", broken.Fields[0].Field)
	require.Equal(t, 9, f.files(t))
	r, err := s.Confirm(t.Context(), f.o.ID, dry.ID, somebody, by)
	require.NoError(t, err)
	require.Equal(t, "A letter", r.Reason)
	require.Equal(t, by.ID, r.ByID)
	require.NoError(t, s.Work(t.Context()))
	f.requireErased(t, r)
}

func TestReportsSayWhatIsSeenInPart(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	logs := []subject.QueueLog{f.disk.QueueLogFolder, subject.QueueLogFolder(t.TempDir())}
	write(t, filepath.Join(string(logs[1].(subject.QueueLogFolder)), "queue_log"),
		fmt.Sprintf("1795506778|1795506778.9|%s-2010|NONE|ENTERQUEUE||%s|1\n", f.o.ContextPrefix, somebody))
	requests := subject.New(f.db, subject.Options{
		Mailboxes: f.disk.Folder, QueueLog: subject.QueueLogs(logs), PartlySeen: []string{subject.VoicemailClass},
		Now: func() time.Time { return f.now },
	})
	r, err := requests.Create(t.Context(), f.o.ID, subject.Draft{Kind: subject.Find, Number: somebody, Reason: "A letter"})
	require.NoError(t, err)
	require.NoError(t, requests.Work(t.Context()))
	found := f.get(t, r).Report
	require.Equal(t, []string{subject.RecordingsClass, subject.VoicemailClass}, found.Unreached)
	require.Equal(t, 4, found.QueueLog.Found.Count, "of both nodes")
	require.NoError(t, subject.QueueLogs(logs).Blank(t.Context(), f.o.ContextPrefix, func(subject.QueueLine) bool { return true }))
	for _, log := range logs {
		text, err := os.ReadFile(filepath.Join(string(log.(subject.QueueLogFolder)), "queue_log"))
		require.NoError(t, err)
		require.NotContains(t, string(text), somebody)
	}
}

func TestAMessageThatMovesWhileItIsErasedIsErasedToo(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := f.erase(t)
	moves := true
	f.disk.message = func() error {
		if moves { // to where it was not seen yet
			f.message(t, "1001/INBOX/msg0009", somebody, noon.Add(-time.Minute))
			moves = false
		}
		return nil
	}
	require.Error(t, f.server().Work(t.Context()))
	require.NoError(t, f.goOn(t))
	require.Equal(t, subject.Done, f.get(t, r).State)
	require.Zero(t, f.files(t))
}
