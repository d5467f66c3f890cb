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

// Move is what moving an organisation to another node comes to.
type Move struct {
	// Plan is what would change on the new node; it is empty once it is done.
	Plan
	// Placement is where the organisation is now.
	Placement resource.Placement
	// SIPDomain is where phones register after the move, and SIPDomainBefore where
	// they did before. Where these differ every phone has to be told.
	SIPDomain, SIPDomainBefore string
	// LeftBehind is what does not come along.
	LeftBehind []resource.LeftBehind
}

// PlanMove returns what a move would come to, and changes nothing. The errors
// are those of Move.
func (s *Service) PlanMove(ctx context.Context, organizationID, node string) (Move, error) {
	fleet, is := s.pbx.(resource.Fleet)
	if !is {
		return Move{}, ErrOneNode
	}
	snapshot, err := s.snapshot(ctx, organizationID)
	if err != nil {
		return Move{}, fmt.Errorf("plan a move: %w", err)
	}
	changes, left, err := fleet.PlanMove(ctx, snapshot, node)
	if err != nil {
		return Move{}, fmt.Errorf("plan a move: %w", err)
	}
	prefix := snapshot.Organization.ContextPrefix
	now, err := s.Placement(ctx, prefix)
	if err != nil {
		return Move{}, fmt.Errorf("plan a move: %w", err)
	}
	return Move{
		Plan: Plan{Changes: changes, Warnings: snapshot.Warnings()}, Placement: now, LeftBehind: left,
		SIPDomain: s.sipDomainOn(node, prefix), SIPDomainBefore: s.sipDomainOn(now.Node, prefix),
	}, nil
}

// Move brings an organisation to another node, which is in charge of it when
// this returns; see [resource.Fleet]. Run takes it off the old one when its last
// call there has ended. The trail says where it was and is. It returns
// [org.ErrNotFound], [ErrOneNode], a [*resource.UnknownNodeError],
// [resource.ErrMoving], or the error of the node; then the organisation is where
// it was.
func (s *Service) Move(ctx context.Context, organizationID, node string) (Move, error) {
	fleet, is := s.pbx.(resource.Fleet)
	if !is {
		return Move{}, ErrOneNode
	}
	var before resource.Placement
	var made Move
	err := s.alone(ctx, organizationID, true, func(ctx context.Context, snapshot resource.Snapshot) (err error) {
		prefix := snapshot.Organization.ContextPrefix
		if before, err = s.Placement(ctx, prefix); err == nil {
			made.Placement, made.LeftBehind, err = fleet.Move(ctx, snapshot, node)
		}
		made.SIPDomain, made.SIPDomainBefore = s.sipDomainOn(made.Placement.Node, prefix), s.sipDomainOn(before.Node, prefix)
		return err
	})
	if err != nil {
		return made, fmt.Errorf("move to another node: %w", err)
	}
	audit.ChangedOutside(ctx, "organization", organizationID, shownPlacement{before.Node}, shownPlacement{made.Placement.Node})
	s.Changed(organizationID) // what was changed while it moved
	return made, nil
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
