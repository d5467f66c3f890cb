package cdr

import (
	"context"
	"time"

	"github.com/orgpbx/orgpbx/org"
)

// MonthUsage is how the minutes of the month came together, by the calendar of
// the organisation's time zone.
type MonthUsage struct {
	Begin time.Time // its first midnight
	Days  int       // how many it has
	// Seconds are those of each day until today, not rounded.
	Seconds []int64
	// Expected are the minutes that the month ends with if it goes on as it
	// began; 0 on its first day.
	Expected int
}

// Month returns the minutes of each day of this month. It returns errors of the
// store.
func (s *Service) Month(ctx context.Context, o org.Organization) (MonthUsage, error) {
	m := monthOf(s.opts.Now(), o.Settings.Location())
	u := MonthUsage{Begin: m.begin, Days: m.end.AddDate(0, 0, -1).Day()}
	var sum int64
	for day := m.begin; !day.After(m.now); day = day.AddDate(0, 0, 1) {
		seconds, err := s.store.BilledSeconds(ctx, o.ID, day, day.AddDate(0, 0, 1))
		if err != nil {
			return MonthUsage{}, err
		}
		u.Seconds = append(u.Seconds, seconds)
		sum += seconds
	}
	u.Expected = m.expected(sum)
	return u, nil
}

// expected returns the minutes at the end, if they go on as evenly as until now;
// 0 on the first day.
func (m month) expected(used int64) int {
	elapsed := m.now.Sub(m.begin)
	if elapsed < 24*time.Hour {
		return 0
	}
	return int(float64(used) / 60 * float64(m.end.Sub(m.begin)) / float64(elapsed))
}
