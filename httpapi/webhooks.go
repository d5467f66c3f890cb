package httpapi

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/event"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/webhook"
)

const (
	webhooksTag    = "Webhooks"
	webhookPath    = basePath + "/webhooks/{id}"
	deliveriesPath = webhookPath + "/deliveries"
)

type webhookRequest struct {
	URL     field[string]       `json:"url" maxLength:"2048" doc:"Where events are sent: https, and no private address unless the server allows it." example:"https://example.com/orgpbx"`
	Events  field[[]event.Type] `json:"events" doc:"The types of events to be told of: see docs/WEBHOOKS.md." example:"[\"call.finished\"]"`
	Enabled field[bool]         `json:"enabled" doc:"true when left out." example:"true"`
}

func (r webhookRequest) apply(w *webhook.Webhook) {
	r.URL.into(&w.URL)
	r.Events.into(&w.Events)
	r.Enabled.into(&w.Enabled)
}

type webhookResponse struct {
	ID             string       `json:"id" doc:"UUIDv7; it never changes." example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
	URL            string       `json:"url" example:"https://example.com/orgpbx"`
	Events         []event.Type `json:"events" nullable:"false" example:"[\"call.finished\"]"`
	Enabled        bool         `json:"enabled" example:"true"`
	DisabledReason string       `json:"disabled_reason" enum:",gone" doc:"Why it was switched off by itself: gone after an answer with status 410." example:""`
	FailingSince   *time.Time   `json:"failing_since" doc:"When the first delivery failed since the last that did not; null while all is well." example:"2026-01-05T09:30:00Z"`
	CreatedAt      time.Time    `json:"created_at" example:"2026-01-05T09:30:00Z"`
	UpdatedAt      time.Time    `json:"updated_at" example:"2026-01-05T09:30:00Z"`
}

type webhookSecretResponse struct {
	webhookResponse
	Secret string `json:"secret,omitempty" once:"true" doc:"Signs every request as Standard Webhooks has it; shown this once." example:"whsec_…"`
}

type deliveryResponse struct {
	ID            string          `json:"id" example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
	EventID       string          `json:"event_id" doc:"The webhook-id of every request about the event." example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e08"`
	EventType     event.Type      `json:"event_type" example:"call.finished"`
	EventAt       time.Time       `json:"event_at" example:"2026-01-05T09:30:00Z"`
	State         webhook.State   `json:"state" enum:"pending,delivered,dead" doc:"dead: it was given up, and can be replayed." example:"delivered"`
	Attempts      int             `json:"attempts" example:"1"`
	LastAttemptAt *time.Time      `json:"last_attempt_at" doc:"null before the first." example:"2026-01-05T09:30:01Z"`
	NextAttemptAt *time.Time      `json:"next_attempt_at" doc:"null when there is none; in the past when it is due." example:"2026-01-05T09:30:11Z"`
	Status        *int            `json:"status" doc:"Of the newest answer; null when there was none." example:"200"`
	Failure       webhook.Failure `json:"failure" enum:",status,timeout,name,address_not_allowed,tls,connection,secret" doc:"Why the newest attempt failed; empty when it did not." example:""`
	Response      string          `json:"response" doc:"The beginning of an answer that was no success; ••••• about a call with compliance.pii_masking, because it may repeat the number." example:""`
}

func showWebhook(w webhook.Webhook) webhookResponse {
	shown := webhookResponse{
		ID: w.ID, URL: w.URL, Events: w.Events, Enabled: w.Enabled, DisabledReason: w.DisabledReason,
		CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt,
	}
	if !w.FailingSince.IsZero() {
		shown.FailingSince = &w.FailingSince
	}
	return shown
}

func showDelivery(d webhook.Delivery) deliveryResponse {
	shown := deliveryResponse{
		ID: d.ID, EventID: d.Event.ID, EventType: d.Event.Type, EventAt: d.Event.At, State: d.State, Attempts: d.Attempts,
		Failure: d.Failure, Response: d.Response,
	}
	if !d.LastAttemptAt.IsZero() {
		shown.LastAttemptAt = &d.LastAttemptAt
	}
	if d.State == webhook.Pending {
		shown.NextAttemptAt = &d.Due
		if d.Attempts == 0 {
			shown.NextAttemptAt = &d.Event.At // it is due at once, by whatever clock
		}
	}
	if d.Status != 0 {
		shown.Status = &d.Status
	}
	return shown
}

func (a *API) registerWebhooks() {
	webhooks := resourceKind[webhook.Webhook, webhookRequest, webhookResponse]{
		tag: webhooksTag, path: "/webhooks", id: "webhook", name: "a webhook", plural: "webhooks",
		required: []string{"url", "events"},
		example:  json.RawMessage(`{"url": "https://example.com/orgpbx", "events": ["call.finished", "deployment.failed"]}`),
		set:      a.config.Webhooks,
		apply: func(_ string, req webhookRequest, w *webhook.Webhook) error {
			req.apply(w)
			return nil
		},
		meta:   func(w webhook.Webhook) resource.Meta { return w.Meta },
		unseen: true,
		show:   func(w webhook.Webhook, _ *configState) webhookResponse { return showWebhook(w) },
	}
	registerResource(a, webhooks)
	registerCreate(a, webhooks, "At most 20. The signing secret is in this answer and never again.", a.createWebhook)
	register(a, operation{
		id: "rotate-webhook-secret", method: http.MethodPost, path: webhookPath + "/rotate-secret", access: organizations,
		tag: webhooksTag, summary: "Give a webhook a new signing secret",
		description: "The one before signs as well for 24 hours.", ifMatch: true, etag: true,
	}, a.rotateWebhookSecret)
	register(a, operation{
		id: "test-webhook", method: http.MethodPost, path: webhookPath + "/test", access: organizations,
		tag: webhooksTag, summary: "Send a webhook.test event now, and once",
		description: "To a disabled webhook too. The answer says how it ended.", problems: []int{http.StatusConflict},
	}, a.testWebhook)
	register(a, operation{
		id: "list-webhook-deliveries", method: http.MethodGet, path: deliveriesPath, access: organizations,
		tag: webhooksTag, summary: "List what a webhook was told, or is to be, newest first",
		description: "Kept for 30 days, unless the server is set otherwise.",
		query: append(pageParams(), &huma.Param{
			Name: "state", In: "query", Description: "Only those of this state.",
			Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"pending", "delivered", "dead"}},
		}),
	}, a.listDeliveries)
	register(a, operation{
		id: "replay-webhook-delivery", method: http.MethodPost, path: deliveriesPath + "/{delivery_id}/replay", access: organizations,
		tag: webhooksTag, summary: "Have an event delivered anew, with the id that it had",
		description: "Whatever became of it before.", problems: []int{http.StatusConflict},
	}, a.replayDelivery)
}

func (a *API) createWebhook(c *call, req webhookRequest) (reply[webhookSecretResponse], error) {
	w := webhook.Webhook{Enabled: true}
	req.apply(&w)
	w, secret, err := a.config.Webhooks.Create(c.ctx(), c.organizationID, w)
	if err != nil {
		return reply[webhookSecretResponse]{}, err
	}
	return reply[webhookSecretResponse]{body: webhookSecretResponse{showWebhook(w), secret.Reveal()}, version: w.Version}, nil
}

func (a *API) rotateWebhookSecret(c *call, _ nothing) (reply[webhookSecretResponse], error) {
	id, version, err := c.target()
	if err != nil {
		return reply[webhookSecretResponse]{}, err
	}
	w, secret, err := a.config.Webhooks.RotateSecret(c.ctx(), c.organizationID, id, version)
	if err != nil {
		return reply[webhookSecretResponse]{}, err
	}
	return reply[webhookSecretResponse]{body: webhookSecretResponse{showWebhook(w), secret.Reveal()}, version: w.Version}, nil
}

func (a *API) testWebhook(c *call, _ nothing) (reply[deliveryResponse], error) {
	id, err := c.pathID("id")
	if err != nil {
		return reply[deliveryResponse]{}, err
	}
	d, err := a.config.Webhooks.Test(c.ctx(), c.organizationID, id)
	return reply[deliveryResponse]{body: showDelivery(d)}, err
}

func (a *API) listDeliveries(c *call, _ nothing) (reply[page[deliveryResponse]], error) {
	asked, err := c.page()
	if err != nil {
		return reply[page[deliveryResponse]]{}, err
	}
	id, err := c.pathID("id")
	if err != nil {
		return reply[page[deliveryResponse]]{}, err
	}
	state := webhook.State(c.r.URL.Query().Get("state"))
	read := func(p org.Page) ([]webhook.Delivery, error) {
		return a.config.Webhooks.Deliveries(c.ctx(), c.organizationID, id, state, p)
	}
	out, err := pageOf(asked, read, func(d webhook.Delivery) string { return d.ID }, showDelivery)
	return reply[page[deliveryResponse]]{body: out}, err
}

func (a *API) replayDelivery(c *call, _ nothing) (reply[deliveryResponse], error) {
	id, err := c.pathID("id")
	if err != nil {
		return reply[deliveryResponse]{}, err
	}
	deliveryID, err := c.pathID("delivery_id")
	if err != nil {
		return reply[deliveryResponse]{}, err
	}
	d, err := a.config.Webhooks.Replay(c.ctx(), c.organizationID, id, deliveryID)
	return reply[deliveryResponse]{body: showDelivery(d)}, err
}
