package deploy

import (
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/event"
)

// Event returns the event of a deployment that went live or was refused, and
// false for one that waits for the PBX.
func (d Deployment) Event() (e event.Event, told bool, err error) {
	kind := event.DeploymentApplied
	switch d.State {
	case org.Applied:
	case org.Failed:
		kind = event.DeploymentFailed
	default:
		return event.Event{}, false, nil
	}
	e, err = event.New(kind, d.FinishedAt, struct {
		ID       string `json:"id"`
		Revision int64  `json:"revision"`
		Changes  int    `json:"changes"`
		Warnings int    `json:"warnings"`
		Error    string `json:"error,omitempty"`
	}{d.ID, d.Revision, len(d.Changes), len(d.Warnings), d.Error})
	return e, err == nil, err
}
