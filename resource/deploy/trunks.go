package deploy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/orgpbx/orgpbx/resource"
)

// trunkPatience is how long the PBX has to say how trunks are: people wait, and
// a PBX that reloads answers nothing meanwhile.
const trunkPatience = 3 * time.Second

// TrunkStates returns how the trunks of an organisation are, by id, each of
// them. They are unknown where the PBX is away, does not say in time, or cannot
// tell at all. The error is that of the store or ctx, or [org.ErrNotFound].
func (s *Service) TrunkStates(ctx context.Context, organizationID string) (map[string]resource.TrunkState, error) {
	snapshot, err := s.store.Snapshot(ctx, organizationID)
	if err != nil {
		return nil, fmt.Errorf("states of trunks: %w", err)
	}
	states, err := s.watchTrunks(ctx, snapshot)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		states = nil
		// That it is away is in the log once, and would be again with every page.
		if !errors.Is(err, resource.ErrPBXUnavailable) {
			s.opts.Logger.WarnContext(ctx, "the PBX does not say how trunks are", "organization", organizationID, "error", err)
		}
	}
	all := make(map[string]resource.TrunkState, len(snapshot.Trunks))
	for _, t := range snapshot.Trunks {
		all[t.ID] = resource.TrunkState{Line: resource.LineUnknown}
		if state, known := states[t.ID]; known {
			all[t.ID] = state
		}
	}
	return all, nil
}

// watchTrunks returns nothing where the PBX cannot tell.
func (s *Service) watchTrunks(ctx context.Context, snapshot resource.Snapshot) (map[string]resource.TrunkState, error) {
	watcher, can := s.pbx.(resource.TrunkWatcher)
	if !can || len(snapshot.Trunks) == 0 {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, trunkPatience)
	defer cancel()
	return watcher.TrunkStates(ctx, snapshot)
}
