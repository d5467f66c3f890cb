package fleet

import (
	"context"
	"errors"
	"fmt"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

var _ resource.TrunkWatcher = (*Fleet)(nil)

// TrunkStates implements [resource.TrunkWatcher], as the node of the
// organisation sees it. Nothing is known where the node cannot tell, and of an
// organisation that is nowhere yet.
func (f *Fleet) TrunkStates(ctx context.Context, s resource.Snapshot) (map[string]resource.TrunkState, error) {
	p, err := f.placements.Placement(ctx, s.Organization.ContextPrefix)
	if errors.Is(err, org.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find the node: %w", err)
	}
	n, err := f.node(p.Node)
	if err != nil {
		return nil, err
	}
	watcher, can := n.PBX.(resource.TrunkWatcher)
	if !can {
		return nil, nil
	}
	states, err := watcher.TrunkStates(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n.Name, err)
	}
	return states, nil
}
