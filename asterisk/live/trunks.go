package live

import (
	"context"

	"github.com/orgpbx/orgpbx/asterisk/confdir"
	"github.com/orgpbx/orgpbx/resource"
)

var _ resource.TrunkWatcher = (*PBX)(nil)

// TrunkStates implements [resource.TrunkWatcher].
func (p *PBX) TrunkStates(ctx context.Context, s resource.Snapshot) (map[string]resource.TrunkState, error) {
	return confdir.TrunkStates(ctx, p.console.ami, s)
}
