package httpapi

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/orgpbx/orgpbx/org"
)

const (
	organizationsTag  = "Organisations"
	organizationsPath = basePath + "/organizations"
)

// createOrganizationExample is a request as a platform's sign-up would send it.
const createOrganizationExample = `{
  "admin_username": "admin", "admin_password": "correct-horse-battery",
  "name": "Grand-Estancia-Salem",
  "contact_info": {"email": "manager@ge.com", "phone": "+919944421125"},
  "settings": {"max_users": 50, "max_dids": 10, "max_trunks": 5, "max_queues": 10, "recording_enabled": true,
    "features": {"call_transfer": true, "call_recording": true, "voicemail": true, "conference": true, "ivr": true, "ai_agent": false}},
  "limits": {"concurrent_calls": 30, "monthly_minutes": 50000, "storage_gb": 50}
}`

func (a *API) registerOrganizations() {
	register(a, operation{
		id: "create-organization", method: http.MethodPost, path: organizationsPath, access: administratorsOrBody,
		tag: organizationsTag, summary: "Add an organisation",
		description: "What the request leaves out comes from the preset of its industry. Answers the API secret, this once.",
		status:      http.StatusCreated, required: []string{"name"}, example: json.RawMessage(createOrganizationExample),
		etag: true, problems: []int{http.StatusConflict},
	}, a.createOrganization)
	register(a, operation{
		id: "list-organizations", method: http.MethodGet, path: organizationsPath, access: administrators,
		tag: organizationsTag, summary: "List the organisations", query: append(pageParams(), organizationFilter()...),
	}, a.listOrganizations)
	register(a, operation{
		id: "get-organization", method: http.MethodGet, path: organizationsPath + "/{id}", access: administrators,
		tag: organizationsTag, summary: "Read an organisation", etag: true,
	}, a.getOrganization)
	for _, op := range []operation{
		{id: "update-organization", method: http.MethodPatch, description: mergePatch},
		{id: "put-organization", method: http.MethodPut, description: samePut},
	} {
		op.path, op.access, op.tag = organizationsPath+"/{id}", administrators, organizationsTag
		op.summary = "Change an organisation"
		op.description += " A limit may be lowered below today's use: what exists stays, new ones are refused. " + asksFirst
		op.query = confirmParams()
		op.change, op.ifMatch, op.etag, op.problems = true, true, true, []int{http.StatusConflict}
		register(a, op, a.updateOrganization)
	}
	register(a, operation{
		id: "delete-organization", method: http.MethodDelete, path: organizationsPath + "/{id}", access: administrators,
		tag: organizationsTag, summary: "Remove an organisation",
		description: "With everything it has, here and in the PBX. There is no way back. 409 legal_hold: one is in force.",
		status:      http.StatusNoContent, ifMatch: true, problems: []int{http.StatusConflict},
	}, a.deleteOrganization)
	register(a, operation{
		id: "rotate-secret", method: http.MethodPost, path: organizationsPath + "/{id}/rotate-secret", access: administrators,
		tag: organizationsTag, summary: "Give an organisation a new API secret",
		description: "Answers the new secret, this once. The old one, and every token opened with it, is dead at once, or after overlap_seconds. " +
			"An older one than that is dead in any case.",
		ifMatch: true, etag: true,
	}, a.rotateSecret)
	register(a, operation{
		id: "get-own-organization", method: http.MethodGet, path: basePath + "/organization", access: organizations,
		tag: organizationsTag, summary: "Read the caller's own organisation", etag: true,
	}, a.getOwnOrganization)
	register(a, operation{
		id: "list-presets", method: http.MethodGet, path: basePath + "/presets", access: administrators,
		tag: organizationsTag, summary: "List what organisations of each industry start with",
	}, a.listPresets)
}

func organizationFilter() []*huma.Param {
	return []*huma.Param{
		{
			Name: "q", In: "query", Description: "Part of the name, ignoring case.",
			Schema: &huma.Schema{Type: huma.TypeString},
		},
		{
			Name: "status", In: "query", Description: "Only organisations in this state.",
			Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{string(org.Active), string(org.Suspended)}},
		},
	}
}

func (a *API) createOrganization(c *call, req createOrganizationRequest) (reply[createdOrganizationResponse], error) {
	profile, err := a.draft(req.Industry)
	if err != nil {
		return reply[createdOrganizationResponse]{}, err
	}
	req.apply(&profile)
	o, secret, err := a.create(c, profile, req.Node)
	if err != nil {
		return reply[createdOrganizationResponse]{}, err
	}
	settled := c.settled(o)
	return reply[createdOrganizationResponse]{
		body:    createdOrganizationResponse{settled, secret.Reveal(), c.placement(o.ContextPrefix).Node},
		version: o.Version,
	}, nil
}

// create makes an organisation, on a node where one is given.
func (a *API) create(c *call, profile org.Profile, node field[string]) (org.Organization, org.Secret, error) {
	if !node.given {
		return a.config.Organizations.Create(c.ctx(), profile)
	}
	if err := a.config.Deployer.CheckNode(c.ctx(), node.value); err != nil {
		return org.Organization{}, "", err
	}
	return a.config.Organizations.CreateOn(c.ctx(), profile, node.value)
}

// draft returns the preset of an industry. For one that does not exist it
// takes any: the service then refuses the industry together with all else that
// is wrong.
func (a *API) draft(industry field[org.Industry]) (org.Profile, error) {
	wanted := org.General
	industry.into(&wanted)
	profile, err := a.config.Organizations.Draft(wanted)
	if err == nil || !industry.given {
		return profile, err
	}
	return a.config.Organizations.Draft(a.config.Organizations.Presets()[0].Industry)
}

// settled is the answer to a write of an organisation.
func (c *call) settled(o org.Organization) organizationResponse {
	shown := showOrganization(o)
	if config := c.settle(o.ID); config != nil {
		shown.Config = *config
	}
	return shown
}

func (a *API) listOrganizations(c *call, _ nothing) (reply[page[organizationResponse]], error) {
	var none reply[page[organizationResponse]]
	asked, err := c.page()
	if err != nil {
		return none, err
	}
	query := c.r.URL.Query()
	filter := org.Filter{Query: query.Get("q"), Status: org.Status(query.Get("status"))}
	d := &decoder{}
	if filter.Status != "" && filter.Status != org.Active && filter.Status != org.Suspended {
		d.fail("status", "oneof", "must be one of active, suspended")
	}
	if !isSearchable(filter.Query) {
		d.fail("q", "text", "must be at most 100 characters of text")
	}
	if err := d.err(); err != nil {
		return none, err
	}
	read := func(p org.Page) ([]org.Organization, error) { return a.config.Organizations.List(c.ctx(), filter, p) }
	id := func(o org.Organization) string { return o.ID }
	out, err := pageOf(asked, read, id, showOrganization)
	return reply[page[organizationResponse]]{body: out}, err
}

func (a *API) getOrganization(c *call, _ nothing) (reply[organizationResponse], error) {
	id, err := c.pathID("id")
	if err != nil {
		return reply[organizationResponse]{}, err
	}
	o, err := a.config.Organizations.Get(c.ctx(), id)
	return reply[organizationResponse]{body: showOrganization(o), version: o.Version}, err
}

func (a *API) getOwnOrganization(c *call, _ nothing) (reply[organizationResponse], error) {
	o, err := c.organization()
	return reply[organizationResponse]{body: showOrganization(o), version: o.Version}, err
}

func (a *API) updateOrganization(c *call, req organizationRequest) (reply[organizationResponse], error) {
	id, version, err := c.target()
	if err != nil {
		return reply[organizationResponse]{}, err
	}
	if err := c.checkOrganizationEcho(id); err != nil {
		return reply[organizationResponse]{}, err
	}
	o, err := c.updateOrganization(id, version, func(p *org.Profile) error {
		req.apply(p)
		return nil
	})
	if err != nil {
		return reply[organizationResponse]{}, err
	}
	return reply[organizationResponse]{body: c.settled(o), version: o.Version}, nil
}

// checkOrganizationEcho looks the organisation up where the request repeats
// something of it. What is compared never changes, so it may be done ahead.
func (c *call) checkOrganizationEcho(id string) error {
	if len(c.echo) == 0 {
		return nil
	}
	o, err := c.api.config.Organizations.Get(c.ctx(), id)
	if err != nil {
		return err
	}
	return c.echo.check(showOrganization(o))
}

func (a *API) deleteOrganization(c *call, _ nothing) (reply[nothing], error) {
	id, version, err := c.target()
	if err != nil {
		return reply[nothing]{}, err
	}
	if err := a.config.Organizations.Delete(c.ctx(), id, version); err != nil {
		return reply[nothing]{}, err
	}
	a.await(c.ctx(), "remove from the PBX", func(ctx context.Context) error { return a.config.Deployer.RemoveDeleted(ctx) })
	return reply[nothing]{}, nil
}

func (a *API) rotateSecret(c *call, req rotationRequest) (reply[apiCredentialResponse], error) {
	id, version, err := c.target()
	if err != nil {
		return reply[apiCredentialResponse]{}, err
	}
	o, secret, err := a.config.Organizations.RotateSecret(c.ctx(), id, version, req.overlap())
	if err != nil {
		return reply[apiCredentialResponse]{}, err
	}
	return reply[apiCredentialResponse]{
		body:    apiCredentialResponse{APIKey: o.APIKey, APISecret: secret.Reveal(), OldSecretUntil: momentOf(o.OldSecretUntil)},
		version: o.Version,
	}, nil
}
