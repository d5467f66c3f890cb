package subject

import (
	"context"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/resource/cdr"
)

// rowless is how to erase things of a class that no row knows of, so that those that are
// about to go are saved in the request first: who goes on after an interruption counts
// those of them that are gone.
type rowless[T any] struct {
	*job
	class   string
	erased  func(*Report) *Amount
	leaving func(T) Leaving
	keeps   func(keeper, T) bool
	// remove returns those that are gone, also with an error about others; nil with an
	// error where it is not known what is gone.
	remove func(context.Context, []T) ([]T, error)
}

// erase erases those of the things that are there that no hold keeps.
func (w rowless[T]) erase(ctx context.Context, there []T) error {
	if err := w.countLeft(ctx, there); err != nil {
		return err
	}
	var failures error
	for list := range slices.Chunk(there, erasedAtOnce) {
		going, err := w.leave(ctx, list)
		if err != nil {
			return err
		}
		removed, failure := w.remove(ctx, going)
		if removed == nil && failure != nil {
			return failure // what is gone nevertheless is counted by who goes on
		}
		if failure != nil {
			failures = failure // the last will do
		}
		if err := w.countGone(ctx, w.leavings(removed)); err != nil {
			return err
		}
	}
	return failures
}

func (w rowless[T]) leavings(list []T) []Leaving {
	leaving := make([]Leaving, len(list))
	for i, v := range list {
		leaving[i] = w.leaving(v)
		leaving[i].Class = w.class
	}
	return leaving
}

// left splits what is leaving into what is of the class, and the rest.
func (w rowless[T]) left(all []Leaving) (of, others []Leaving) {
	for _, l := range all {
		if l.Class == w.class {
			of = append(of, l)
		} else {
			others = append(others, l)
		}
	}
	return of, others
}

// countLeft counts what an interrupted run has erased: what is not there.
func (w rowless[T]) countLeft(ctx context.Context, there []T) error {
	left, _ := w.left(w.r.Leaving)
	return w.countGone(ctx, slices.DeleteFunc(left, func(l Leaving) bool {
		return slices.ContainsFunc(there, func(v T) bool { return w.leaving(v).ID == l.ID })
	}))
}

// leave saves which of the things go, those that no hold keeps, and returns them.
func (w rowless[T]) leave(ctx context.Context, list []T) ([]T, error) {
	var going []T
	err := w.save(ctx, func(ctx context.Context, t Table, r *Request) error {
		kept, err := t.Holds(ctx, w.o.ID)
		if err != nil {
			return err
		}
		k, err := w.keeperOf(kept, func(ids []string) ([]cdr.DueCall, error) { return t.CallsOf(ctx, w.o.ID, ids) })
		if err != nil {
			return err
		}
		going = nil
		for _, v := range list {
			if !w.keeps(k, v) {
				going = append(going, v)
			}
		}
		_, others := w.left(r.Leaving)
		r.Leaving = slices.Concat(others, w.leavings(going))
		return nil
	})
	return going, err
}

// countGone counts what is gone; nothing of the class is leaving any more.
func (w rowless[T]) countGone(ctx context.Context, gone []Leaving) error {
	return w.job.erase(ctx, func(ctx context.Context, _ Table, r *Request) error {
		left, others := w.left(r.Leaving)
		if len(gone) == 0 && len(left) == 0 {
			return errNothing
		}
		r.Leaving = others
		slices.SortFunc(gone, func(a, b Leaving) int { return strings.Compare(a.ID, b.ID) })
		ids := make([]string, len(gone))
		for i, l := range gone {
			ids[i] = l.ID
			w.erased(&r.Report).add(l.At, l.Bytes)
		}
		w.tell(ctx, w.class, ids)
		return nil
	})
}
