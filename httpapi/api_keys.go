package httpapi

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/apikey"
)

const (
	apiKeysTag  = "API keys"
	apiKeysPath = basePath + "/api-keys"
	apiKeyPath  = apiKeysPath + "/{id}"
)

type apiKeyRequest struct {
	Name      field[string]       `json:"name" maxLength:"50" doc:"Unique in the organisation, ignoring case." example:"billing"`
	Scopes    field[[]string]     `json:"scopes" doc:"Permissions of docs/PERMISSIONS.md, but self, and none that the caller does not have. A key without any may do nothing." example:"[\"calls:read\"]"`
	ExpiresAt nullable[time.Time] `json:"expires_at" doc:"When the key ends; null, and when left out: never." example:"2027-01-05T09:30:00Z"`
}

// rotationRequest is of the secret of a main or a named key.
type rotationRequest struct {
	OverlapSeconds field[int] `json:"overlap_seconds" minimum:"0" maximum:"604800" doc:"How long the old secret and its tokens stay good, at most 7 days; 0, and when left out: not at all." example:"3600"`
}

// overlap is how long the old secret stays good. More seconds than a duration
// holds would become few.
func (r rotationRequest) overlap() time.Duration {
	return time.Duration(min(max(r.OverlapSeconds.value, -1), int(2*org.MaxOverlap.Seconds()))) * time.Second
}

type apiKeyResponse struct {
	ID             string     `json:"id" doc:"UUIDv7; it never changes." example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
	Name           string     `json:"name" example:"billing"`
	APIKey         string     `json:"api_key" doc:"The public part; it never changes." example:"opk_mfzwizltoq2gk3tv5a2x"`
	Scopes         []string   `json:"scopes" nullable:"false" example:"[\"calls:read\"]"`
	ExpiresAt      *time.Time `json:"expires_at" doc:"null: never." example:"2027-01-05T09:30:00Z"`
	LastUsedAt     *time.Time `json:"last_used_at" doc:"To a minute; null: not yet." example:"2026-01-05T09:31:00Z"`
	OldSecretUntil *time.Time `json:"old_secret_until" doc:"How long the secret before the newest one is good; null: it is not." example:"2026-01-05T10:30:00Z"`
	CreatedAt      time.Time  `json:"created_at" example:"2026-01-05T09:30:00Z"`
	UpdatedAt      time.Time  `json:"updated_at" example:"2026-01-05T09:30:00Z"`
}

type apiKeySecretResponse struct {
	apiKeyResponse
	Secret string `json:"api_secret,omitempty" once:"true" doc:"Shown this once." example:"ops_Zk3m...9Q"`
}

// momentOf is null for a time that is not set.
func momentOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func showAPIKey(k org.APIKey) apiKeyResponse {
	return apiKeyResponse{
		ID: k.ID, Name: k.Name, APIKey: k.Key, Scopes: k.Scopes, ExpiresAt: momentOf(k.ExpiresAt), LastUsedAt: momentOf(k.LastUsedAt),
		OldSecretUntil: momentOf(k.OldSecretUntil), CreatedAt: k.CreatedAt, UpdatedAt: k.UpdatedAt,
	}
}

func showAPIKeySecret(k org.APIKey, secret org.Secret) reply[apiKeySecretResponse] {
	return reply[apiKeySecretResponse]{body: apiKeySecretResponse{showAPIKey(k), secret.Reveal()}, version: k.Version}
}

func (a *API) registerAPIKeys() {
	register(a, operation{
		id: "create-api-key", method: http.MethodPost, path: apiKeysPath, access: organizations,
		tag: apiKeysTag, summary: "Make a named API key",
		description: "At most 50. The secret is in this answer and never again. 403 scope_exceeded: the key would have a scope that the caller does not have.",
		status:      http.StatusCreated, required: []string{"name", "scopes"}, etag: true, problems: []int{http.StatusConflict},
		example: json.RawMessage(`{"name": "billing", "scopes": ["calls:read"]}`),
	}, a.createAPIKey)
	register(a, operation{
		id: "list-api-keys", method: http.MethodGet, path: apiKeysPath, access: organizations,
		tag: apiKeysTag, summary: "List the named API keys", query: pageParams(),
	}, a.listAPIKeys)
	register(a, operation{
		id: "get-api-key", method: http.MethodGet, path: apiKeyPath, access: organizations,
		tag: apiKeysTag, summary: "Read a named API key", etag: true,
	}, a.getAPIKey)
	register(a, operation{
		id: "delete-api-key", method: http.MethodDelete, path: apiKeyPath, access: organizations,
		tag: apiKeysTag, summary: "Revoke a named API key", description: "It and its tokens are dead at once.",
		status: http.StatusNoContent, ifMatch: true,
	}, a.deleteAPIKey)
	register(a, operation{
		id: "rotate-api-key", method: http.MethodPost, path: apiKeyPath + "/rotate", access: organizations,
		tag: apiKeysTag, summary: "Give a named API key a new secret",
		description: "The old one and its tokens are dead at once, or after overlap_seconds. An older one than that is dead in any case.",
		ifMatch:     true, etag: true,
	}, a.rotateAPIKey)
}

func (a *API) createAPIKey(c *call, req apiKeyRequest) (reply[apiKeySecretResponse], error) {
	d := &decoder{}
	d.require("name", req.Name.given)
	d.require("scopes", req.Scopes.given)
	if err := d.err(); err != nil {
		return reply[apiKeySecretResponse]{}, err
	}
	var draft apikey.Draft
	req.Name.into(&draft.Name)
	req.Scopes.into(&draft.Scopes)
	req.ExpiresAt.into(&draft.ExpiresAt)
	k, secret, err := a.config.APIKeys.Create(c.ctx(), c.caller.May, c.organizationID, draft)
	if err != nil {
		return reply[apiKeySecretResponse]{}, err
	}
	return showAPIKeySecret(k, secret), nil
}

func (a *API) listAPIKeys(c *call, _ nothing) (reply[page[apiKeyResponse]], error) {
	asked, err := c.page()
	if err != nil {
		return reply[page[apiKeyResponse]]{}, err
	}
	read := func(p org.Page) ([]org.APIKey, error) { return a.config.APIKeys.List(c.ctx(), c.organizationID, p) }
	out, err := pageOf(asked, read, func(k org.APIKey) string { return k.ID }, showAPIKey)
	if err == nil && len(out.Items) == 0 {
		err = c.mustExist()
	}
	return reply[page[apiKeyResponse]]{body: out}, err
}

func (a *API) getAPIKey(c *call, _ nothing) (reply[apiKeyResponse], error) {
	id, err := c.pathID("id")
	if err != nil {
		return reply[apiKeyResponse]{}, err
	}
	k, err := a.config.APIKeys.Get(c.ctx(), c.organizationID, id)
	return reply[apiKeyResponse]{body: showAPIKey(k), version: k.Version}, err
}

func (a *API) deleteAPIKey(c *call, _ nothing) (reply[nothing], error) {
	id, version, err := c.target()
	if err != nil {
		return reply[nothing]{}, err
	}
	return reply[nothing]{}, a.config.APIKeys.Delete(c.ctx(), c.organizationID, id, version)
}

func (a *API) rotateAPIKey(c *call, req rotationRequest) (reply[apiKeySecretResponse], error) {
	id, version, err := c.target()
	if err != nil {
		return reply[apiKeySecretResponse]{}, err
	}
	k, secret, err := a.config.APIKeys.Rotate(c.ctx(), c.caller.May, c.organizationID, id, version, req.overlap())
	if err != nil {
		return reply[apiKeySecretResponse]{}, err
	}
	return showAPIKeySecret(k, secret), nil
}
