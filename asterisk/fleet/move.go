package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// ErrMoving is returned where an organisation is being moved somewhere else, or
// its placement changed meanwhile: try again later.
var ErrMoving = errors.New("the organisation is being moved already")

// drainPoll is how often a node is asked whether the last call ended.
const drainPoll = 200 * time.Millisecond

// Move brings an organisation to another node. snapshot returns what it is now;
// it is asked more than once, and must be unsealed.
//
// The new node gets everything first, and has been seen to have it before the
// placement changes. Then the old node takes no new calls, as for a suspended
// organisation; when its last call has ended the organisation is removed from
// it. ctx bounds that too: when it ends before the last call does, the old node
// goes on draining, and Move with the same node waits again.
//
// Whatever fails, the organisation works on exactly one node, the one of its
// placement, and Move can be repeated. Errors are [org.ErrNotFound] for an
// organisation that is placed nowhere, [*UnknownNodeError], [ErrMoving], and
// those of the nodes.
func (f *Fleet) Move(ctx context.Context, contextPrefix, to string, snapshot func(context.Context) (resource.Snapshot, error)) error {
	unlock, err := f.moves.Lock(ctx, contextPrefix)
	if err != nil {
		return err
	}
	defer unlock()
	target, err := f.node(to)
	if err != nil {
		return err
	}
	p, err := f.placements.Placement(ctx, contextPrefix)
	if err != nil {
		return err
	}
	if p.Node != to {
		if p.Leaving != "" {
			return fmt.Errorf("%w: it is leaving %s", ErrMoving, p.Leaving)
		}
		if p, err = f.switchOver(ctx, p, target, snapshot); err != nil {
			return err
		}
	}
	if p.Leaving == "" {
		return nil
	}
	// What was changed while the other node was still in charge.
	s, err := snapshot(ctx)
	if err != nil {
		return err
	}
	if _, err := target.PBX.Apply(ctx, s); err != nil {
		return fmt.Errorf("%s: %w", target.Name, err)
	}
	return f.leave(ctx, p, s)
}

// switchOver prepares the new node and then puts it in charge.
func (f *Fleet) switchOver(
	ctx context.Context, p resource.Placement, target Node, snapshot func(context.Context) (resource.Snapshot, error),
) (resource.Placement, error) {
	moving := p
	moving.MovingTo = target.Name
	if p.MovingTo != "" && p.MovingTo != target.Name {
		return p, fmt.Errorf("%w: to %s", ErrMoving, p.MovingTo)
	}
	if err := f.replace(ctx, p, moving); err != nil {
		return p, err
	}
	s, err := snapshot(ctx)
	if err == nil {
		_, err = target.PBX.Apply(ctx, s)
	}
	if err != nil {
		return p, errors.Join(fmt.Errorf("%s: %w", target.Name, err), f.giveUp(ctx, moving, target))
	}
	now := moving
	now.Node, now.MovingTo, now.Leaving = target.Name, "", p.Node
	return now, f.replace(ctx, moving, now)
}

// giveUp takes back what the new node may have got. Where that fails too, it is
// still known to be moving there, and the next try starts from that.
func (f *Fleet) giveUp(ctx context.Context, moving resource.Placement, target Node) error {
	ctx = context.WithoutCancel(ctx)
	if _, err := target.PBX.Remove(ctx, moving.ContextPrefix); err != nil {
		return err
	}
	stayed := moving
	stayed.MovingTo = ""
	return f.replace(ctx, moving, stayed)
}

// leave drains the old node and removes the organisation from it.
func (f *Fleet) leave(ctx context.Context, p resource.Placement, s resource.Snapshot) error {
	old, err := f.node(p.Leaving)
	if err != nil {
		return err
	}
	s.Organization.Status = org.Suspended
	if _, err := old.PBX.Apply(ctx, s); err != nil {
		return fmt.Errorf("%s: %w", old.Name, err)
	}
	if err := drained(ctx, old, p.ContextPrefix); err != nil {
		return fmt.Errorf("%s: %w", old.Name, err)
	}
	if _, err := old.PBX.Remove(ctx, p.ContextPrefix); err != nil {
		return fmt.Errorf("%s: %w", old.Name, err)
	}
	left := p
	left.Leaving = ""
	return f.replace(ctx, p, left)
}

func drained(ctx context.Context, n Node, contextPrefix string) error {
	if n.Calls == nil {
		return nil
	}
	tick := time.NewTicker(drainPoll)
	defer tick.Stop()
	for {
		calls, err := n.Calls(ctx, contextPrefix)
		if err != nil || calls == 0 {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%d channels are still in calls: %w", calls, ctx.Err())
		}
	}
}

// replace changes a placement that nobody else changed but for its endpoints.
func (f *Fleet) replace(ctx context.Context, old, p resource.Placement) error {
	if old == p {
		return nil
	}
	for {
		replaced, err := f.placements.Replace(ctx, old, p)
		if err != nil || replaced {
			return err
		}
		kept, err := f.placements.Placement(ctx, old.ContextPrefix)
		if err != nil {
			return err
		}
		if kept.Node != old.Node || kept.MovingTo != old.MovingTo || kept.Leaving != old.Leaving {
			return ErrMoving
		}
		old.Endpoints, p.Endpoints = kept.Endpoints, kept.Endpoints
	}
}
