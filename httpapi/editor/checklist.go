package editor

import (
	"context"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// checklistStep is one of the things an organisation needs before it can work.
// It is done when what it asks for is there, whoever did it.
type checklistStep struct {
	Key  string // of its texts
	Done bool
	Path string // of the page where it is taken; none where it takes itself
}

// checklist returns the steps in the order they are best taken. usage is what the
// organisation has.
func (e *Editor) checklist(ctx context.Context, o org.Organization, usage []resource.Usage) ([]checklistStep, error) {
	there := map[limits.Kind]bool{}
	for _, u := range usage {
		there[u.Kind] = u.Used > 0
	}
	people, err := e.config.Members.List(ctx, o.ID, org.Page{Limit: 1})
	if err != nil {
		return nil, err
	}
	decided, err := e.complianceDecided(ctx, o)
	if err != nil {
		return nil, err
	}
	path := "/organizations/" + o.ID
	return []checklistStep{
		{"trunk", there[limits.Trunks], path + "/trunks"},
		{"dids", there[limits.DIDs], path + "/dids"},
		{"users", there[limits.Users], path + "/users"},
		{"queues", there[limits.Queues], path + "/queues"},
		{"deploy", o.Config.State == org.Applied, path + "/deploys"},
		{"people", len(people) > 0, path + "/people"},
		{"compliance", decided, path + "/confirm-compliance"},
	}, nil
}
