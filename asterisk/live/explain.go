package live

import (
	"context"
	"fmt"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/resource"
)

var _ resource.Explainer = (*PBX)(nil)

// Explain is Plan with the settings of each object. Of what Asterisk runs
// otherwise than its database and files say they are not known.
func (p *PBX) Explain(ctx context.Context, s resource.Snapshot) ([]resource.ObjectChange, error) {
	c, err := p.compare(ctx, asterisk.Render(s), true)
	if err != nil {
		return nil, fmt.Errorf("plan for Asterisk: %w", err)
	}
	known := len(c.changes)
	if err := c.findDrift(ctx); err != nil {
		return nil, fmt.Errorf("plan for Asterisk: %w", err)
	}
	drift := resource.WithoutSettings(c.changes[known:])
	return append(asterisk.Explain(c.have.Config, c.want.Config), drift...), nil
}
