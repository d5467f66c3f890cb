package httpapi

import (
	"context"
	"fmt"

	"github.com/orgpbx/orgpbx/org"
)

// configState is how far the PBX is.
type configState struct {
	DesiredRevision int64           `json:"desired_revision" doc:"Raised by one with every change the PBX must know." example:"4"`
	AppliedRevision int64           `json:"applied_revision" doc:"The newest revision that is live in the PBX; 0 when none is." example:"4"`
	State           org.ConfigState `json:"state" enum:"pending,applied,failed" doc:"pending: a change waits for the PBX. applied: the PBX has it all. failed: the PBX refused the newest try; it is tried again." example:"applied"`
}

func showConfig(c org.ConfigStatus) configState {
	return configState{DesiredRevision: c.DesiredRevision, AppliedRevision: c.AppliedRevision, State: c.State}
}

// settle gives the deploy of a saved change its moment and returns how far the
// organisation came. It is nil when that cannot be read: the change is saved
// all the same, so this is no reason to answer with an error.
func (c *call) settle(organizationID string) *configState {
	c.api.await(c.ctx(), "deploy", func(ctx context.Context) error {
		_, err := c.api.config.Deployer.Deploy(ctx, organizationID)
		return err
	})
	o, err := c.api.config.Organizations.Get(c.ctx(), organizationID)
	if err != nil {
		c.api.config.Logger.WarnContext(c.ctx(), "read the config state after a write",
			"request_id", exchangeOf(c.ctx()).requestID, "organization_id", organizationID, "error", err)
		return nil
	}
	state := showConfig(o.Config)
	return &state
}

// await runs work and waits for it, for DeployWait at most. A deploy goes on
// when nobody waits any more, within the deployer's own time limit; what it
// leaves undone the deployer does later.
func (a *API) await(ctx context.Context, what string, work func(context.Context) error) {
	ctx, cancel := context.WithTimeout(ctx, a.config.DeployWait)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.guard(ctx, what, work)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// guard runs work beside a request and logs how it failed. A panic there would
// end the process, not just the request.
func (a *API) guard(ctx context.Context, what string, work func(context.Context) error) {
	defer func() {
		if reason := recover(); reason != nil {
			a.config.Logger.ErrorContext(ctx, "panic", "while", what, "panic", fmt.Sprint(reason))
		}
	}()
	if err := work(ctx); err != nil {
		a.config.Logger.WarnContext(ctx, "after a request", "doing", what, "error", err)
	}
}
