package deploy

import (
	"context"
	"errors"
	"fmt"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/resource"
)

// ErrOneNode is returned where there is one PBX, and nowhere to move to.
var ErrOneNode = errors.New("there is one PBX, and no other node")

// Nodes returns the nodes of the PBX and what each has, or [ErrOneNode] where
// it is no [resource.Fleet].
func (s *Service) Nodes(ctx context.Context) ([]resource.NodeLoad, error) {
	fleet, is := s.pbx.(resource.Fleet)
	if !is {
		return nil, ErrOneNode
	}
	loads, err := fleet.Loads(ctx)
	if err != nil {
		return nil, fmt.Errorf("list nodes: %w", err)
	}
	return loads, nil
}

// CheckNode returns a [*resource.UnknownNodeError] for a node that is not
// there, or [ErrOneNode].
func (s *Service) CheckNode(ctx context.Context, node string) error {
	loads, err := s.Nodes(ctx)
	if err != nil {
		return err
	}
	for _, l := range loads {
		if l.Name == node {
			return nil
		}
	}
	return &resource.UnknownNodeError{Name: node}
}

// Placement returns where an organisation is. The node is "" where it is
// nowhere yet, and where there is one PBX.
func (s *Service) Placement(ctx context.Context, contextPrefix string) (resource.Placement, error) {
	fleet, is := s.pbx.(resource.Fleet)
	if !is {
		return resource.Placement{}, nil
	}
	p, err := fleet.Placement(ctx, contextPrefix)
	if errors.Is(err, org.ErrNotFound) {
		return resource.Placement{}, nil
	}
	if err != nil {
		return p, fmt.Errorf("placement: %w", err)
	}
	return p, nil
}

// PlanMove returns what a move would change on the new node, and changes
// nothing. The errors are those of Move.
func (s *Service) PlanMove(ctx context.Context, organizationID, node string) (Plan, error) {
	fleet, is := s.pbx.(resource.Fleet)
	if !is {
		return Plan{}, ErrOneNode
	}
	snapshot, err := s.snapshot(ctx, organizationID)
	if err != nil {
		return Plan{}, fmt.Errorf("plan a move: %w", err)
	}
	changes, err := fleet.PlanMove(ctx, snapshot, node)
	if err != nil {
		return Plan{}, fmt.Errorf("plan a move: %w", err)
	}
	return Plan{Changes: changes, Warnings: snapshot.Warnings()}, nil
}

// Move brings an organisation to another node, which is in charge of it when
// this returns; see [resource.Fleet]. Run takes it off the old one when its last
// call there has ended. The trail says where it was and is. It returns
// [org.ErrNotFound], [ErrOneNode], a [*resource.UnknownNodeError],
// [resource.ErrMoving], or the error of the node; then the organisation is where
// it was.
func (s *Service) Move(ctx context.Context, organizationID, node string) (resource.Placement, error) {
	fleet, is := s.pbx.(resource.Fleet)
	if !is {
		return resource.Placement{}, ErrOneNode
	}
	var before, after resource.Placement
	err := s.alone(ctx, organizationID, true, func(ctx context.Context, snapshot resource.Snapshot) (err error) {
		if before, err = s.Placement(ctx, snapshot.Organization.ContextPrefix); err == nil {
			after, err = fleet.Move(ctx, snapshot, node)
		}
		return err
	})
	if err != nil {
		return after, fmt.Errorf("move to another node: %w", err)
	}
	audit.ChangedOutside(ctx, "organization", organizationID, shownPlacement{before.Node}, shownPlacement{after.Node})
	s.Changed(organizationID) // what was changed while it moved
	return after, nil
}

// shownPlacement is what the trail keeps of a placement.
type shownPlacement struct {
	Node string `json:"node"`
}

// alone runs f with the newest snapshot, while nobody else changes the
// organisation in the PBX, here or in another process.
func (s *Service) alone(ctx context.Context, id string, patient bool, f func(context.Context, resource.Snapshot) error) error {
	turn, err := s.turns.wait(ctx, id)
	if err != nil {
		return err
	}
	defer turn.leave()
	ctx, lease, err := s.lease(ctx, id, patient)
	if err != nil {
		return err
	}
	defer lease.release()
	ctx, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	snapshot, err := s.snapshot(ctx, id)
	if err != nil {
		return err
	}
	return f(ctx, snapshot)
}

// leaveNodes takes organisations that moved off the nodes that they leave, until
// ctx ends.
func (s *Service) leaveNodes(ctx context.Context, fleet resource.Fleet) {
	for ctx.Err() == nil {
		leaving, err := fleet.Leaving(ctx)
		if err != nil && ctx.Err() == nil {
			s.opts.Logger.Error("look for organisations that leave a node", "error", err)
		}
		for _, p := range leaving {
			s.leaveNode(ctx, fleet, p)
		}
		if pause(ctx, s.opts.Poll) != nil {
			return
		}
	}
}

func (s *Service) leaveNode(ctx context.Context, fleet resource.Fleet, p resource.Placement) {
	done := false
	err := s.alone(ctx, p.OrganizationID, false, func(ctx context.Context, snapshot resource.Snapshot) (err error) {
		done, err = fleet.Leave(ctx, snapshot)
		return err
	})
	switch {
	case ctx.Err() != nil, errors.Is(err, errLeased), errors.Is(err, org.ErrNotFound):
		// Another process does, or the organisation is deleted, and so removed.
	case err != nil:
		s.opts.Logger.Warn("an organisation does not leave its old node yet",
			"organization_id", p.OrganizationID, "node", p.Leaving, "error", err)
	case done:
		s.opts.Logger.Info("an organisation left its old node", "organization_id", p.OrganizationID, "node", p.Leaving, "to", p.Node)
	}
}
