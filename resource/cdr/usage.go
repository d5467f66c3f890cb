package cdr

import (
	"context"
	"time"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
)

// Usage is how much an organisation uses of what is limited and not counted in
// resources.
type Usage struct {
	Minutes    MinutesUsage
	Storage    StorageUsage
	Concurrent ConcurrentUsage
}

// MinutesUsage is about the month of the organisation's time zone.
type MinutesUsage struct {
	// Used is the time of calls over trunks, in and out, rounded up to minutes at
	// the end and not call by call.
	Used  int
	Limit limits.Limit
	Level limits.Level
	// RunsOutOn is the day on which the limit is reached if the rest of the month
	// is as what was of it; zero when it is not this month, when it is reached
	// already, and on the first day of a month.
	RunsOutOn time.Time
}

// StorageUsage is about recordings and voicemail. The gigabytes of the limit have
// 10^9 bytes.
type StorageUsage struct {
	Known bool // false until it was measured
	Bytes int64
	Limit limits.Limit
	Level limits.Level
}

// ConcurrentUsage is about calls over trunks at this moment.
type ConcurrentUsage struct {
	Known bool // false when the PBX could not be asked
	Used  int
	Limit limits.Limit
	Level limits.Level
}

// Storage measures what an organisation has stored on disks: what is in an
// [Archive] is added up from the seals.
type Storage interface {
	// Bytes returns how long all files of the organisation are together.
	Bytes(ctx context.Context, contextPrefix string) (int64, error)
}

// Counter counts the calls of an organisation that are running.
type Counter interface {
	// ConcurrentCalls returns how many of them take a slot of the limit.
	ConcurrentCalls(ctx context.Context, contextPrefix string) (int, error)
}

// counterPatience is how long an answer waits for the PBX.
const counterPatience = 2 * time.Second

// Usage returns what an organisation uses. It returns errors of the store; a PBX
// that does not answer within two seconds is no error.
func (s *Service) Usage(ctx context.Context, o org.Organization) (Usage, error) {
	minutes, err := s.minutes(ctx, o)
	if err != nil {
		return Usage{}, err
	}
	return Usage{Minutes: minutes, Storage: s.storageOf(o), Concurrent: s.concurrent(ctx, o)}, nil
}

func (s *Service) minutes(ctx context.Context, o org.Organization) (MinutesUsage, error) {
	m := monthOf(s.opts.Now(), o.Settings.Location())
	seconds, err := s.store.BilledSeconds(ctx, o.ID, m.begin, m.end)
	if err != nil {
		return MinutesUsage{}, err
	}
	u := MinutesUsage{Used: int((seconds + 59) / 60), Limit: o.Limits.MonthlyMinutes}
	u.Level = limits.LevelOf(u.Used, u.Limit)
	if most, limited := u.Limit.Value(); limited {
		u.RunsOutOn = m.runsOut(seconds, int64(most)*60)
	}
	return u, nil
}

func (s *Service) concurrent(ctx context.Context, o org.Organization) ConcurrentUsage {
	u := ConcurrentUsage{Limit: o.Limits.ConcurrentCalls}
	if s.opts.Counter == nil {
		return u
	}
	ctx, cancel := context.WithTimeout(ctx, counterPatience)
	defer cancel()
	n, err := s.opts.Counter.ConcurrentCalls(ctx, o.ContextPrefix)
	if err != nil {
		s.opts.Logger.Debug("cdr: the PBX does not say how many calls there are", "organization", o.ID, "error", err)
		return u
	}
	u.Known, u.Used, u.Level = true, n, limits.LevelOf(n, u.Limit)
	return u
}

// month is one of some time zone, and a moment in it.
type month struct{ begin, now, end time.Time }

func monthOf(now time.Time, zone *time.Location) month {
	now = now.In(zone)
	begin := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, zone)
	return month{begin, now, begin.AddDate(0, 1, 0)}
}

// name is such as "2026-11".
func (m month) name() string { return m.begin.Format("2006-01") }

// runsOut returns the day on which all is used, if it is used up as evenly as
// until now; zero when it is not in this month.
func (m month) runsOut(used, most int64) time.Time {
	elapsed := m.now.Sub(m.begin)
	if used <= 0 || used >= most || elapsed < 24*time.Hour {
		return time.Time{}
	}
	at := m.begin.Add(time.Duration(float64(elapsed) * (float64(most) / float64(used))))
	if !at.Before(m.end) || at.Before(m.begin) { // before: more than a Duration can hold
		return time.Time{}
	}
	return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, at.Location())
}
