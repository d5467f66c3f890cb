package subject

import (
	"context"
	"errors"
	"slices"

	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// erasedAtOnce is how many calls, messages or deliveries go in a transaction.
const erasedAtOnce = 200

var (
	// errUnreached says that a recording cannot be deleted here.
	errUnreached = errors.New("this server has no folder of recordings: one that has will go on")
	// errNoQueueLog says that lines of the queue log cannot be reached here.
	errNoQueueLog = errors.New("this server has no folder of queue logs: one that has will go on")
	// errLeft says that something came or moved while it was erased.
	errLeft = errors.New("something changed meanwhile: it is looked at again")
	// errNothing keeps a transaction from being saved that erased nothing.
	errNothing = errors.New("nothing was erased")
)

// erase saves what edit erases, with its entry of the trail.
func (j *job) erase(ctx context.Context, edit func(context.Context, Table, *Request) error) error {
	err := j.change(ctx, "erase", edit)
	if errors.Is(err, errNothing) {
		return nil
	}
	return err
}

// tell has the entry of the trail say what goes of a class, unless that is nothing.
func (j *job) tell(ctx context.Context, class string, ids []string) {
	if len(ids) > 0 {
		audit.Changed(ctx, class, j.o.ID, nil, cdr.DeletionOf(ids))
	}
}

// eraseCalls takes who he was out of the calls that no hold keeps, and deletes their
// recordings. The duration, the time and the other one of a call stay, because bills
// are made of them. A recording is first noted as going, then its file goes, then what
// the store knows of it and the number in the call: whatever is interrupted is found
// again, by the number that is still there.
func (j *job) eraseCalls(ctx context.Context) error {
	var failures error
	err := j.eachCall(ctx, func(page []cdr.DueCall) error {
		for calls := range slices.Chunk(page, erasedAtOnce) {
			ids := make([]string, len(calls))
			for i, d := range calls {
				ids[i] = d.Call.ID
			}
			doomed, err := j.doom(ctx, ids)
			if err != nil {
				return err
			}
			removed, failure := j.removeFiles(ctx, doomed)
			left, err := j.eraseSome(ctx, ids, removed)
			if err != nil {
				return err
			}
			if left && failure == nil {
				failure = errLeft
			}
			if failure != nil {
				failures = failure // the last will do
			}
		}
		return nil
	})
	return errors.Join(err, failures)
}

// doom notes the recordings of those calls that no hold keeps as going.
func (j *job) doom(ctx context.Context, ids []string) ([]cdr.DoomedRecording, error) {
	var doomed []cdr.DoomedRecording
	err := j.save(ctx, func(ctx context.Context, t Table, _ *Request) error {
		kept, err := t.Holds(ctx, j.o.ID)
		if err != nil {
			return err
		}
		calls, err := t.CallsOf(ctx, j.o.ID, ids)
		if err != nil {
			return err
		}
		var recorded []string
		for _, d := range calls {
			if d.Recorded && !d.Held(kept) {
				recorded = append(recorded, d.Call.ID)
			}
		}
		if len(recorded) == 0 {
			return errNothing
		}
		doomed, err = t.DoomRecordings(ctx, j.o.ID, recorded)
		return err
	})
	if errors.Is(err, errNothing) {
		return nil, nil
	}
	return doomed, err
}

// removeFiles deletes files of recordings, and returns the ids of the calls whose file
// is gone.
func (j *job) removeFiles(ctx context.Context, doomed []cdr.DoomedRecording) (removed []string, err error) {
	for _, r := range doomed {
		failure := errUnreached
		if j.opts.Recordings != nil {
			failure = r.RemoveFiles(ctx, j.opts.Recordings, j.o.ContextPrefix, j.opts.Now())
		}
		if failure == nil {
			removed = append(removed, r.CallID)
		} else {
			err = failure // the last will do
		}
	}
	return removed, err
}

// eraseSome forgets the recordings that are removed, takes him out of those of the
// calls that have none any more and that no hold keeps, and counts both. It reports
// whether a call is left that no hold keeps.
func (j *job) eraseSome(ctx context.Context, ids, removed []string) (left bool, err error) {
	err = j.erase(ctx, func(ctx context.Context, t Table, r *Request) error {
		kept, err := t.Holds(ctx, j.o.ID)
		if err != nil {
			return err
		}
		calls, err := t.CallsOf(ctx, j.o.ID, ids)
		if err != nil {
			return err
		}
		var forgotten, erased []string
		for _, d := range calls {
			gone := d.Recorded && slices.Contains(removed, d.Call.ID)
			if gone {
				forgotten = append(forgotten, d.Call.ID)
				r.Report.Recordings.Erased.add(d.Call.StartedAt, d.Bytes)
			}
			switch {
			case d.Held(kept):
			case d.Recorded && !gone:
				left = true
			default:
				erased = append(erased, d.Call.ID)
				r.Report.Calls.Erased.add(d.Call.StartedAt, 0)
			}
		}
		if len(forgotten)+len(erased) == 0 {
			return errNothing
		}
		j.tell(ctx, CallsClass, erased)
		j.tell(ctx, RecordingsClass, forgotten)
		if err := t.ForgetRecordings(ctx, j.o.ID, forgotten); err != nil {
			return err
		}
		return t.EraseCalls(ctx, j.o.ID, erased, j.who.eraseFrom)
	})
	return left, err
}

// eraseDeliveries deletes what is kept for webhooks about calls that no hold keeps,
// also what was not sent yet.
func (j *job) eraseDeliveries(ctx context.Context) error {
	return j.eachDelivery(ctx, func(list []told) error {
		return j.erase(ctx, func(ctx context.Context, t Table, r *Request) error {
			kept, err := t.Holds(ctx, j.o.ID)
			if err != nil {
				return err
			}
			var ids []string
			for _, d := range list {
				if !d.held(kept) {
					ids = append(ids, d.ID)
				}
			}
			gone, err := t.DeleteDeliveries(ctx, j.o.ID, ids)
			if err != nil {
				return err
			}
			for _, d := range list {
				if slices.Contains(gone, d.ID) {
					r.Report.Deliveries.Erased.add(d.Event.At, d.bytes())
				}
			}
			if len(gone) == 0 {
				return errNothing
			}
			j.tell(ctx, DeliveriesClass, gone)
			return nil
		})
	})
}
