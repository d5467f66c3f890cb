package cdr

import (
	"context"
	"time"

	"github.com/orgpbx/orgpbx/org"
)

// StorageDay is what an organisation had stored at the end of a day, or has
// until now.
type StorageDay struct {
	Day   string // such as 2026-11-24, by the calendar of the organisation's time zone
	Bytes int64
}

// StorageMonth is how the storage of the month came together.
type StorageMonth struct {
	// Days are those of the month on which it was measured, in their order.
	Days []StorageDay
	// Expected are the bytes at its end if they go on as between the first and
	// the last of them; not known with one day or none.
	Expected int64
	Known    bool // Expected is
}

// StorageMonth returns what was stored on each day of this month. It returns
// errors of the store.
func (s *Service) StorageMonth(ctx context.Context, o org.Organization) (StorageMonth, error) {
	m := monthOf(s.opts.Now(), o.Settings.Location())
	last := m.end.AddDate(0, 0, -1)
	days, err := s.store.StorageDays(ctx, o.ID, dayOf(m.begin), dayOf(last))
	if err != nil || len(days) < 2 {
		return StorageMonth{Days: days}, err
	}
	from, to := days[0], days[len(days)-1]
	grown := float64(to.Bytes-from.Bytes) / float64(daysBetween(from.Day, to.Day))
	expected := float64(to.Bytes) + grown*float64(daysBetween(to.Day, dayOf(last)))
	return StorageMonth{Days: days, Expected: int64(max(expected, 0)), Known: true}, nil
}

// dayOf is the name of a day.
func dayOf(t time.Time) string { return t.Format(time.DateOnly) }

func daysBetween(from, to string) int {
	a, _ := time.Parse(time.DateOnly, from) // both come from dayOf
	b, _ := time.Parse(time.DateOnly, to)
	return int(b.Sub(a) / (24 * time.Hour))
}

// keepDay keeps what was measured, unless that is kept already.
func (s *Service) keepDay(ctx context.Context, o org.Organization, bytes int64) error {
	today := StorageDay{dayOf(s.opts.Now().In(o.Settings.Location())), bytes}
	s.mu.Lock()
	kept := s.days[o.ID]
	s.mu.Unlock()
	if kept == today {
		return nil
	}
	if err := s.store.KeepStorageDay(ctx, o.ID, today); err != nil {
		return err
	}
	s.mu.Lock()
	s.days[o.ID] = today
	s.mu.Unlock()
	return nil
}
