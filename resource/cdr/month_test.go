package cdr_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

func TestTheMonthIsAddedUpByTheDaysOfTheTimeZone(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(*org.Profile) {}, cdr.Options{})
	first := time.Date(2026, time.October, 31, 18, 30, 0, 0, time.UTC) // 1 November, 0:00, there
	f.set(first)
	f.talk(t, 90*time.Second)
	month, err := f.Month(t.Context(), f.o)
	require.NoError(t, err)
	require.Equal(t, []int64{90}, month.Seconds)
	require.Zero(t, month.Expected, "a first day tells nothing of the rest")

	f.set(first.Add(2*24*time.Hour - time.Second))
	f.talk(t, 30*time.Second)
	f.set(first.Add(10 * 24 * time.Hour))
	month, err = f.Month(t.Context(), f.o)
	require.NoError(t, err)
	require.Equal(t, []int64{90, 30, 0, 0, 0, 0, 0, 0, 0, 0, 0}, month.Seconds)
	require.Equal(t, 30, month.Days)
	require.Equal(t, 6, month.Expected)
	require.Equal(t, "2026-11-01", month.Begin.Format(time.DateOnly))
}
