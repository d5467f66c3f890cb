package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/orgpbx/orgpbx/resource"
)

// Switches is what the phones of organisations have switched by feature codes
// on a node, such as do not disturb. A live.PBX is one.
type Switches interface {
	// Switches returns those of an organisation, by names that are the same on
	// every node.
	Switches(ctx context.Context, contextPrefix string) (map[string]string, error)
	// TakeSwitches takes over those of another node. When called again it changes
	// only what is otherwise there than the last time, so that what phones switch
	// here meanwhile stays. Where begin is false, and it was never called with
	// true since the organisation was removed here, it does nothing.
	TakeSwitches(ctx context.Context, contextPrefix string, switches map[string]string, begin bool) error
}

// askTime is how long a node may take to tell what an organisation has there:
// one that is away must not stop a move away from it.
const askTime = 10 * time.Second

// switchesOf reads what phones have switched on the node that an organisation
// is to leave. Where that does not come along it says why.
func (f *Fleet) switchesOf(ctx context.Context, from, to Node, contextPrefix string) (map[string]string, []resource.LeftBehind, error) {
	left := func(reason string) []resource.LeftBehind {
		return []resource.LeftBehind{{What: resource.Switches, Reason: reason}}
	}
	if from.Switches == nil || to.Switches == nil {
		return nil, left("what phones switched by codes does not move between " + from.Name + " and " + to.Name), nil
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	switches, err := from.Switches.Switches(ctx, contextPrefix)
	if errors.Is(err, resource.ErrPBXUnavailable) {
		return nil, left(from.Name + " cannot be reached: what phones switched there by codes is lost"), nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", from.Name, err)
	}
	return switches, nil, nil
}

// beginWithSwitches has the new node know what phones switched on the old one
// before it knows the phones: its trunks may bring calls at once.
func (f *Fleet) beginWithSwitches(ctx context.Context, from, to Node, contextPrefix string) ([]resource.LeftBehind, error) {
	switches, left, err := f.switchesOf(ctx, from, to, contextPrefix)
	if err != nil || left != nil {
		return left, err
	}
	if err := to.Switches.TakeSwitches(ctx, contextPrefix, switches, true); err != nil {
		return nil, fmt.Errorf("%s: %w", to.Name, err)
	}
	return nil, nil
}

// followSwitches brings what phones switched on the node that an organisation
// leaves since the new one began with that. On a node that takes no calls any
// more nothing is switched.
func (f *Fleet) followSwitches(ctx context.Context, p resource.Placement) error {
	from, err := f.node(p.Leaving)
	if err != nil {
		return err
	}
	to, err := f.node(p.Node)
	if err != nil || from.Switches == nil || to.Switches == nil {
		return err
	}
	switches, err := from.Switches.Switches(ctx, p.ContextPrefix)
	if err != nil {
		return fmt.Errorf("%s: %w", from.Name, err)
	}
	if err := to.Switches.TakeSwitches(ctx, p.ContextPrefix, switches, false); err != nil {
		return fmt.Errorf("%s: %w", to.Name, err)
	}
	return nil
}
