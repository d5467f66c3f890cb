package confdir

import (
	"context"
	"fmt"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/resource"
)

var _ resource.TrunkWatcher = (*PBX)(nil)

// TrunkStates implements [resource.TrunkWatcher]. Without a connection nothing
// is known.
func (p *PBX) TrunkStates(ctx context.Context, s resource.Snapshot) (map[string]resource.TrunkState, error) {
	if !p.online() {
		return nil, nil
	}
	return TrunkStates(ctx, p.console.ami, s)
}

// TrunkStates asks Asterisk for the trunks of one organisation, however many it
// has: what registrations it makes, and who answers. Its error wraps
// [resource.ErrPBXUnavailable] when Asterisk is away.
func TrunkStates(ctx context.Context, conn AMI, s resource.Snapshot) (map[string]resource.TrunkState, error) {
	prefix := s.Organization.ContextPrefix
	if err := checkPrefix(prefix); err != nil {
		return nil, err
	}
	registrations, contacts := asterisk.TrunkQueries(prefix)
	registered, err := console{conn}.command(ctx, registrations)
	if err != nil {
		return nil, fmt.Errorf("list registrations in Asterisk: %w", err)
	}
	answering, err := console{conn}.command(ctx, contacts)
	if err != nil {
		return nil, fmt.Errorf("list contacts in Asterisk: %w", err)
	}
	return asterisk.TrunkStates(s, registered, answering), nil
}
