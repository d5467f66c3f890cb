package webhook

import "time"

// delays are the times between attempts: 11 in a day. Up to a tenth is added to
// each, so that what failed together is not tried together for ever.
var delays = []time.Duration{
	10 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 8*time.Hour + 30*time.Minute,
}

// next decides what becomes of a delivery after an attempt.
func (s *Service) next(d Delivery) Delivery {
	switch {
	case d.State == Delivered:
	case d.Attempts > len(delays), d.Status == 410:
		d.State = Dead
	default:
		delay := delays[d.Attempts-1]
		d.Due = d.LastAttemptAt.Add(delay + time.Duration(s.opts.Random(int64(delay)/10))).Truncate(time.Millisecond)
	}
	return d
}
