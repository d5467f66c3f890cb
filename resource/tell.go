package resource

import (
	"context"
	"time"

	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/event"
)

// changed tells the trail and the webhooks what changes in the transaction:
// before is nil when it is new, after when it goes.
func (k kind[T]) changed(ctx context.Context, tx Tx, at time.Time, before, after *T) error {
	var was, is any // of which a nil *T is none
	verb, meta := "updated", Meta{}
	if before != nil {
		was, meta = *before, *k.meta(before)
	} else {
		verb = "created"
	}
	if after != nil {
		is, meta = *after, *k.meta(after)
	} else {
		verb = "deleted"
	}
	audit.Changed(ctx, string(k.name), meta.ID, was, is, k.secrets...)
	// No more than the id: events may overtake each other, so what a resource is
	// now has to be read anyway, and whoever reads it is asked who he is.
	e, err := event.New(event.Type(string(k.name)+"."+verb), at, struct {
		ID      string `json:"id"`
		Version int64  `json:"version"`
	}{meta.ID, meta.Version})
	if err != nil {
		return err
	}
	return tx.Tell(ctx, tx.Organization().ID, e)
}
