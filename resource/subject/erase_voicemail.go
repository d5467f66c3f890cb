package subject

import (
	"context"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/resource/cdr"
)

// eraseVoicemail deletes the messages that he left and that no hold keeps. No row
// knows of a message, so those that are about to go are saved in the request first: who
// goes on after an interruption counts those of them that are gone.
func (j *job) eraseVoicemail(ctx context.Context) error {
	if j.opts.Mailboxes == nil {
		return nil
	}
	var there []Message
	err := j.eachMessage(ctx, func(m Message) error {
		there = append(there, m)
		return nil
	})
	if err != nil {
		return err
	}
	if err := j.countLeft(ctx, there); err != nil {
		return err
	}
	var failures error
	for list := range slices.Chunk(there, erasedAtOnce) {
		going, err := j.leave(ctx, list)
		if err != nil {
			return err
		}
		removed, failure := j.removeMessages(ctx, going)
		if failure != nil {
			failures = failure // the last will do
		}
		if err := j.countGone(ctx, removed); err != nil {
			return err
		}
	}
	return failures
}

// countLeft counts messages that an interrupted run has deleted: those that are not
// there.
func (j *job) countLeft(ctx context.Context, there []Message) error {
	if len(j.r.Leaving) == 0 {
		return nil
	}
	return j.countGone(ctx, slices.DeleteFunc(slices.Clone(j.r.Leaving), func(l Leaving) bool {
		return slices.ContainsFunc(there, func(m Message) bool { return m.ID == l.ID })
	}))
}

// leave saves which of the messages go, those that no hold keeps, and returns them.
func (j *job) leave(ctx context.Context, list []Message) ([]Message, error) {
	var going []Message
	err := j.save(ctx, func(ctx context.Context, t Table, r *Request) error {
		kept, err := t.Holds(ctx, j.o.ID)
		if err != nil {
			return err
		}
		k, err := j.keeperOf(kept, func(ids []string) ([]cdr.DueCall, error) { return t.CallsOf(ctx, j.o.ID, ids) })
		if err != nil {
			return err
		}
		going, r.Leaving = nil, nil
		for _, m := range list {
			if !k.keeps(m) {
				going = append(going, m)
				r.Leaving = append(r.Leaving, Leaving{m.ID, m.At, m.Bytes()})
			}
		}
		return nil
	})
	return going, err
}

// removeMessages deletes messages, and returns those that are gone.
func (j *job) removeMessages(ctx context.Context, going []Message) (removed []Leaving, err error) {
	for _, m := range going {
		gone, failure := j.opts.Mailboxes.Remove(ctx, j.o.ContextPrefix, m)
		switch {
		case failure != nil:
			err = failure // the last will do
		case !gone:
			err = errLeft // Asterisk has moved it
		default:
			removed = append(removed, Leaving{m.ID, m.At, m.Bytes()})
		}
	}
	return removed, err
}

// countGone counts messages that are gone; none is leaving any more.
func (j *job) countGone(ctx context.Context, gone []Leaving) error {
	return j.erase(ctx, func(ctx context.Context, _ Table, r *Request) error {
		if len(gone) == 0 && len(r.Leaving) == 0 {
			return errNothing
		}
		r.Leaving = nil
		slices.SortFunc(gone, func(a, b Leaving) int { return strings.Compare(a.ID, b.ID) })
		ids := make([]string, len(gone))
		for i, l := range gone {
			ids[i] = l.ID
			r.Report.Voicemail.Erased.add(l.At, l.Bytes)
		}
		j.tell(ctx, VoicemailClass, ids)
		return nil
	})
}
