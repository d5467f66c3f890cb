package bunstore

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org/event"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/webhook"
)

type webhookRow struct {
	bun.BaseModel `bun:"table:orgpbx_webhooks,alias:w"`
	metaRow

	URL            string       `bun:"url"`
	Events         []event.Type `bun:"events,type:jsonb"`
	Enabled        bool         `bun:"enabled"`
	DisabledReason string       `bun:"disabled_reason"`
	FailingSince   *time.Time   `bun:"failing_since"`
	Secret         []byte       `bun:"secret"`
	OldSecret      []byte       `bun:"old_secret"`
	OldSecretUntil *time.Time   `bun:"old_secret_until"`
}

func newWebhookRow(organizationID string, w webhook.Webhook) *webhookRow {
	return &webhookRow{
		metaRow:        newMetaRow(organizationID, w.Meta),
		URL:            w.URL,
		Events:         append([]event.Type{}, w.Events...), // nil would be stored as null
		Enabled:        w.Enabled,
		DisabledReason: w.DisabledReason,
		FailingSince:   timeOrNull(w.FailingSince),
		Secret:         w.Secret,
		OldSecret:      w.OldSecret,
		OldSecretUntil: timeOrNull(w.OldSecretUntil),
	}
}

func (r *webhookRow) webhook() webhook.Webhook {
	return webhook.Webhook{
		Meta: resource.Meta{ID: r.ID, Version: r.Version, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC()},
		URL:  r.URL, Events: r.Events, Enabled: r.Enabled,
		DisabledReason: r.DisabledReason, FailingSince: timeOrZero(r.FailingSince),
		Secret: r.Secret, OldSecret: r.OldSecret, OldSecretUntil: timeOrZero(r.OldSecretUntil),
	}
}

type deliveryRow struct {
	bun.BaseModel `bun:"table:orgpbx_webhook_deliveries,alias:d"`

	OrganizationID string     `bun:"organization_id"`
	WebhookID      string     `bun:"webhook_id"`
	ID             string     `bun:"id,pk"`
	EventID        string     `bun:"event_id"`
	EventType      string     `bun:"event_type"`
	EventAt        time.Time  `bun:"event_at"`
	EventData      string     `bun:"event_data"`
	State          string     `bun:"state"`
	Attempts       int        `bun:"attempts"`
	DueMS          int64      `bun:"due_ms"`
	LastAttemptAt  *time.Time `bun:"last_attempt_at"`
	Status         int        `bun:"status"`
	Failure        string     `bun:"failure"`
	Response       string     `bun:"response"`
}

func newDeliveryRow(organizationID string, d webhook.Delivery) *deliveryRow {
	return &deliveryRow{
		OrganizationID: organizationID, WebhookID: d.WebhookID, ID: d.ID,
		EventID: d.Event.ID, EventType: string(d.Event.Type), EventAt: d.Event.At, EventData: d.Event.Data,
		State: string(d.State), Attempts: d.Attempts, DueMS: d.Due.UnixMilli(), LastAttemptAt: timeOrNull(d.LastAttemptAt),
		Status: d.Status, Failure: string(d.Failure), Response: d.Response,
	}
}

func (r *deliveryRow) delivery() webhook.Delivery {
	return webhook.Delivery{
		ID: r.ID, WebhookID: r.WebhookID,
		Event: event.Event{ID: r.EventID, Type: event.Type(r.EventType), At: r.EventAt.UTC(), Data: r.EventData},
		State: webhook.State(r.State), Attempts: r.Attempts, Due: time.UnixMilli(r.DueMS).UTC(),
		LastAttemptAt: timeOrZero(r.LastAttemptAt), Status: r.Status, Failure: webhook.Failure(r.Failure), Response: r.Response,
	}
}

func deliveriesOf(rows []*deliveryRow) []webhook.Delivery {
	list := make([]webhook.Delivery, len(rows))
	for i, row := range rows {
		list[i] = row.delivery()
	}
	return list
}
