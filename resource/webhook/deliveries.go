package webhook

import (
	"context"
	"fmt"
	"slices"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/event"
	"github.com/orgpbx/orgpbx/org/mask"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// Deliveries returns what a webhook was told, or is to be, newest first; state
// "" selects all. What a receiver answered about a call is masked where the
// organisation has masking on, because it may repeat what it was told. It returns [org.ErrNotFound] when there is no such webhook, and
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
	if err := s.mask(ctx, organizationID, list); err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	return list, nil
}

// mask hides answers about calls where the organisation has masking on.
func (s *Service) mask(ctx context.Context, organizationID string, list []Delivery) error {
	repeats := func(d Delivery) bool { return d.Response != "" && cdr.TellsOfCall(d.Event) }
	if !slices.ContainsFunc(list, repeats) {
		return nil
	}
	o, err := s.store.Organization(ctx, organizationID)
	if err != nil || !o.Compliance.PIIMasking {
		return err
	}
	for i, d := range list {
		if repeats(d) {
			list[i].Response = mask.Text(d.Response)
		}
	}
	return nil
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
	shown := []Delivery{d}
	if err := s.mask(ctx, organizationID, shown); err != nil {
		return Delivery{}, fmt.Errorf("replay delivery: %w", err)
	}
	return shown[0], nil
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
