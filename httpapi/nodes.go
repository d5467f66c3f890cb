package httpapi

import (
	"errors"
	"net/http"

	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/deploy"
)

type nodeResponse struct {
	Name          string `json:"name" example:"pbx1"`
	Organizations int    `json:"organizations" doc:"How many are there, with those that are on their way." example:"120"`
	Endpoints     int    `json:"endpoints" doc:"Their users and trunks: new organisations go where there are fewest." example:"6120"`
	Leaving       int    `json:"leaving" doc:"How many moved away, and have not left it yet: calls run, or it was not reached." example:"0"`
}

type nodesResponse struct {
	Items []nodeResponse `json:"items" nullable:"false" doc:"In the order of the server's settings."`
}

type moveRequest struct {
	Node   field[string] `json:"node" doc:"The node to move to: one of GET /nodes." example:"pbx2"`
	DryRun field[bool]   `json:"dry_run" doc:"Answer with the plan and change nothing."`
}

type moveResponse struct {
	DryRun          bool                    `json:"dry_run" doc:"Nothing was changed: changes is the plan."`
	Node            string                  `json:"node" doc:"The node that is in charge now." example:"pbx2"`
	Leaving         string                  `json:"leaving,omitempty" doc:"The node that takes no new calls of the organisation. It is removed there when its last call ends." example:"pbx1"`
	SIPDomain       string                  `json:"sip_domain" doc:"Where phones register after the move." example:"k3vq7xw2ma.sip.example.com"`
	SIPDomainBefore string                  `json:"sip_domain_before,omitempty" doc:"Where they registered before, if that is another one: then every phone has to be given the new one. Left out where phones keep theirs; where it is a name in the DNS, that has to lead to the new node now." example:"pbx1.sip.example.com"`
	LeftBehind      []leftBehindResponse    `json:"left_behind" nullable:"false" doc:"What does not come along from the old node; empty where all does."`
	Changes         []plannedChangeResponse `json:"changes,omitempty" doc:"What a move would change on the new node."`
	Warnings        []warningResponse       `json:"warnings,omitempty" doc:"What will not work as it looks, as of a plan."`
}

type leftBehindResponse struct {
	What    resource.Belonging `json:"what" enum:"switches,voicemail" doc:"switches: what phones switched by feature codes, such as do not disturb. voicemail: messages and greetings." example:"switches"`
	Later   bool               `json:"later" doc:"It still comes: the old node is not left before." example:"false"`
	Message string             `json:"message" doc:"Why, for people." example:"pbx1 cannot be reached: what phones switched there by codes is lost"`
}

func (a *API) registerNodes() {
	register(a, operation{
		id: "list-nodes", method: http.MethodGet, path: basePath + "/nodes", access: administrators,
		tag: organizationsTag, summary: "List the nodes and what they have",
		description: "Empty where the server has one PBX.",
	}, a.listNodes)
	register(a, operation{
		id: "move-organization", method: http.MethodPost, path: organizationsPath + "/{id}/move", access: administrators,
		tag: organizationsTag, summary: "Move an organisation to another node",
		description: "The new node gets everything first, with what phones switched by codes and voicemail, and is then in charge; the old one takes no new calls and is left when the last one ends. " +
			"Whatever fails, the organisation works on exactly one node, and the move can be repeated. left_behind says what does not come along, sip_domain_before is there when phones have to be given another domain. " +
			"With dry_run nothing changes, and the answer is the plan.",
		required: []string{"node"}, example: map[string]any{"node": "pbx2", "dry_run": true},
		problems: []int{http.StatusConflict, http.StatusBadGateway, http.StatusServiceUnavailable},
	}, a.moveOrganization)
}

func (a *API) listNodes(c *call, _ nothing) (reply[nodesResponse], error) {
	out := nodesResponse{Items: []nodeResponse{}}
	loads, err := a.config.Deployer.Nodes(c.ctx())
	if errors.Is(err, deploy.ErrOneNode) {
		err = nil
	}
	for _, l := range loads {
		out.Items = append(out.Items, nodeResponse(l))
	}
	return reply[nodesResponse]{body: out}, err
}

func (a *API) moveOrganization(c *call, req moveRequest) (reply[moveResponse], error) {
	var none reply[moveResponse]
	id, err := c.pathID("id")
	if err != nil {
		return none, err
	}
	d := &decoder{}
	d.require("node", req.Node.given)
	if err := d.err(); err != nil {
		return none, err
	}
	// Before the node, so that an organisation that is not there is what is told.
	if _, err := a.config.Organizations.Get(c.ctx(), id); err != nil {
		return none, err
	}
	if !req.DryRun.value {
		m, err := a.config.Deployer.Move(c.ctx(), id, req.Node.value)
		return reply[moveResponse]{body: showMove(m)}, err
	}
	m, err := a.config.Deployer.PlanMove(c.ctx(), id, req.Node.value)
	shown := showMove(m)
	shown.DryRun, shown.Changes, shown.Warnings = true, showPlan(m.Changes), showWarnings(m.Warnings)
	return reply[moveResponse]{body: shown}, err
}

func showMove(m deploy.Move) moveResponse {
	shown := moveResponse{Node: m.Placement.Node, Leaving: m.Placement.Leaving, SIPDomain: m.SIPDomain, LeftBehind: []leftBehindResponse{}}
	for _, l := range m.LeftBehind {
		shown.LeftBehind = append(shown.LeftBehind, leftBehindResponse{What: l.What, Later: l.Later, Message: l.Reason})
	}
	if m.SIPDomainBefore != m.SIPDomain {
		shown.SIPDomainBefore = m.SIPDomainBefore
	}
	return shown
}

// placement is where an organisation is; nowhere where that cannot be read.
func (c *call) placement(contextPrefix string) resource.Placement {
	p, err := c.api.config.Deployer.Placement(c.ctx(), contextPrefix)
	if err != nil {
		c.api.config.Logger.WarnContext(c.ctx(), "read the placement", "request_id", exchangeOf(c.ctx()).requestID, "error", err)
	}
	return p
}
