package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// Node is one PBX of a fleet.
type Node struct {
	// Name is what placements call it. It must not change.
	Name string
	PBX  resource.PBX
	// Calls counts what runs of an organisation's calls, so that a move can wait
	// for their end. When nil a move does not wait.
	Calls func(ctx context.Context, contextPrefix string) (int, error)
	// Has tells whether it has an organisation already, so that one from before
	// there was a fleet is found and not placed again. When nil it is not asked.
	Has func(ctx context.Context, contextPrefix string) (bool, error)
	// Switches is what phones switched by feature codes. When nil that stays behind
	// in a move from or to the node.
	Switches Switches
	// LookAtMailboxes has it count the messages in all mailboxes, and show lamps,
	// after some were brought there. When nil a lamp waits until its mailbox is used.
	LookAtMailboxes func(ctx context.Context) error
}

// Options are what a [Fleet] may have beside its nodes.
type Options struct {
	// Voicemail brings messages from node to node. When nil they stay behind in a
	// move.
	Voicemail Voicemail
}

// Fleet is a [resource.PBX] of several nodes. It is safe for concurrent use.
type Fleet struct {
	nodes      []Node
	placements resource.Placements
	voicemail  Voicemail
	suspended  sync.Map // context prefixes: the node that it leaves, and that knows it
}

var (
	_ resource.Fleet     = (*Fleet)(nil)
	_ resource.Explainer = (*Fleet)(nil)
)

// New checks the nodes. It talks to none of them.
func New(nodes []Node, placements resource.Placements, opts Options) (*Fleet, error) {
	if len(nodes) == 0 {
		return nil, errors.New("fleet: there must be a node")
	}
	if placements == nil {
		return nil, errors.New("fleet: placements must be set")
	}
	seen := map[string]bool{}
	for _, n := range nodes {
		if n.Name == "" || n.PBX == nil || seen[n.Name] {
			return nil, fmt.Errorf("fleet: node %q needs a PBX and a name of its own", n.Name)
		}
		seen[n.Name] = true
	}
	return &Fleet{nodes: nodes, placements: placements, voicemail: opts.Voicemail}, nil
}

func (f *Fleet) node(name string) (Node, error) {
	for _, n := range f.nodes {
		if n.Name == name {
			return n, nil
		}
	}
	return Node{}, &resource.UnknownNodeError{Name: name}
}

// Plan returns what Apply would change on the node of the organisation, or on
// the one where it would be placed.
func (f *Fleet) Plan(ctx context.Context, s resource.Snapshot) ([]resource.Change, error) {
	n, err := f.nodeOf(ctx, s)
	if err != nil {
		return nil, err
	}
	return n.PBX.Plan(ctx, s)
}

// Explain is Plan with the settings of each object, where the node knows them.
func (f *Fleet) Explain(ctx context.Context, s resource.Snapshot) ([]resource.ObjectChange, error) {
	n, err := f.nodeOf(ctx, s)
	if err != nil {
		return nil, err
	}
	return resource.Explain(ctx, n.PBX, s)
}

// nodeOf returns the node of an organisation, or the one where it would be
// placed.
func (f *Fleet) nodeOf(ctx context.Context, s resource.Snapshot) (Node, error) {
	p, err := f.placements.Placement(ctx, s.Organization.ContextPrefix)
	if errors.Is(err, org.ErrNotFound) {
		p, err = f.choose(ctx, s)
	}
	if err != nil {
		return Node{}, fmt.Errorf("find the node: %w", err)
	}
	return f.node(p.Node)
}

// Apply makes the node of the organisation obey the snapshot, and places the
// organisation first where it has none.
func (f *Fleet) Apply(ctx context.Context, s resource.Snapshot) ([]resource.Change, error) {
	p, err := f.place(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("find the node: %w", err)
	}
	for {
		n, err := f.node(p.Node)
		if err != nil {
			return nil, err
		}
		changes, err := n.PBX.Apply(ctx, s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", n.Name, err)
		}
		// It may have been moved away meanwhile, by another process.
		now, err := f.placements.Placement(ctx, p.ContextPrefix)
		if err != nil {
			return nil, fmt.Errorf("find the node: %w", err)
		}
		if now.Node == p.Node {
			return changes, f.count(ctx, now, s)
		}
		if err := f.takeBack(ctx, n, now); err != nil {
			return nil, err
		}
		p = now
	}
}

// takeBack removes what was applied to a node that the organisation has left.
// Who is still draining it will remove it there.
func (f *Fleet) takeBack(ctx context.Context, n Node, now resource.Placement) error {
	if now.Leaving == n.Name {
		return nil
	}
	_, err := n.PBX.Remove(ctx, now.ContextPrefix)
	return err
}

// Remove takes an organisation out of every node that may have it, and forgets
// where it was.
func (f *Fleet) Remove(ctx context.Context, contextPrefix string) ([]resource.Change, error) {
	p, err := f.placements.Placement(ctx, contextPrefix)
	if errors.Is(err, org.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find the node: %w", err)
	}
	var changes []resource.Change
	for _, name := range []string{p.Node, p.MovingTo, p.Leaving} {
		if name == "" {
			continue
		}
		n, err := f.node(name)
		if err != nil {
			return changes, err
		}
		removed, err := n.PBX.Remove(ctx, contextPrefix)
		changes = append(changes, removed...)
		if err != nil {
			return changes, fmt.Errorf("%s: %w", n.Name, err)
		}
	}
	return changes, f.placements.Unplace(ctx, contextPrefix)
}

func endpoints(s resource.Snapshot) int { return len(s.Users) + len(s.Trunks) }

// place returns where the organisation is, after it was placed if need be.
func (f *Fleet) place(ctx context.Context, s resource.Snapshot) (resource.Placement, error) {
	p, err := f.placements.Placement(ctx, s.Organization.ContextPrefix)
	if !errors.Is(err, org.ErrNotFound) {
		return p, err
	}
	if p, err = f.choose(ctx, s); err != nil {
		return resource.Placement{}, err
	}
	return f.placements.Place(ctx, p)
}

// choose returns the node that has the organisation already, else the one with
// the fewest endpoints.
func (f *Fleet) choose(ctx context.Context, s resource.Snapshot) (resource.Placement, error) {
	p, err := f.found(ctx, s)
	if err != nil || p.Node != "" {
		return p, err
	}
	loads, err := f.Loads(ctx)
	if err != nil {
		return p, err
	}
	least := slices.MinFunc(loads, func(a, b resource.NodeLoad) int { return cmp.Compare(a.Endpoints, b.Endpoints) })
	p.Node = least.Name
	return p, nil
}

// found looks for an organisation that was live before it was placed. Its
// placement has no node when none has it.
func (f *Fleet) found(ctx context.Context, s resource.Snapshot) (resource.Placement, error) {
	o := s.Organization
	p := resource.Placement{ContextPrefix: o.ContextPrefix, OrganizationID: o.ID, Endpoints: endpoints(s)}
	if o.Config.AppliedRevision == 0 {
		return p, nil
	}
	for _, n := range f.nodes {
		if n.Has == nil {
			continue
		}
		has, err := n.Has(ctx, o.ContextPrefix)
		if err != nil {
			return p, fmt.Errorf("%s: %w", n.Name, err)
		}
		if has {
			p.Node = n.Name
			return p, nil
		}
	}
	return p, nil
}

// Loads implements [resource.Fleet]. An organisation counts where it is, and
// where it is being moved to.
func (f *Fleet) Loads(ctx context.Context) ([]resource.NodeLoad, error) {
	all, err := f.placements.Placements(ctx)
	if err != nil {
		return nil, err
	}
	loads := make([]resource.NodeLoad, len(f.nodes))
	for i, n := range f.nodes {
		loads[i].Name = n.Name
		for _, p := range all {
			if p.Node == n.Name || p.MovingTo == n.Name {
				loads[i].Organizations++
				loads[i].Endpoints += p.Endpoints
			}
			if p.Leaving == n.Name {
				loads[i].Leaving++
			}
		}
	}
	return loads, nil
}

// Placement implements [resource.Fleet].
func (f *Fleet) Placement(ctx context.Context, contextPrefix string) (resource.Placement, error) {
	return f.placements.Placement(ctx, contextPrefix)
}

// count keeps how many endpoints an organisation has. Who was faster is right
// too, the next time.
func (f *Fleet) count(ctx context.Context, p resource.Placement, s resource.Snapshot) error {
	now := p
	if now.Endpoints, now.OrganizationID = endpoints(s), s.Organization.ID; now == p {
		return nil
	}
	_, err := f.placements.Replace(ctx, p, now)
	return err
}
