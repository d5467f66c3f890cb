package cdr_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// fixture is a service with one organisation in India, on a store in memory and
// at a time that the test sets.
type fixture struct {
	*cdr.Service
	db      *memstore.Store
	o       org.Organization
	options cdr.Options
	n       int

	mu  sync.Mutex
	now time.Time
}

func newFixture(t *testing.T, edit func(*org.Profile), options cdr.Options) *fixture {
	t.Helper()
	f := &fixture{db: memstore.New(), now: time.Date(2026, time.November, 10, 18, 30, 0, 0, time.UTC)} // the 11th, 0:00, there
	orgs := org.New(f.db, org.Options{})
	profile, err := orgs.Draft(org.General)
	require.NoError(t, err)
	profile.Name, profile.Settings.TimeZone = "Delta One", "Asia/Kolkata"
	edit(&profile)
	f.o, _, err = orgs.Create(t.Context(), profile)
	require.NoError(t, err)
	options.Now = func() time.Time {
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.now
	}
	f.options = options
	f.Service = cdr.New(f.db, options)
	return f
}

func (f *fixture) set(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = now
}

// talk records a call that began now.
func (f *fixture) talk(t *testing.T, length time.Duration) {
	t.Helper()
	f.n++
	now := f.options.Now()
	require.NoError(t, f.Record(t.Context(), []cdr.Record{{
		ContextPrefix: f.o.ContextPrefix, UniqueID: fmt.Sprintf("%d.%d", now.Unix(), f.n), Direction: cdr.Out,
		Disposition: cdr.Answered, StartedAt: now, AnsweredAt: now, EndedAt: now.Add(length),
	}}))
}

func (f *fixture) minutes(t *testing.T) cdr.MinutesUsage {
	t.Helper()
	usage, err := f.Usage(t.Context(), f.o)
	require.NoError(t, err)
	return usage.Minutes
}

func TestTheForecastIsTheDayOnWhichAnEvenMonthReachesTheLimit(t *testing.T) {
	t.Parallel()
	const zone = 5*time.Hour + 30*time.Minute
	for _, tc := range []struct {
		name    string
		limit   limits.Limit
		used    time.Duration
		elapsed time.Duration
		want    string
	}{
		{"half after ten days", limits.AtMost(1000), 500 * time.Minute, 10 * 24 * time.Hour, "2026-11-21"},
		{"soon", limits.AtMost(1000), 999 * time.Minute, 10 * 24 * time.Hour, "2026-11-11"},
		{"on the last day", limits.AtMost(1000), 340 * time.Minute, 10 * 24 * time.Hour, "2026-11-30"},
		{"just not", limits.AtMost(1000), 333 * time.Minute, 10 * 24 * time.Hour, ""},
		{"reached", limits.AtMost(1000), 1000 * time.Minute, 10 * 24 * time.Hour, ""},
		{"nothing used", limits.AtMost(1000), 0, 10 * 24 * time.Hour, ""},
		{"nothing allowed", limits.AtMost(0), time.Hour, 10 * 24 * time.Hour, ""},
		{"unlimited", limits.Unlimited(), 5000 * time.Hour, 10 * 24 * time.Hour, ""},
		{"the first day", limits.AtMost(1000), 900 * time.Minute, 23 * time.Hour, ""},
		{"the largest limit and one second", limits.AtMost(limits.Max), time.Second, 29 * 24 * time.Hour, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, func(p *org.Profile) { p.Limits.MonthlyMinutes = tc.limit }, cdr.Options{})
			begin := time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC).Add(-zone)
			f.set(begin.Add(time.Hour))
			f.talk(t, tc.used)
			f.set(begin.Add(tc.elapsed))
			got := ""
			if day := f.minutes(t).RunsOutOn; !day.IsZero() {
				got = day.Format(time.DateOnly)
			}
			require.Equal(t, tc.want, got)
		})
	}
}

func TestMinutesBeginAnewAtMidnightThere(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(p *org.Profile) { p.Limits.MonthlyMinutes = limits.AtMost(100) }, cdr.Options{})
	f.set(time.Date(2026, time.November, 30, 18, 29, 59, 0, time.UTC))
	f.talk(t, 81*time.Minute)
	require.Equal(t, cdr.MinutesUsage{Used: 81, Limit: limits.AtMost(100), Level: limits.Near}, withoutForecast(f.minutes(t)))
	f.set(time.Date(2026, time.November, 30, 18, 30, 0, 0, time.UTC))
	f.talk(t, time.Second)
	require.Equal(t, cdr.MinutesUsage{Used: 1, Limit: limits.AtMost(100), Level: limits.OK}, f.minutes(t))
}

func withoutForecast(u cdr.MinutesUsage) cdr.MinutesUsage {
	u.RunsOutOn = time.Time{}
	return u
}

// told is a notifier that a test can wait for.
type told chan cdr.Notice

// UsageReached implements [cdr.Notifier].
func (c told) UsageReached(_ context.Context, _ org.Organization, n cdr.Notice) { c <- n }

func (c told) next(t *testing.T) cdr.Notice {
	t.Helper()
	select {
	case n := <-c:
		return n
	case <-time.After(time.Minute):
		require.Fail(t, "nobody was told")
		return cdr.Notice{}
	}
}

// size is a storage that holds as much as a test says.
type size struct {
	mu    sync.Mutex
	bytes int64
	err   error
}

func (s *size) set(bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bytes = bytes
}

// Bytes implements [cdr.Storage].
func (s *size) Bytes(context.Context, string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes, s.err
}

// run runs a service until the test ends.
func run(t *testing.T, s *cdr.Service) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		require.ErrorIs(t, <-done, context.Canceled)
	})
}

func TestEachLevelIsToldOfOnceAMonth(t *testing.T) {
	t.Parallel()
	notices, stored := make(told, 10), &size{}
	f := newFixture(t, func(p *org.Profile) {
		p.Limits.MonthlyMinutes, p.Limits.StorageGB = limits.AtMost(100), limits.AtMost(2)
	}, cdr.Options{Notifier: notices, Storage: stored, Interval: time.Millisecond, Settle: time.Millisecond})
	other := cdr.New(f.db, f.options) // in another process
	run(t, f.Service)
	run(t, other)

	minutes := func(percent int, month string) cdr.Notice {
		return cdr.Notice{Month: month, Kind: limits.MonthlyMinutes, Percent: percent}
	}
	f.talk(t, 79*time.Minute+59*time.Second)
	f.talk(t, time.Second)
	require.Equal(t, minutes(80, "2026-11"), notices.next(t))
	f.talk(t, 10*time.Minute)
	f.talk(t, 10*time.Minute)
	require.Equal(t, minutes(100, "2026-11"), notices.next(t))
	f.talk(t, 10*time.Minute)

	stored.set(1_600_000_000)
	require.Equal(t, cdr.Notice{Month: "2026-11", Kind: limits.StorageGB, Percent: 80}, notices.next(t))
	stored.set(0)
	for _, s := range []*cdr.Service{f.Service, other} {
		require.Eventually(t, func() bool {
			usage, err := s.Usage(t.Context(), f.o)
			return err == nil && usage.Storage.Bytes == 0
		}, time.Minute, time.Millisecond)
	}

	f.set(time.Date(2026, time.December, 1, 0, 0, 0, 0, time.UTC))
	f.talk(t, 1000*time.Minute)
	require.Equal(t, minutes(80, "2026-12"), notices.next(t))
	require.Equal(t, minutes(100, "2026-12"), notices.next(t))
	require.Empty(t, notices)

	sum := 0
	for _, s := range []*cdr.Service{f.Service, other} {
		sum += s.Notices()[cdr.NoticeCount{Kind: limits.MonthlyMinutes, Percent: 80}]
	}
	require.Equal(t, 2, sum)
}

func TestNobodyIsToldOfWhatIsUnlimitedOrUnused(t *testing.T) {
	t.Parallel()
	notices, stored := make(told, 10), &size{bytes: 1 << 60}
	f := newFixture(t, func(p *org.Profile) {
		p.Limits.MonthlyMinutes, p.Limits.StorageGB = limits.AtMost(0), limits.Unlimited()
	}, cdr.Options{Notifier: notices, Storage: stored, Interval: time.Millisecond, Settle: time.Millisecond})
	run(t, f.Service)
	require.Eventually(t, func() bool {
		usage, err := f.Usage(t.Context(), f.o)
		require.NoError(t, err)
		return usage.Storage == cdr.StorageUsage{Known: true, Bytes: 1 << 60, Limit: limits.Unlimited(), Level: limits.OK}
	}, time.Minute, time.Millisecond)
	require.Empty(t, notices)
	f.talk(t, time.Second) // of none
	require.Equal(t, 80, notices.next(t).Percent)
	require.Equal(t, 100, notices.next(t).Percent)
}

func TestStorageThatCannotBeMeasuredIsNotKnown(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(*org.Profile) {}, cdr.Options{Storage: &size{err: errors.New("disk")}})
	run(t, f.Service)
	usage, err := f.Usage(t.Context(), f.o)
	require.NoError(t, err)
	require.False(t, usage.Storage.Known)
	require.False(t, usage.Concurrent.Known)
}

func TestFoldersHoldWhatIsInThoseOfTheOrganization(t *testing.T) {
	t.Parallel()
	recordings, voicemail := t.TempDir(), t.TempDir()
	write := func(name string, bytes int) {
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o750))
		require.NoError(t, os.WriteFile(name, make([]byte, bytes), 0o600))
	}
	write(filepath.Join(recordings, "aaaa1111", "a.wav"), 100)
	write(filepath.Join(recordings, "aaaa1111", "deep", "b.wav"), 20)
	write(filepath.Join(voicemail, "aaaa1111", "1001", "INBOX", "msg0000.wav"), 3)
	write(filepath.Join(recordings, "bbbb2222", "c.wav"), 5000)
	require.NoError(t, os.Symlink(filepath.Join(recordings, "bbbb2222"), filepath.Join(recordings, "aaaa1111", "theirs")))
	require.NoError(t, os.Symlink(filepath.Join(recordings, "bbbb2222", "c.wav"), filepath.Join(recordings, "aaaa1111", "d.wav")))
	folders := cdr.Folders{recordings, voicemail, filepath.Join(recordings, "nowhere")}
	for prefix, want := range map[string]int64{"aaaa1111": 123, "bbbb2222": 5000, "cccc3333": 0} {
		got, err := folders.Bytes(t.Context(), prefix)
		require.NoError(t, err)
		require.Equal(t, want, got, prefix)
	}
	for _, bad := range []string{"", ".", "..", "../bbbb2222", "aaaa1111/../bbbb2222", "/"} {
		_, err := folders.Bytes(t.Context(), bad)
		require.Error(t, err, bad)
	}
}
