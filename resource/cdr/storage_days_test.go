package cdr_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

func TestWhatIsStoredIsKeptDayByDayAndGoesOnAsItGrew(t *testing.T) {
	t.Parallel()
	stored := &size{}
	f := newFixture(t, func(*org.Profile) {}, cdr.Options{Storage: stored, Interval: time.Millisecond})
	stored.set(1000)
	run(t, f.Service)
	month := func() cdr.StorageMonth {
		month, err := f.StorageMonth(t.Context(), f.o)
		require.NoError(t, err)
		return month
	}
	measured := func(now time.Time, bytes int64, want ...cdr.StorageDay) {
		stored.set(bytes)
		f.set(now)
		require.Eventually(t, func() bool {
			days := month().Days
			return len(days) == len(want) && days[len(days)-1] == want[len(want)-1]
		}, time.Minute, time.Millisecond)
		require.Equal(t, want, month().Days)
	}
	// The days are those of the organisation: 18:30 is midnight there.
	begin := time.Date(2026, time.November, 10, 18, 30, 0, 0, time.UTC)
	measured(begin, 1000, cdr.StorageDay{Day: "2026-11-11", Bytes: 1000})
	measured(begin.Add(23*time.Hour), 2000, cdr.StorageDay{Day: "2026-11-11", Bytes: 2000})
	require.False(t, month().Known, "one day says nothing of the next")
	measured(begin.Add(240*time.Hour), 7000, cdr.StorageDay{Day: "2026-11-11", Bytes: 2000}, cdr.StorageDay{Day: "2026-11-21", Bytes: 7000})
	require.True(t, month().Known)
	require.Equal(t, int64(11_500), month().Expected, "500 a day, nine days more")
	stored.set(0)
	require.Eventually(t, func() bool { return month().Days[1].Bytes == 0 }, time.Minute, time.Millisecond)
	require.Zero(t, month().Expected, "less than nothing is not stored")
	measured(begin.Add(480*time.Hour), 5, cdr.StorageDay{Day: "2026-12-01", Bytes: 5})
}
