package cdr_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// archive is a folder of recordings, of which the test sees each file go.
type archive struct {
	cdr.RecordingsFolder
	dir    string
	remove func(ctx context.Context, name string) error // before the file goes; nil: nothing
	after  func()                                       // when it is gone; nil: nothing
}

// Remove implements [cdr.Recordings].
func (a *archive) Remove(ctx context.Context, contextPrefix, name string) error {
	if a.remove != nil {
		if err := a.remove(ctx, name); err != nil {
			return err
		}
	}
	err := a.RecordingsFolder.Remove(ctx, contextPrefix, name)
	if a.after != nil {
		a.after()
	}
	return err
}

// newArchive returns a fixture that keeps calls and recordings for so many days.
func newArchive(t *testing.T, callDays, recordingDays *int) (*fixture, *archive) {
	t.Helper()
	dir := t.TempDir()
	a := &archive{RecordingsFolder: cdr.RecordingsFolder(dir), dir: dir}
	f := newFixture(t, func(p *org.Profile) {
		p.Compliance.RetentionCDRDays, p.Compliance.RetentionRecordingDays = callDays, recordingDays
	}, cdr.Options{Recordings: a})
	require.NoError(t, os.Mkdir(filepath.Join(dir, f.o.ContextPrefix), 0o700))
	return f, a
}

// recorded saves a call that began at a time and was recorded, with its file.
func (f *fixture) recorded(t *testing.T, a *archive, start time.Time) (file string) {
	t.Helper()
	f.n++
	name := fmt.Sprintf("%d.wav", f.n)
	file = filepath.Join(a.dir, f.o.ContextPrefix, name)
	require.NoError(t, os.WriteFile(file, []byte("sound"), 0o600))
	require.NoError(t, f.Record(t.Context(), []cdr.Record{{
		ContextPrefix: f.o.ContextPrefix, UniqueID: fmt.Sprintf("%d.%d", start.Unix(), f.n), Direction: cdr.Out,
		Disposition: cdr.Answered, StartedAt: start, AnsweredAt: start, EndedAt: start.Add(time.Second), Recording: name,
	}}))
	return file
}

func (f *fixture) all(t *testing.T) []cdr.Call {
	t.Helper()
	list, err := f.List(t.Context(), f.o, cdr.Filter{}, org.Page{})
	require.NoError(t, err)
	return list.Calls
}

func (f *fixture) trail(t *testing.T) []audit.Entry {
	t.Helper()
	list, err := f.db.Entries(t.Context(), f.o.ID, audit.Filter{}, audit.Page{})
	require.NoError(t, err)
	return list
}

func days(n int) *int { return &n }

func TestWhatIsPastItsDaysGoesAtMidnightThere(t *testing.T) {
	t.Parallel()
	midnight := time.Date(2026, time.November, 10, 18, 30, 0, 0, time.UTC) // the 11th begins in India
	for _, tc := range []struct {
		name                    string
		callDays, recordingDays *int
		wantCalls, wantFiles    int
		wantEntries             []string
	}{
		{name: "calls and recordings", callDays: days(2), recordingDays: days(1), wantCalls: 3, wantFiles: 2, wantEntries: []string{"purge-recordings", "purge-calls"}},
		{name: "a recording goes with its call", callDays: days(1), recordingDays: days(9), wantCalls: 2, wantFiles: 2, wantEntries: []string{"purge-recordings", "purge-calls"}},
		{name: "calls outlive recordings", recordingDays: days(1), wantCalls: 4, wantFiles: 2, wantEntries: []string{"purge-recordings"}},
		{name: "for ever", wantCalls: 4, wantFiles: 4},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f, a := newArchive(t, tc.callDays, tc.recordingDays)
			for _, start := range []time.Time{
				midnight.AddDate(0, 0, -2).Add(-time.Second), midnight.AddDate(0, 0, -1).Add(-time.Second),
				midnight.AddDate(0, 0, -1), midnight.Add(-time.Second),
			} {
				f.recorded(t, a, start)
			}
			f.set(midnight)
			for range 2 { // the second finds nothing to do
				require.NoError(t, f.Purge(t.Context()))
			}
			require.Len(t, f.all(t), tc.wantCalls)
			files, err := os.ReadDir(filepath.Join(a.dir, f.o.ContextPrefix))
			require.NoError(t, err)
			require.Len(t, files, tc.wantFiles)
			var entries []string
			for _, e := range f.trail(t) {
				require.Equal(t, audit.Actor{Kind: audit.System}, e.Actor)
				entries = append(entries, e.Operation)
			}
			require.Equal(t, tc.wantEntries, entries)
		})
	}
}

func TestTheTrailSaysWhatWasDeleted(t *testing.T) {
	t.Parallel()
	f, _ := newArchive(t, days(1), nil)
	f.talk(t, time.Minute)
	call := f.all(t)[0]
	f.set(f.options.Now().AddDate(0, 0, 2))
	require.NoError(t, f.Purge(t.Context()))
	list := f.trail(t)
	require.Len(t, list, 1)
	details, err := list[0].Reveal()
	require.NoError(t, err)
	fields := details.Changes[0].Fields
	require.JSONEq(t, "1", string(fields["count"].After))
	require.JSONEq(t, `"`+call.ID+`"`, string(fields["first_id"].After))
	require.JSONEq(t, `"`+call.ID+`"`, string(fields["last_id"].After))
	require.Len(t, string(fields["ids_sha256"].After), 2*32+2)
}

func TestACallStaysWhileTheFileOfItsRecordingCannotBeDeleted(t *testing.T) {
	t.Parallel()
	f, a := newArchive(t, days(1), nil)
	stuck, free := f.recorded(t, a, f.options.Now()), f.recorded(t, a, f.options.Now())
	f.set(f.options.Now().AddDate(0, 0, 2))
	broken := errors.New("the disk is read-only")
	a.remove = func(_ context.Context, name string) error {
		if name == filepath.Base(stuck) {
			return broken
		}
		return nil
	}
	require.ErrorIs(t, f.Purge(t.Context()), broken)
	require.FileExists(t, stuck)
	require.NoFileExists(t, free)
	left := f.all(t)
	require.Len(t, left, 1)
	require.Equal(t, filepath.Base(stuck), left[0].Recording)
	require.Len(t, f.trail(t), 2, "of the other recording and its call")

	a.remove = nil
	require.NoError(t, f.Purge(t.Context()))
	require.NoFileExists(t, stuck)
	require.Empty(t, f.all(t))
	require.Len(t, f.trail(t), 4)
}

func TestAPurgeThatIsKilledBetweenFileAndRowIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	f, a := newArchive(t, days(1), nil)
	file := f.recorded(t, a, f.options.Now())
	f.set(f.options.Now().AddDate(0, 0, 2))
	ctx, kill := context.WithCancel(t.Context())
	a.after = kill
	require.ErrorIs(t, f.Purge(ctx), context.Canceled)
	require.NoFileExists(t, file)
	require.Len(t, f.all(t), 1)
	require.Empty(t, f.trail(t))
	next := cdr.New(f.db, f.options) // another process
	require.NoError(t, next.Purge(t.Context()))
	require.Empty(t, f.all(t))
	require.Len(t, f.trail(t), 2)
}

func TestNothingIsDeletedWhereTheFilesCannotBeReached(t *testing.T) {
	t.Parallel()
	f, a := newArchive(t, days(1), nil)
	f.recorded(t, a, f.options.Now())
	f.talk(t, time.Minute)
	f.set(f.options.Now().AddDate(0, 0, 2))
	f.options.Recordings = nil
	require.NoError(t, cdr.New(f.db, f.options).Purge(t.Context()))
	require.Len(t, f.all(t), 1, "that with a recording")
}

func TestAHoldWinsOverRetentionUntilItIsReleased(t *testing.T) {
	t.Parallel()
	f, a := newArchive(t, days(1), nil)
	kept, free := f.recorded(t, a, f.options.Now()), f.recorded(t, a, f.options.Now().Add(time.Hour))
	holds := hold.New(f.db, hold.Options{})
	first := f.all(t)[1]
	h, err := holds.Place(t.Context(), f.o, hold.Draft{Target: hold.OfCall, Value: first.ID, Reason: "Case 12/2026"})
	require.NoError(t, err)
	f.set(f.options.Now().AddDate(0, 0, 3))
	require.NoError(t, f.Purge(t.Context()))
	require.FileExists(t, kept)
	require.NoFileExists(t, free)
	require.Equal(t, []cdr.Call{first}, f.all(t))

	_, err = holds.Release(t.Context(), f.o, h.ID, 0, "it is over")
	require.NoError(t, err)
	require.NoError(t, f.Purge(t.Context()))
	require.NoFileExists(t, kept)
	require.Empty(t, f.all(t))
}

func TestAHoldThatComesBeforeTheFileGoesKeepsIt(t *testing.T) {
	t.Parallel()
	f, a := newArchive(t, days(1), nil)
	file := f.recorded(t, a, f.options.Now())
	f.set(f.options.Now().AddDate(0, 0, 2))
	broken := errors.New("broken")
	a.remove = func(context.Context, string) error { return broken }
	require.ErrorIs(t, f.Purge(t.Context()), broken)
	a.remove = nil
	holds := hold.New(f.db, hold.Options{})
	h, err := holds.Place(t.Context(), f.o, hold.Draft{Target: hold.OfOrganization, Reason: "Case 12/2026"})
	require.NoError(t, err)
	require.NoError(t, f.Purge(t.Context()))
	require.FileExists(t, file)
	_, err = holds.Release(t.Context(), f.o, h.ID, 0, "it is over")
	require.NoError(t, err)
	require.NoError(t, f.Purge(t.Context()))
	require.NoFileExists(t, file)
	require.Empty(t, f.all(t))
}

func TestAPreviewIsWhatTheNextRunDoes(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)
	f, a := newArchive(t, days(4), days(2))
	f.set(start)
	var files []string
	for day := range 6 {
		files = append(files, f.recorded(t, a, start.AddDate(0, 0, day)))
		f.set(start.AddDate(0, 0, day).Add(time.Hour))
		f.talk(t, time.Minute)
	}
	f.set(start.AddDate(0, 0, 7).Add(time.Hour))
	calls := f.all(t)
	slices.Reverse(calls)
	require.NoError(t, f.db.SealRecording(t.Context(), f.o.ID, calls[2].ID, cdr.Seal{State: cdr.Sealed, Bytes: 5, At: start}))
	_, err := hold.New(f.db, hold.Options{}).Place(t.Context(), f.o, hold.Draft{Target: hold.OfCall, Value: calls[0].ID, Reason: "Case 12/2026"})
	require.NoError(t, err)

	o, err := f.db.Organization(t.Context(), f.o.ID)
	require.NoError(t, err)
	preview, err := f.Preview(t.Context(), o)
	require.NoError(t, err)
	first := calls[0].StartedAt
	held := cdr.Amount{Count: 1, First: first, Latest: first}
	want := cdr.Preview{
		Calls:      cdr.Due{Going: cdr.Amount{Count: 5, First: calls[1].StartedAt, Latest: calls[5].StartedAt}, Held: held},
		Recordings: cdr.Due{Going: cdr.Amount{Count: 4, Bytes: 5, First: calls[2].StartedAt, Latest: calls[8].StartedAt}, Held: held},
		Complete:   true,
	}
	require.Equal(t, want, preview)
	require.True(t, preview.Any())

	require.NoError(t, f.Purge(t.Context()))
	require.Len(t, f.all(t), len(calls)-want.Calls.Going.Count)
	gone := 0
	for _, file := range files {
		if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
			gone++
		}
	}
	require.Equal(t, want.Recordings.Going.Count, gone)
	after, err := f.Preview(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, cdr.Preview{Calls: cdr.Due{Held: held}, Recordings: cdr.Due{Held: held}, Complete: true}, after)

	o.Compliance.RetentionCDRDays, o.Compliance.RetentionRecordingDays = nil, nil
	none, err := f.Preview(t.Context(), o)
	require.NoError(t, err)
	require.False(t, none.Any())
	f.options.Recordings = nil
	unreachable, err := cdr.New(f.db, f.options).Preview(t.Context(), f.o)
	require.NoError(t, err)
	require.Zero(t, unreachable.Calls, "a call that is recorded stays where the file cannot be reached")
}

func TestTheFirstRunTellsWhatGoesAndWaitsADay(t *testing.T) {
	t.Parallel()
	f, a := newArchive(t, days(1), nil)
	file := f.recorded(t, a, f.options.Now())
	f.set(f.options.Now().AddDate(0, 0, 2))
	log := new(warnings)
	f.options.PurgeInterval, f.options.Logger = time.Millisecond, slog.New(slog.NewTextHandler(log, nil))
	run := func(until func() bool) {
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- cdr.New(f.db, f.options).Run(ctx) }()
		require.Eventually(t, until, time.Minute, time.Millisecond)
		stop()
		require.ErrorIs(t, <-ended, context.Canceled)
	}
	run(func() bool { return log.count("retention begins to delete what is past its days") == 1 })
	require.Contains(t, log.String(), "calls=1 recordings=1 bytes=0 complete=true")
	f.set(f.options.Now().Add(24*time.Hour - time.Second))
	run(func() bool { return log.count("retention begins") == 2 }) // it was started again
	require.FileExists(t, file)
	require.Empty(t, f.trail(t))
	f.set(f.options.Now().Add(time.Second))
	run(func() bool { return len(f.trail(t)) == 2 })
	require.NoFileExists(t, file)
	require.Empty(t, f.all(t))
	require.Equal(t, 2, log.count("retention begins"))
}

// warnings is what was logged.
type warnings struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write appends a line.
func (w *warnings) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

// String returns all lines.
func (w *warnings) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

func (w *warnings) count(text string) int { return strings.Count(w.String(), text) }
