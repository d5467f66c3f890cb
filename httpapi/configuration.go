package httpapi

import (
	"net/http"
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/deploy"
)

type deploymentResponse struct {
	Revision   int64             `json:"revision" example:"4"`
	State      org.ConfigState   `json:"state" enum:"pending,applied,failed" doc:"pending: the PBX was away. failed: the PBX refused." example:"applied"`
	Changes    []changeResponse  `json:"changes" nullable:"false" doc:"What the deploy changed in the PBX."`
	Warnings   []warningResponse `json:"warnings" nullable:"false" doc:"What of the revision does not work as it looks."`
	StartedAt  time.Time         `json:"started_at" example:"2026-01-05T09:30:00Z"`
	FinishedAt time.Time         `json:"finished_at" example:"2026-01-05T09:30:01Z"`
	Error      string            `json:"error,omitempty" doc:"Why it did not go live." example:"the PBX cannot be reached: the change is kept and goes live by itself"`
}

type changeResponse struct {
	Action resource.ChangeAction `json:"action" enum:"add,modify,delete" example:"add"`
	Object string                `json:"object" doc:"The kind of object in Asterisk." example:"endpoint"`
	Name   string                `json:"name" doc:"Its name in Asterisk." example:"k3vq7xw2ma-9fj2kd8s"`
}

// warningResponse is one thing that is stored and does not work as it looks.
type warningResponse struct {
	Code    resource.WarningCode `json:"code" enum:"feature_off,destination_gone,routing_loop,no_route,trunk_gone,bad_pattern,bad_address,caller_id_not_owned,recording_off,no_members,member_gone,emergency_number,no_emergency_trunk" example:"feature_off"`
	Kind    resource.Kind        `json:"kind" enum:"organization,user,did,queue,outbound_route,ivr,conference,ai_agent" doc:"The kind of resource it is about, or the organisation itself." example:"did"`
	ID      string               `json:"id" doc:"Which one." example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
	Field   string               `json:"field" doc:"Which field of it." example:"routing_destination"`
	Message string               `json:"message" doc:"For people." example:"the organisation's feature ivr is switched off, and calls lead to it"`
}

type planResponse struct {
	Changes  []plannedChangeResponse `json:"changes" nullable:"false" doc:"What a deploy would change now; empty when the PBX has it all."`
	Warnings []warningResponse       `json:"warnings" nullable:"false" doc:"What will not work as it looks, in a fixed order: calls to a feature that is switched off, a queue without members and the like. Nothing is refused for it."`
}

type plannedChangeResponse struct {
	changeResponse
	Settings []settingChangeResponse `json:"settings,omitempty" nullable:"false" doc:"What becomes of each setting of the object. Left out where the PBX has the object otherwise than it was told, and does not say how."`
}

type settingChangeResponse struct {
	Action resource.ChangeAction `json:"action" enum:"add,modify,delete" example:"modify"`
	Name   string                `json:"name" doc:"The setting's name in Asterisk." example:"timeout"`
	Old    *string               `json:"old,omitempty" doc:"Its value now. Left out where it is added, and of a secret." example:"15"`
	New    *string               `json:"new,omitempty" doc:"Its value after the deploy. Left out where it is deleted, and of a secret." example:"20"`
	Secret bool                  `json:"secret,omitempty" doc:"It is a password or a digest of one: the values are not shown."`
}

type rollbackRequest struct {
	Revision field[int64] `json:"revision" doc:"A revision that was live: one of the deployments that are applied. The newest 100 of them are kept." example:"3"`
	DryRun   field[bool]  `json:"dry_run" doc:"Answer with the plan and change nothing."`
}

// rollbackResponse is a deployment, or a plan where nothing was to be changed.
type rollbackResponse struct {
	DryRun     bool                    `json:"dry_run" doc:"Nothing was changed: changes is the plan."`
	RolledBack int64                   `json:"rolled_back_to" doc:"The revision whose resources are there again." example:"3"`
	Revision   *int64                  `json:"revision,omitempty" doc:"The new revision that they are." example:"5"`
	State      org.ConfigState         `json:"state,omitempty" enum:"pending,applied,failed" doc:"As of a deployment." example:"applied"`
	Changes    []plannedChangeResponse `json:"changes" nullable:"false" doc:"What the deploy changed in the PBX, or would change."`
	Warnings   []warningResponse       `json:"warnings" nullable:"false" doc:"What will not work as it looks, as of a plan."`
	StartedAt  *time.Time              `json:"started_at,omitempty" example:"2026-01-05T09:30:00Z"`
	FinishedAt *time.Time              `json:"finished_at,omitempty" example:"2026-01-05T09:30:01Z"`
	Error      string                  `json:"error,omitempty" doc:"Why it did not go live." example:"the PBX cannot be reached: the change is kept and goes live by itself"`
}

type configStatusResponse struct {
	configState
	Drift     []changeResponse `json:"drift" nullable:"false" doc:"What a deploy would put back because something changed the PBX behind our back. Empty while a change waits."`
	DriftAt   *time.Time       `json:"drift_at" doc:"When the PBX was compared last, which the server does by itself; null while a change waits or goes live." example:"2026-01-05T09:30:00Z"`
	Error     string           `json:"error,omitempty" doc:"Why the newest deployment did not go live." example:"the PBX cannot be reached: the change is kept and goes live by itself"`
	Node      string           `json:"node,omitempty" doc:"The node that has the organisation, where the server has several." example:"pbx1"`
	Leaving   string           `json:"leaving,omitempty" doc:"The node that it moved away from, until its last call there has ended." example:"pbx2"`
	SIPDomain string           `json:"sip_domain" doc:"Where the organisation's phones register." example:"k3vq7xw2ma.sip.example.com"`
}

func (a *API) registerConfiguration() {
	const tag = "Configuration"
	unavailable := []int{http.StatusBadGateway, http.StatusServiceUnavailable}
	register(a, operation{
		id: "deploy-config", method: http.MethodPost, path: basePath + "/config/deploy", access: organizations,
		tag: tag, summary: "Deploy the newest revision to the PBX",
		description: "Every change deploys by itself; this waits for the result. Repeating it changes nothing. A deploy that failed is answered with 200 and says so in state.",
	}, a.deployConfig)
	register(a, operation{
		id: "plan-config", method: http.MethodGet, path: basePath + "/config/plan", access: organizations,
		tag: tag, summary: "Show what a deploy would change, and what will not work",
		description: "Touches nothing. With Accept: text/plain it is a text for people.", text: true, problems: unavailable,
	}, a.planConfig)
	register(a, operation{
		id: "rollback-config", method: http.MethodPost, path: basePath + "/config/rollback", access: organizations,
		tag: tag, summary: "Go back to a revision",
		description: "Users, trunks, DIDs, queues and all other resources become what they were in a revision that was live, with their ids and passwords, and are deployed as a new revision. " +
			"Status, limits, features and compliance stay as they are. Nothing comes back beyond today's limits (limit_exceeded), and nothing that another organisation has by now (already_exists). " +
			"With dry_run nothing changes, and the answer, also as text/plain, is the plan.",
		required: []string{"revision"}, example: map[string]any{"revision": 3, "dry_run": true}, text: true,
		problems: append([]int{http.StatusConflict}, unavailable...),
	}, a.rollbackConfig)
	register(a, operation{
		id: "list-deployments", method: http.MethodGet, path: basePath + "/config/deployments", access: organizations,
		tag: tag, summary: "List the deployments", description: "Newest first.", query: pageParams(),
	}, a.listDeployments)
	register(a, operation{
		id: "get-config-status", method: http.MethodGet, path: basePath + "/config/status", access: organizations,
		tag: tag, summary: "Compare the organisation with the PBX", problems: unavailable,
	}, a.getConfigStatus)
}

func (a *API) deployConfig(c *call, _ nothing) (reply[deploymentResponse], error) {
	d, err := a.config.Deployer.Deploy(c.ctx(), c.organizationID)
	return reply[deploymentResponse]{body: showDeployment(d)}, err
}

func (a *API) planConfig(c *call, _ nothing) (reply[planResponse], error) {
	plan, err := a.config.Deployer.Plan(c.ctx(), c.organizationID)
	return reply[planResponse]{body: planResponse{showPlan(plan.Changes), showWarnings(plan.Warnings)}, text: planText(plan)}, err
}

func (a *API) rollbackConfig(c *call, req rollbackRequest) (reply[rollbackResponse], error) {
	var none reply[rollbackResponse]
	d := &decoder{}
	d.require("revision", req.Revision.given)
	if err := d.err(); err != nil {
		return none, err
	}
	if err := c.mustExist(); err != nil {
		return none, err
	}
	past, err := a.config.Deployer.Revision(c.ctx(), c.organizationID, req.Revision.value)
	if err != nil {
		return none, err
	}
	if req.DryRun.value {
		return a.planRollback(c, past)
	}
	if err := a.config.Resources.Restore(c.ctx(), c.organizationID, past); err != nil {
		return none, err
	}
	deployed, err := a.config.Deployer.Deploy(c.ctx(), c.organizationID)
	done := deploy.Plan{Changes: resource.WithoutSettings(deployed.Changes), Warnings: deployed.Warnings}
	return reply[rollbackResponse]{text: planText(done), body: rollbackResponse{
		RolledBack: past.Revision(),
		Revision:   &deployed.Revision,
		State:      deployed.State,
		Changes:    showPlan(done.Changes),
		Warnings:   showWarnings(done.Warnings),
		StartedAt:  &deployed.StartedAt,
		FinishedAt: &deployed.FinishedAt,
		Error:      deployed.Error,
	}}, err
}

func (a *API) planRollback(c *call, past resource.Snapshot) (reply[rollbackResponse], error) {
	after, err := a.config.Resources.RehearseRestore(c.ctx(), c.organizationID, past)
	if err != nil {
		return reply[rollbackResponse]{}, err
	}
	plan, err := a.config.Deployer.PlanSnapshot(c.ctx(), after)
	return reply[rollbackResponse]{text: planText(plan), body: rollbackResponse{
		DryRun: true, RolledBack: past.Revision(), Changes: showPlan(plan.Changes), Warnings: showWarnings(plan.Warnings),
	}}, err
}

func (a *API) listDeployments(c *call, _ nothing) (reply[page[deploymentResponse]], error) {
	asked, err := c.page()
	if err != nil {
		return reply[page[deploymentResponse]]{}, err
	}
	read := func(p org.Page) ([]deploy.Deployment, error) {
		return a.config.Deployer.History(c.ctx(), c.organizationID, p)
	}
	id := func(d deploy.Deployment) string { return d.ID }
	out, err := pageOf(asked, read, id, showDeployment)
	if err == nil && len(out.Items) == 0 {
		err = c.mustExist()
	}
	return reply[page[deploymentResponse]]{body: out}, err
}

func (a *API) getConfigStatus(c *call, _ nothing) (reply[configStatusResponse], error) {
	s, err := a.config.Deployer.Status(c.ctx(), c.organizationID)
	shown := configStatusResponse{configState: showConfig(s.ConfigStatus), Drift: showChanges(s.Drift), Error: s.LastError}
	if !s.DriftAt.IsZero() {
		shown.DriftAt = &s.DriftAt
	}
	shown.Node, shown.Leaving, shown.SIPDomain = s.Placement.Node, s.Placement.Leaving, s.SIPDomain
	return reply[configStatusResponse]{body: shown}, err
}

func showDeployment(d deploy.Deployment) deploymentResponse {
	return deploymentResponse{
		Revision:   d.Revision,
		State:      d.State,
		Changes:    showChanges(d.Changes),
		Warnings:   showWarnings(d.Warnings),
		StartedAt:  d.StartedAt,
		FinishedAt: d.FinishedAt,
		Error:      d.Error,
	}
}

func showChanges(changes []resource.Change) []changeResponse {
	shown := make([]changeResponse, len(changes))
	for i, c := range changes {
		shown[i] = changeResponse(c)
	}
	return shown
}

func showWarnings(warnings []resource.Warning) []warningResponse {
	shown := make([]warningResponse, len(warnings))
	for i, w := range warnings {
		shown[i] = warningResponse(w)
	}
	return shown
}

func showPlan(changes []resource.ObjectChange) []plannedChangeResponse {
	shown := make([]plannedChangeResponse, len(changes))
	for i, c := range changes {
		shown[i] = plannedChangeResponse{changeResponse: changeResponse(c.Change)}
		for _, s := range c.Settings {
			shown[i].Settings = append(shown[i].Settings, showSetting(s))
		}
	}
	return shown
}

func showSetting(s resource.SettingChange) settingChangeResponse {
	shown := settingChangeResponse{Action: s.Action, Name: s.Name, Secret: s.Secret}
	if !s.Secret && s.Action != resource.Add {
		shown.Old = &s.Old
	}
	if !s.Secret && s.Action != resource.Delete {
		shown.New = &s.New
	}
	return shown
}
