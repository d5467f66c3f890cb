package cdr

import (
	"context"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/mask"
)

// Reveal returns one call with the numbers and the name in it, whether they are
// masked or not. The trail keeps the reason, see [org.CheckReason], and neither
// number nor name; who calls Reveal has to append its entry before he shows the call.
// It returns [org.ErrNotFound], or an [*org.InvalidError], also for a reason that
// repeats a number of the call.
func (s *Service) Reveal(ctx context.Context, o org.Organization, id, reason string) (Call, error) {
	reason, err := org.CheckReason(reason)
	if err != nil {
		return Call{}, err
	}
	c, err := s.store.Call(ctx, o.ID, id)
	if err != nil {
		return Call{}, err
	}
	if mask.Repeats(reason, c.Caller) || mask.Repeats(reason, c.Called) {
		return Call{}, org.Invalid("reason", "number", "must not repeat a number of the call: the trail keeps it for ever")
	}
	audit.ChangedOutside(ctx, "call", id, nil, struct {
		Reason string `json:"reason"`
	}{reason})
	return c, nil
}
