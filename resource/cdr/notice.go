package cdr

import (
	"context"
	"log/slog"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
)

// Notice is that an organisation has reached a level of what it may use. There is
// one of each in a month.
type Notice struct {
	Month   string // of the organisation's time zone, such as "2026-11"
	Kind    limits.Kind
	Percent int // 80 or 100
}

// percents are at which part of a limit somebody is told.
var percents = []int{80, 100}

// Notifier is told of notices. One process of all that share a store is told of
// each, and once: when it dies at that moment nobody is.
type Notifier interface {
	UsageReached(ctx context.Context, o org.Organization, n Notice)
}

// logNotifier writes notices into the log.
type logNotifier struct{ log *slog.Logger }

// UsageReached implements [Notifier].
func (l logNotifier) UsageReached(_ context.Context, o org.Organization, n Notice) {
	l.log.Warn("cdr: an organisation has reached a level of what it may use",
		"organization", o.ID, "kind", n.Kind, "percent", n.Percent, "month", n.Month)
}

// NoticeCount is how often there was a notice of some kind.
type NoticeCount struct {
	Kind    limits.Kind
	Percent int
}

// Notices returns how many notices this process has given since it began.
func (s *Service) Notices() map[NoticeCount]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := map[NoticeCount]int{}
	for _, kind := range []limits.Kind{limits.MonthlyMinutes, limits.StorageGB} {
		for _, percent := range percents {
			of := NoticeCount{kind, percent}
			counts[of] = s.noticed[of]
		}
	}
	return counts
}

// notice tells of what an organisation has reached and nobody was told of this
// month.
func (s *Service) notice(ctx context.Context, o org.Organization) error {
	m := monthOf(s.opts.Now(), o.Settings.Location())
	seconds, err := s.store.BilledSeconds(ctx, o.ID, m.begin, m.end)
	if err != nil {
		return err
	}
	if most, limited := o.Limits.MonthlyMinutes.Value(); limited {
		if err := s.noticeOne(ctx, o, Notice{Month: m.name(), Kind: limits.MonthlyMinutes}, seconds, int64(most)*60); err != nil {
			return err
		}
	}
	most, limited := o.Limits.StorageGB.Value()
	if stored := s.storageOf(o); limited && stored.Known {
		return s.noticeOne(ctx, o, Notice{Month: m.name(), Kind: limits.StorageGB}, stored.Bytes, int64(most)*gigabyte)
	}
	return nil
}

func (s *Service) noticeOne(ctx context.Context, o org.Organization, n Notice, used, most int64) error {
	for _, percent := range percents {
		// In floating point: the product of bytes and percents may be too large.
		if used == 0 || float64(used)*100 < float64(most)*float64(percent) {
			continue
		}
		n.Percent = percent
		first, err := s.store.NoticeUsage(ctx, o.ID, n, s.opts.Now())
		if err != nil {
			return err
		}
		if first {
			s.mu.Lock()
			s.noticed[NoticeCount{n.Kind, n.Percent}]++
			s.mu.Unlock()
			s.opts.Notifier.UsageReached(ctx, o, n)
		}
	}
	return nil
}
