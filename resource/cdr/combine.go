package cdr

import (
	"cmp"
	"slices"
	"time"
)

// Combine puts the parts of two records of the same call together. It does not
// matter in which order it gets them and how often: a part that is there already
// is not added again. It reports whether there is anything new in more. Of a call
// that is Erased more adds the times alone.
func Combine(c, more Call) (Call, bool) {
	parts := slices.Clone(c.Parts)
	for _, p := range more.Parts {
		at, known := slices.BinarySearchFunc(parts, p.Sequence, func(p Part, sequence int64) int {
			return cmp.Compare(p.Sequence, sequence)
		})
		if !known {
			if c.Erased {
				p.AnsweredBy = ""
			}
			parts = slices.Insert(parts, at, p)
		}
	}
	if len(parts) == len(c.Parts) {
		return c, false
	}
	first, last := c, c
	if more.Parts[0].Sequence < c.Parts[0].Sequence {
		first = more
	}
	if more.lastSequence() > c.lastSequence() {
		last = more
	}
	// What the dialplan notes is in every later part too, so the last one knows
	// all. Who called is best known before the call was handed on.
	whole := last.Clone()
	whole.Parts = parts
	whole.Caller, whole.CallerName, whole.Endpoint = first.Caller, first.CallerName, first.Endpoint
	if c.Erased {
		whole.Caller, whole.CallerName, whole.Called, whole.Endpoint = c.Caller, c.CallerName, c.Called, c.Endpoint
		whole.Erased = true
	}
	whole.sum()
	return whole, true
}

func (c Call) lastSequence() int64 { return c.Parts[len(c.Parts)-1].Sequence }

// sum sets what follows from the parts.
func (c *Call) sum() {
	c.AnsweredAt, c.EndedAt, c.AnsweredBy = time.Time{}, time.Time{}, ""
	c.Disposition = c.Parts[len(c.Parts)-1].Disposition
	for _, p := range c.Parts {
		if p.EndedAt.After(c.EndedAt) {
			c.EndedAt = p.EndedAt
		}
		if p.Disposition != Answered || p.AnsweredAt.IsZero() {
			continue
		}
		c.Disposition = Answered
		if c.AnsweredAt.IsZero() || p.AnsweredAt.Before(c.AnsweredAt) {
			c.AnsweredAt = p.AnsweredAt
		}
		if p.AnsweredBy != "" {
			c.AnsweredBy = p.AnsweredBy
		}
	}
	c.BilledSeconds = billed(c.Parts)
}

// billed is for how many seconds any of the parts was answered.
func billed(parts []Part) int {
	parts = slices.DeleteFunc(slices.Clone(parts), func(p Part) bool {
		return p.Disposition != Answered || p.AnsweredAt.IsZero()
	})
	slices.SortFunc(parts, func(a, b Part) int { return a.AnsweredAt.Compare(b.AnsweredAt) })
	var sum time.Duration
	var until time.Time
	for _, p := range parts {
		from := p.AnsweredAt
		if from.Before(until) {
			from = until
		}
		if p.EndedAt.After(from) {
			sum += p.EndedAt.Sub(from)
			until = p.EndedAt
		}
	}
	return int(sum / time.Second)
}
