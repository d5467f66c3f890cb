package webhook

import (
	"context"
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/mask"
	"github.com/orgpbx/orgpbx/resource"
)

// Store keeps webhooks and deliveries. Package store/storetest checks that a
// backend keeps every promise made here.
//
// Beside these methods, every event of a change is saved with it: a pending
// delivery, due at once, for each webhook of the organisation that
// [Webhook.Wants] it, where the organisation has webhooks switched on.
// Deliveries have ids that rise with time, and go with their webhook.
//
// Every method returns the errors of ctx, and errors of the backend wrapped.
type Store interface {
	// Organization returns one organisation, or [org.ErrNotFound].
	Organization(ctx context.Context, id string) (org.Organization, error)
	mask.Numbers

	// Webhooks reads the webhooks of organisations.
	Webhooks() resource.Finder[Webhook]
	// ChangeWebhooks runs change while no other change of the organisation can
	// happen, and saves all it wrote or, when it returns an error, nothing. It
	// returns [org.ErrNotFound] or the error of change. The PBX need not know of
	// it: the desired revision stays.
	ChangeWebhooks(ctx context.Context, organizationID string, change func(resource.Table[Webhook]) error) error

	// ReadyWebhooks returns webhooks that have a delivery to claim, in order of
	// id, after the given id; "" starts.
	ReadyWebhooks(ctx context.Context, now time.Time, after string, limit int) ([]Ref, error)
	// ClaimDeliveries takes pending deliveries of a webhook that are due at now,
	// the earliest first, and makes them due at until, so that nobody else takes
	// them before. There is none while the webhook is disabled or its
	// organisation has webhooks switched off and, but for the event
	// organization.suspended, while the organisation is suspended.
	ClaimDeliveries(ctx context.Context, ref Ref, now, until time.Time, limit int) ([]Delivery, error)
	// SettleDelivery saves what became of a delivery that was claimed until
	// claimed, and reports whether it did: it does not when somebody else took
	// or replayed it meanwhile, or it is gone.
	SettleDelivery(ctx context.Context, organizationID string, d Delivery, claimed time.Time) (bool, error)
	// InsertDelivery adds a delivery, or returns [org.ErrNotFound] when there is
	// no such webhook in the organisation.
	InsertDelivery(ctx context.Context, organizationID string, d Delivery) error
	// Deliveries lists deliveries of a webhook, newest first; state "" selects
	// all. page.After is the id of the last one of the page before.
	Deliveries(ctx context.Context, organizationID, webhookID string, state State, page org.Page) ([]Delivery, error)
	// ReplayDelivery makes a delivery pending, due at once and untried, and
	// returns it, or [org.ErrNotFound].
	ReplayDelivery(ctx context.Context, organizationID, webhookID, id string) (Delivery, error)
	// PurgeDeliveries removes at most limit deliveries that were made before a
	// moment, the oldest first, and returns how many.
	PurgeDeliveries(ctx context.Context, before time.Time, limit int) (int, error)
}

// Ref names a webhook.
type Ref struct {
	OrganizationID string
	ID             string
}
