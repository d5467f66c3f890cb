package webhook

import (
	"context"
	"fmt"
	"slices"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/event"
)

// Deliveries returns what a webhook was told, or is to be, newest first; state
// "" selects all. It returns [org.ErrNotFound] when there is no such webhook, and
// an [*org.InvalidError] for a state that is none.
func (s *Service) Deliveries(ctx context.Context, organizationID, webhookID string, state State, page org.Page) ([]Delivery, error) {
	if state != "" && !slices.Contains(States(), state) {
		return nil, org.Invalid("state", "oneof", "must be pending, delivered or dead")
	}
	if _, err := s.Get(ctx, organizationID, webhookID); err != nil {
		return nil, err
	}
	list, err := s.store.Deliveries(ctx, organizationID, webhookID, state, page)
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	return list, nil
}

// Replay has a delivery tried anew, whatever became of it, with the id that its
// event always had. It returns [org.ErrNotFound], or [ErrOff] when the
// organisation has webhooks switched off.
func (s *Service) Replay(ctx context.Context, organizationID, webhookID, id string) (Delivery, error) {
	if _, err := s.on(ctx, organizationID); err != nil {
		return Delivery{}, err
	}
	d, err := s.store.ReplayDelivery(ctx, organizationID, webhookID, id)
	if err != nil {
		return Delivery{}, fmt.Errorf("replay delivery: %w", err)
	}
	return d, nil
}

// Test sends an event of the type webhook.test now and once, to a disabled
// webhook too, and returns how that ended: delivered, or dead. It is kept among
// the deliveries. It returns [org.ErrNotFound], or [ErrOff] when the
// organisation has webhooks switched off.
func (s *Service) Test(ctx context.Context, organizationID, webhookID string) (Delivery, error) {
	o, err := s.on(ctx, organizationID)
	if err != nil {
		return Delivery{}, err
	}
	w, err := s.Get(ctx, organizationID, webhookID)
	if err != nil {
		return Delivery{}, err
	}
	e, err := event.New(event.WebhookTest, s.now(), struct {
		WebhookID string `json:"webhook_id"`
	}{webhookID})
	if err != nil {
		return Delivery{}, err
	}
	ctx = audit.Without(ctx)
	d := s.attempt(ctx, o, w, NewDelivery(s.opts.NewID(), webhookID, e))
	if d.State != Delivered {
		d.State = Dead
	}
	if err := s.store.InsertDelivery(ctx, organizationID, d); err != nil {
		return Delivery{}, fmt.Errorf("keep a test: %w", err)
	}
	return d, nil
}

// on returns the organisation, or [ErrOff].
func (s *Service) on(ctx context.Context, organizationID string) (org.Organization, error) {
	o, err := s.store.Organization(ctx, organizationID)
	if err != nil {
		return org.Organization{}, fmt.Errorf("read organization: %w", err)
	}
	if !o.Settings.WebhookEnabled {
		return org.Organization{}, ErrOff
	}
	return o, nil
}
