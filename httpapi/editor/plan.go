package editor

import (
	"context"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/deploy"
)

// plan is what a deploy would change, as a page shows it.
type plan struct {
	deploy.Plan
	Known   bool // the PBX could be asked
	Unknown bool // it could not
}

// planOf asks the PBX. A PBX that is away, or refuses to tell, is no reason to
// have no page.
func (e *Editor) planOf(ctx context.Context, o org.Organization) plan {
	p, err := e.config.Deployer.Plan(ctx, o.ID)
	return e.shownPlan(ctx, p, err)
}

func (e *Editor) shownPlan(ctx context.Context, p deploy.Plan, err error) plan {
	if err != nil {
		e.config.Logger.WarnContext(ctx, "editor: no plan", "error", err)
	}
	return plan{Plan: p, Known: err == nil, Unknown: err != nil}
}

// mostObjects is how many objects of a plan a page lists: it must not grow with
// the organisation. The API has all.
const mostObjects = 25

// Shown returns the objects that the page lists.
func (p plan) Shown() []resource.ObjectChange { return p.Changes[:min(len(p.Changes), mostObjects)] }

// More returns how many objects there are beside those.
func (p plan) More() int { return len(p.Changes) - len(p.Shown()) }

// Count returns how many objects a plan adds, modifies or deletes.
func (p plan) Count(action resource.ChangeAction) int {
	n := 0
	for _, c := range p.Changes {
		if c.Action == action {
			n++
		}
	}
	return n
}
