package fleet

import (
	"context"
	"errors"
	"fmt"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// Move brings an organisation to another node; see [resource.Fleet].
//
// The new node gets everything first, with what phones switched by codes and a
// copy of voicemail, and has been seen to have what was applied before the
// placement changes. Then the old node takes no new calls, as for a suspended
// organisation, and [Fleet.Leave] brings the rest of voicemail and removes the
// organisation there when its last call has ended. An old node that is away does
// not stop a move.
//
// One that was cut off can be repeated, or taken back by moving to the node
// where the organisation is. One that is placed nowhere is just placed.
func (f *Fleet) Move(ctx context.Context, s resource.Snapshot, to string) (resource.Placement, []resource.LeftBehind, error) {
	target, p, err := f.way(ctx, s, to)
	if err != nil {
		return p, nil, err
	}
	var left []resource.LeftBehind
	switch {
	case p.Node != to:
		if p, left, err = f.switchOver(ctx, p, target, s); err != nil {
			return p, nil, err
		}
		// Who was away learns it when it is back, by [Fleet.Leave].
		if f.suspend(ctx, p, s) == nil {
			_ = f.followSwitches(ctx, f.oldNode(p.Leaving), target, p.ContextPrefix)
		}
	case p.MovingTo != "":
		half, err := f.node(p.MovingTo)
		if err != nil {
			return p, nil, err
		}
		if err := f.giveUp(ctx, p, half); err != nil {
			return p, nil, err
		}
		p.MovingTo = ""
	}
	return p, left, nil
}

// PlanMove implements [resource.Fleet].
func (f *Fleet) PlanMove(ctx context.Context, s resource.Snapshot, to string) ([]resource.ObjectChange, []resource.LeftBehind, error) {
	target, err := f.node(to)
	if err != nil {
		return nil, nil, err
	}
	p, err := f.placements.Placement(ctx, s.Organization.ContextPrefix)
	if err != nil && !errors.Is(err, org.ErrNotFound) {
		return nil, nil, err
	}
	if err := onTheMove(p, to); err != nil {
		return nil, nil, err
	}
	var left []resource.LeftBehind
	if p.Node != "" && p.Node != to {
		old := f.oldNode(p.Node)
		if _, left, err = f.switchesOf(ctx, old, target, p.ContextPrefix); err != nil {
			return nil, nil, err
		}
		left = append(left, f.voicemailLeft(old, target)...)
	}
	changes, err := resource.Explain(ctx, target.PBX, s)
	return changes, left, err
}

// way returns the node to move to, and where the organisation is: there, if it
// was placed nowhere.
func (f *Fleet) way(ctx context.Context, s resource.Snapshot, to string) (Node, resource.Placement, error) {
	target, err := f.node(to)
	if err != nil {
		return target, resource.Placement{}, err
	}
	p, err := f.placements.Placement(ctx, s.Organization.ContextPrefix)
	if errors.Is(err, org.ErrNotFound) {
		p, err = f.found(ctx, s)
		if err == nil && p.Node == "" {
			p.Node = to
		}
		if err == nil {
			p, err = f.placements.Place(ctx, p)
		}
	}
	if err != nil {
		return target, p, err
	}
	return target, p, onTheMove(p, to)
}

// onTheMove returns an error where an organisation is on its way to somewhere
// else.
func onTheMove(p resource.Placement, to string) error {
	switch {
	case p.Node == to:
		return nil
	case p.Leaving != "":
		return fmt.Errorf("%w: it is leaving %s", resource.ErrMoving, p.Leaving)
	case p.MovingTo != "" && p.MovingTo != to:
		return fmt.Errorf("%w: to %s", resource.ErrMoving, p.MovingTo)
	default:
		return nil
	}
}

// switchOver prepares the new node and then puts it in charge.
func (f *Fleet) switchOver(
	ctx context.Context, p resource.Placement, target Node, s resource.Snapshot,
) (resource.Placement, []resource.LeftBehind, error) {
	moving := p
	moving.MovingTo = target.Name
	if err := f.replace(ctx, p, moving); err != nil {
		return p, nil, err
	}
	left, err := f.prepare(ctx, f.oldNode(p.Node), target, s)
	if err != nil {
		return p, nil, errors.Join(err, f.giveUp(ctx, moving, target))
	}
	now := moving
	now.Node, now.MovingTo, now.Leaving = target.Name, "", p.Node
	return now, left, f.replace(ctx, moving, now)
}

// oldNode returns a node to move away from. One that is not in the fleet any
// more is one of which nothing comes along.
func (f *Fleet) oldNode(name string) Node {
	n, err := f.node(name)
	if err != nil {
		return Node{Name: name}
	}
	return n
}

// prepare brings everything to the new node, and returns what does not come
// along.
func (f *Fleet) prepare(ctx context.Context, old, target Node, s resource.Snapshot) ([]resource.LeftBehind, error) {
	prefix := s.Organization.ContextPrefix
	left, err := f.beginWithSwitches(ctx, old, target, prefix)
	if err != nil {
		return nil, err
	}
	if _, err := target.PBX.Apply(ctx, s); err != nil {
		return nil, fmt.Errorf("%s: %w", target.Name, err)
	}
	return append(left, f.beginWithVoicemail(ctx, old, target, prefix)...), nil
}

// giveUp takes back what the new node may have got. Where that fails too, it is
// still known to be moving there, and the next try starts from that.
func (f *Fleet) giveUp(ctx context.Context, moving resource.Placement, target Node) error {
	ctx = context.WithoutCancel(ctx)
	if _, err := target.PBX.Remove(ctx, moving.ContextPrefix); err != nil {
		return err
	}
	if f.voicemail != nil && f.voicemail.Sees(target.Name) {
		if err := f.voicemail.TakeBack(ctx, moving.ContextPrefix, target.Name); err != nil {
			return err
		}
	}
	stayed := moving
	stayed.MovingTo = ""
	return f.replace(ctx, moving, stayed)
}

// Leaving implements [resource.Fleet].
func (f *Fleet) Leaving(ctx context.Context) ([]resource.Placement, error) {
	all, err := f.placements.Placements(ctx)
	var leaving []resource.Placement
	for _, p := range all {
		if p.Leaving != "" {
			leaving = append(leaving, p)
		}
	}
	return leaving, err
}

// Leave implements [resource.Fleet].
func (f *Fleet) Leave(ctx context.Context, s resource.Snapshot) (done bool, err error) {
	p, err := f.placements.Placement(ctx, s.Organization.ContextPrefix)
	if err != nil || p.Leaving == "" {
		return err == nil, err
	}
	if err := f.suspend(ctx, p, s); err != nil {
		return false, err
	}
	old, err := f.node(p.Leaving)
	if err != nil {
		return false, err
	}
	now, err := f.node(p.Node)
	if err != nil {
		return false, err
	}
	if err := f.followSwitches(ctx, old, now, p.ContextPrefix); err != nil {
		return false, err
	}
	if old.Calls != nil {
		calls, err := old.Calls(ctx, p.ContextPrefix)
		if err != nil || calls > 0 {
			return false, err
		}
	}
	if err := f.finishVoicemail(ctx, old, now, p.ContextPrefix); err != nil {
		return false, err
	}
	if _, err := old.PBX.Remove(ctx, p.ContextPrefix); err != nil {
		return false, fmt.Errorf("%s: %w", old.Name, err)
	}
	left := p
	left.Leaving = ""
	if err := f.replace(ctx, p, left); err != nil {
		return false, err
	}
	f.suspended.Delete(p.ContextPrefix)
	return true, nil
}

// suspend has the node that an organisation leaves take no new calls. It is
// done once: it costs a deploy.
func (f *Fleet) suspend(ctx context.Context, p resource.Placement, s resource.Snapshot) error {
	if node, is := f.suspended.Load(p.ContextPrefix); is && node == p.Leaving {
		return nil
	}
	old, err := f.node(p.Leaving)
	if err != nil {
		return err
	}
	s.Organization.Status = org.Suspended
	if _, err := old.PBX.Apply(ctx, s); err != nil {
		return fmt.Errorf("%s: %w", old.Name, err)
	}
	f.suspended.Store(p.ContextPrefix, p.Leaving)
	return nil
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
			return resource.ErrMoving
		}
		old.Endpoints, p.Endpoints = kept.Endpoints, kept.Endpoints
		old.OrganizationID, p.OrganizationID = kept.OrganizationID, kept.OrganizationID
	}
}
