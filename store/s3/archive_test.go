package s3_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/subject"
	"github.com/orgpbx/orgpbx/store/memstore"
	"github.com/orgpbx/orgpbx/store/s3"
)

// pbx is a service whose recordings begin in a folder and go to a bucket.
type pbx struct {
	*server
	calls   *cdr.Service
	options cdr.Options
	db      *memstore.Store
	o       org.Organization
	dir     string // the organisation's
	call    cdr.Call
	clock
}

// clock is a time that a test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

const sound = "the sound of a call"

// newPBX returns one with a call whose recording is sealed.
func newPBX(t *testing.T) *pbx {
	t.Helper()
	p := &pbx{server: serve(t), db: memstore.New(), clock: clock{now: time.Now().UTC()}}
	orgs := org.New(p.db, org.Options{})
	profile, err := orgs.Draft(org.General)
	require.NoError(t, err)
	profile.Name, profile.Compliance.RetentionRecordingDays = "Delta One", new(int)
	*profile.Compliance.RetentionRecordingDays = 1
	p.o, _, err = orgs.Create(t.Context(), profile)
	require.NoError(t, err)
	spool := t.TempDir()
	p.dir = filepath.Join(spool, p.o.ContextPrefix)
	require.NoError(t, os.Mkdir(p.dir, 0o700))
	p.options = cdr.Options{
		Recordings: cdr.RecordingsFolder(spool), Archive: p.bucket(t, func(*s3.Config) {}),
		Storage: cdr.Folders{spool}, Now: p.read,
	}
	p.calls = cdr.New(p.db, p.options)
	start := p.read()
	require.NoError(t, os.WriteFile(filepath.Join(p.dir, "1.wav"), []byte(sound), 0o600))
	require.NoError(t, p.calls.Record(t.Context(), []cdr.Record{{
		ContextPrefix: p.o.ContextPrefix, UniqueID: "1795506778.1", Direction: cdr.Out, Disposition: cdr.Answered, Called: "+15550100",
		StartedAt: start, AnsweredAt: start, EndedAt: start.Add(time.Second), Recording: "1.wav",
	}}))
	found, err := p.calls.List(t.Context(), p.o, cdr.Filter{}, org.Page{})
	require.NoError(t, err)
	p.call = found.Calls[0]
	p.pass(2 * time.Minute)
	require.NoError(t, p.calls.SealRecordings(t.Context()))
	return p
}

func (p *pbx) file() string { return filepath.Join(p.dir, "1.wav") }

// requirePlayed checks that the recording is there, whole and once.
func (p *pbx) requirePlayed(t *testing.T) {
	t.Helper()
	file, err := p.calls.OpenRecording(t.Context(), p.o, p.call.ID)
	require.NoError(t, err)
	text, err := io.ReadAll(file)
	require.NoError(t, err)
	require.Equal(t, sound, string(text))
	require.NoError(t, file.Close())
	e, err := p.calls.Evidence(t.Context(), p.o, p.call.ID, true)
	require.NoError(t, err)
	require.Equal(t, cdr.Intact, e.Check)
}

// requireMoved checks that the recording is in the bucket and nowhere else.
func (p *pbx) requireMoved(t *testing.T) {
	t.Helper()
	require.NoFileExists(t, p.file())
	p.requirePlayed(t)
	bytes, err := p.db.ArchivedBytes(t.Context(), p.o.ID)
	require.NoError(t, err)
	require.EqualValues(t, len(sound), bytes)
	left, err := p.db.UnarchivedRecordings(t.Context(), cdr.RecordingRef{}, 9)
	require.NoError(t, err)
	require.Empty(t, left)
}

func (p *pbx) requireInBucket(t *testing.T, want ...string) {
	t.Helper()
	var names []string
	require.NoError(t, p.options.Archive.List(t.Context(), p.o.ContextPrefix, func(name string) error {
		names = append(names, name)
		return nil
	}))
	require.Equal(t, want, names)
}

func TestASealedRecordingGoesToTheBucketAndIsPlayedFromThere(t *testing.T) {
	t.Parallel()
	p := newPBX(t)
	before, err := p.calls.OpenRecording(t.Context(), p.o, p.call.ID)
	require.NoError(t, err)
	require.NoError(t, before.Close())
	require.NoError(t, p.calls.ArchiveRecordings(t.Context()))
	p.requireMoved(t)
	after, err := p.calls.OpenRecording(t.Context(), p.o, p.call.ID)
	require.NoError(t, err)
	require.NoError(t, after.Close())
	require.Equal(t, before.RecordingInfo, after.RecordingInfo, "so who has half of it may go on")
	p.requests()
	require.NoError(t, p.calls.ArchiveRecordings(t.Context()))
	require.Empty(t, p.requests(), "once")
}

func TestARecordingStaysWhileTheBucketIsAwayAndIsMovedLater(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"away": away, "the upload breaks in the middle": inTheMiddle,
		"what is read is another thing": func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodGet {
				return false
			}
			_, _ = io.WriteString(w, strings.ToUpper(sound))
			return true
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPBX(t)
			p.breaks(fault)
			require.Error(t, p.calls.ArchiveRecordings(t.Context()))
			require.FileExists(t, p.file())
			p.requirePlayed(t)
			p.breaks(nil)
			require.NoError(t, p.calls.ArchiveRecordings(t.Context()))
			require.FileExists(t, p.file(), "the claim holds")
			p.pass(time.Hour)
			require.NoError(t, p.calls.ArchiveRecordings(t.Context()))
			p.requireMoved(t)
			p.requireInBucket(t, "1.wav")
		})
	}
}

// dying is a store or a folder of a process that dies at that point.
type dying struct {
	*memstore.Store
	cdr.Recordings
}

var errDied = errors.New("died")

// ArchiveRecording does nothing any more.
func (dying) ArchiveRecording(context.Context, string, string, time.Time) error { return errDied }

// Remove does nothing any more.
func (dying) Remove(context.Context, string, string) error { return errDied }

func TestAMoveThatIsKilledIsDoneAgain(t *testing.T) {
	t.Parallel()
	for name, die := range map[string]func(p *pbx) *cdr.Service{
		"after the upload": func(p *pbx) *cdr.Service {
			options := p.options
			options.Recordings = dying{Recordings: options.Recordings}
			return cdr.New(p.db, options)
		},
		"after the file was deleted": func(p *pbx) *cdr.Service {
			return cdr.New(dying{Store: p.db}, p.options)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPBX(t)
			require.ErrorIs(t, die(p).ArchiveRecordings(t.Context()), errDied)
			p.requirePlayed(t)
			p.requests()
			p.pass(time.Hour)
			require.NoError(t, p.calls.ArchiveRecordings(t.Context()))
			for _, r := range p.requests() {
				require.NotEqual(t, http.MethodPut, r.Method, "it is there")
			}
			p.requireMoved(t)
			p.requireInBucket(t, "1.wav")
		})
	}
}

func TestAFileThatWasChangedSinceItWasSealedIsNotMoved(t *testing.T) {
	t.Parallel()
	p := newPBX(t)
	require.NoError(t, os.WriteFile(p.file(), []byte("another"), 0o600))
	p.pass(time.Hour)
	require.ErrorContains(t, p.calls.ArchiveRecordings(t.Context()), "not what was sealed")
	require.FileExists(t, p.file())
	p.requireInBucket(t)
}

func TestRetentionDeletesFromTheBucketAndNotWhileItIsMoved(t *testing.T) {
	t.Parallel()
	p := newPBX(t)
	p.breaks(away)
	require.Error(t, p.calls.ArchiveRecordings(t.Context()))
	p.pass(48 * time.Hour)
	claimed, err := p.db.ClaimRecording(t.Context(), p.o.ID, p.call.ID, p.read(), p.read().Add(time.Minute))
	require.NoError(t, err)
	require.True(t, claimed)
	require.NoError(t, p.calls.Purge(t.Context()))
	require.FileExists(t, p.file(), "somebody uploads it")
	p.pass(time.Hour)
	require.ErrorIs(t, p.calls.Purge(t.Context()), org.ErrUnavailable)
	require.FileExists(t, p.file(), "both or neither")
	p.breaks(nil)
	put(t, p.bucket(t, func(*s3.Config) {}), p.o.ContextPrefix, "1.wav", sound, p.read())
	without := p.options
	without.Archive = nil
	require.ErrorContains(t, cdr.New(p.db, without).Purge(t.Context()), "archive")
	require.NoError(t, p.calls.ArchiveRecordings(t.Context()))
	p.requireInBucket(t, "1.wav")

	require.NoError(t, p.calls.Purge(t.Context()))
	require.NoFileExists(t, p.file())
	p.requireInBucket(t)
	_, err = p.db.Seal(t.Context(), p.o.ID, p.call.ID)
	require.ErrorIs(t, err, org.ErrNotFound)
}

func TestServersAtOnceMoveEachRecordingOnce(t *testing.T) {
	t.Parallel()
	p := newPBX(t)
	p.requests()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { _ = cdr.New(p.db, p.options).ArchiveRecordings(t.Context()) })
	}
	all.Wait()
	puts := 0
	for _, r := range p.requests() {
		if r.Method == http.MethodPut {
			puts++
		}
	}
	require.Equal(t, 1, puts)
	p.requireMoved(t)
}

func TestRecordingsOfADeletedOrganizationLeaveTheBucketToo(t *testing.T) {
	t.Parallel()
	p := newPBX(t)
	require.NoError(t, p.calls.ArchiveRecordings(t.Context()))
	require.NoError(t, os.WriteFile(filepath.Join(p.dir, "2.wav"), []byte(sound), 0o600))
	require.NoError(t, p.db.DeleteOrganization(t.Context(), p.o.ID, func(org.Organization) error { return nil }))
	p.breaks(away)
	require.ErrorIs(t, p.calls.Purge(t.Context()), org.ErrUnavailable)
	require.FileExists(t, filepath.Join(p.dir, "2.wav"))
	p.breaks(nil)
	require.NoError(t, p.calls.Purge(t.Context()))
	require.NoFileExists(t, filepath.Join(p.dir, "2.wav"))
	p.requireInBucket(t)
}

func TestAnErasureReachesTheBucket(t *testing.T) {
	t.Parallel()
	p := newPBX(t)
	require.NoError(t, p.calls.ArchiveRecordings(t.Context()))
	p.requireInBucket(t, "1.wav")
	requests := subject.New(p.db, subject.Options{Recordings: p.calls.Recordings(), Now: p.read})
	_, err := requests.Create(t.Context(), p.o.ID, subject.Draft{
		Kind: subject.Erase, Number: "+15550100", Reason: "somebody asked for it", Confirmed: true,
	})
	require.NoError(t, err)
	require.NoError(t, requests.Work(t.Context()))
	p.requireInBucket(t)
	_, err = p.db.Seal(t.Context(), p.o.ID, p.call.ID)
	require.ErrorIs(t, err, org.ErrNotFound)
}
