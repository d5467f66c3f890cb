package cdr

import (
	"context"
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/hold"
)

const (
	// previewed is how many calls a preview looks at, so that it takes seconds at
	// most.
	previewed = 1_000_000
	// previewedAtOnce is how many of them are read at a time.
	previewedAtOnce = 5000
)

// Preview is what the next run would delete of an organisation.
type Preview struct {
	Calls, Recordings Due
	// Complete is false when there is more than was looked at, which is the oldest
	// million of calls.
	Complete bool
}

// Due is what is past its days: what goes, and what a hold keeps.
type Due struct{ Going, Held Amount }

// Amount is how much there is of something.
type Amount struct {
	Count         int
	Bytes         int64     // of sealed recordings; 0 of calls
	First, Latest time.Time // when the calls started; zero when there are none
}

// Any reports whether anything is past its days, held or not.
func (p Preview) Any() bool {
	return p.Calls.Going.Count+p.Calls.Held.Count+p.Recordings.Going.Count+p.Recordings.Held.Count > 0
}

func (a *Amount) add(d DueCall, bytes int64) {
	if a.Count == 0 {
		a.First = d.Call.StartedAt
	}
	a.Count++
	a.Bytes += bytes
	a.Latest = d.Call.StartedAt
}

func (d *Due) add(call DueCall, held bool, bytes int64) {
	if held {
		d.Held.add(call, bytes)
		return
	}
	d.Going.add(call, bytes)
}

// Preview returns what the next run of [Service.Purge] would delete of an
// organisation if it came now and the organisation had the days of this one, which
// need not be saved. Calls that come or go meanwhile may be counted or not.
func (s *Service) Preview(ctx context.Context, o org.Organization) (Preview, error) {
	list, err := s.store.Holds().List(ctx, o.ID, org.Page{})
	if err != nil {
		return Preview{}, err
	}
	c := counter{
		kept: hold.InForce(list), callsBelow: s.callsBelow(o), recordingsBelow: s.recordingsBelow(o), reachable: s.opts.Recordings != nil,
	}
	for after, seen := "", 0; ; {
		calls, err := s.store.DueCalls(ctx, o.ID, after, c.callsBelow, c.recordingsBelow, previewedAtOnce)
		if err != nil {
			return Preview{}, err
		}
		for _, d := range calls {
			c.count(d)
		}
		seen += len(calls)
		if c.Complete = len(calls) < previewedAtOnce; c.Complete || seen >= previewed {
			return c.Preview, nil
		}
		after = calls[len(calls)-1].Call.ID
	}
}

// counter adds up a preview.
type counter struct {
	Preview
	kept                        hold.Set
	callsBelow, recordingsBelow string
	reachable                   bool // the files of recordings
}

// count counts one call. One that is recorded stays where the files cannot be
// reached.
func (c *counter) count(d DueCall) {
	if d.Recorded && !c.reachable {
		return
	}
	held := d.Held(c.kept)
	if d.Recorded && d.Call.ID < c.recordingsBelow {
		c.Recordings.add(d, held, d.Bytes)
	}
	if d.Call.ID < c.callsBelow {
		c.Calls.add(d, held, 0)
	}
}
