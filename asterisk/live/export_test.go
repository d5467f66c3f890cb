package live

import (
	"context"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/resource"
)

// ApplyConfig is Apply for a configuration that no snapshot gives, such as one
// that Asterisk refuses.
func (p *PBX) ApplyConfig(ctx context.Context, c asterisk.Config) ([]resource.Change, error) {
	return p.converge(ctx, c)
}

// PlanConfig is Plan for such a configuration.
func (p *PBX) PlanConfig(ctx context.Context, c asterisk.Config) ([]resource.Change, error) {
	return p.plan(ctx, c)
}
