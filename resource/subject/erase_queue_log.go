package subject

import (
	"context"
	"errors"
	"slices"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// eachQueueLine calls do with each line of the queue log that has his number.
func (j *job) eachQueueLine(ctx context.Context, do func(QueueLine) error) (compressed bool, err error) {
	if j.opts.QueueLog == nil {
		return false, nil
	}
	return j.opts.QueueLog.Lines(ctx, j.o.ContextPrefix, func(l QueueLine) error {
		if err := j.goOn(ctx); err != nil || !j.who.number.in(l.Number) {
			return err
		}
		return do(l)
	})
}

// countQueueLog counts the lines that have his number.
func (j *job) countQueueLog(ctx context.Context, k keeper, report *Report) error {
	if j.opts.QueueLog == nil {
		return nil
	}
	held, err := j.heldCalls(ctx, k.holds)
	if err != nil {
		return err
	}
	k.calls = append(k.calls, held...)
	report.QueueLogRead = true
	report.QueueLogCompressed, err = j.eachQueueLine(ctx, func(l QueueLine) error {
		report.QueueLog.find(l.At, int64(len(l.Text)), k.keepsLine(l))
		return nil
	})
	return err
}

// countQueueLogNow counts for a server that has no folder and counted everything else.
func (j *job) countQueueLogNow(ctx context.Context, kept hold.Set) error {
	if j.r.Report.QueueLogRead {
		return nil
	}
	k, err := j.keeperOf(kept, func(ids []string) ([]cdr.DueCall, error) { return j.callsOf(ctx, ids) })
	if err != nil {
		return err
	}
	var counted Report
	if err := j.countQueueLog(ctx, k, &counted); err != nil {
		return err
	}
	return j.save(ctx, func(_ context.Context, _ Table, r *Request) error {
		r.Report.QueueLog, r.Report.QueueLogRead, r.Report.QueueLogCompressed = counted.QueueLog, true, counted.QueueLogCompressed
		return nil
	})
}

// keepsLine reports whether a hold keeps a line: one on its number, or on the call that
// it is about.
func (k keeper) keepsLine(l QueueLine) bool { return k.keepsFrom([]string{l.Number}, l.At) }

// heldCalls are those of his calls that a hold keeps, whatever it is on.
func (j *job) heldCalls(ctx context.Context, kept hold.Set) ([]cdr.Call, error) {
	if kept.Nothing() {
		return nil, nil
	}
	var held []cdr.Call
	err := j.eachCall(ctx, func(page []cdr.DueCall) error {
		for _, d := range page {
			if d.Held(kept) {
				held = append(held, d.Call)
			}
		}
		return nil
	})
	return held, err
}

// eraseQueueLog takes his number out of the lines that no hold keeps. The lines stay,
// because figures of queues are made of them.
func (j *job) eraseQueueLog(ctx context.Context) error {
	if j.opts.QueueLog == nil {
		if c := j.r.Report.QueueLog; c.Found.Count > c.Held.Count+c.Erased.Count {
			return errNoQueueLog
		}
		return nil
	}
	list, err := j.store.Holds().List(ctx, j.o.ID, org.Page{})
	if err != nil {
		return err
	}
	kept := hold.InForce(list)
	if err := j.countQueueLogNow(ctx, kept); err != nil {
		return err
	}
	held, err := j.heldCalls(ctx, kept)
	if err != nil {
		return err
	}
	var there []QueueLine
	if _, err := j.eachQueueLine(ctx, func(l QueueLine) error {
		there = append(there, l)
		return nil
	}); err != nil {
		return err
	}
	return rowless[QueueLine]{
		job: j, class: QueueLogClass, erased: func(r *Report) *Amount { return &r.QueueLog.Erased },
		leaving: func(l QueueLine) Leaving { return Leaving{ID: l.id(), At: l.At, Bytes: int64(len(l.Text))} },
		keeps: func(k keeper, l QueueLine) bool {
			k.calls = append(k.calls[:len(k.calls):len(k.calls)], held...)
			return k.keepsLine(l)
		},
		remove: j.blankLines,
	}.erase(ctx, there)
}

// blankLines writes over the number in lines, looks at the log again, and returns those
// that do not have it any more.
func (j *job) blankLines(ctx context.Context, going []QueueLine) ([]QueueLine, error) {
	if len(going) == 0 {
		return nil, nil
	}
	doomed := map[string]bool{}
	for _, l := range going {
		doomed[l.id()] = true
	}
	failure := j.opts.QueueLog.Blank(ctx, j.o.ContextPrefix, func(l QueueLine) bool {
		return doomed[l.id()] && j.who.number.in(l.Number)
	})
	left := map[string]bool{}
	if _, err := j.eachQueueLine(ctx, func(l QueueLine) error {
		left[l.id()] = true
		return nil
	}); err != nil {
		return nil, errors.Join(failure, err)
	}
	removed := slices.DeleteFunc(slices.Clone(going), func(l QueueLine) bool { return left[l.id()] })
	if failure == nil && len(removed) < len(going) {
		failure = errLeft
	}
	return removed, failure
}
