package memstore

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/event"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/webhook"
)

var webhookKind = kind[webhook.Webhook]{
	id:    func(w *webhook.Webhook) string { return w.ID },
	clone: webhook.Webhook.Clone,
	rows:  func(s *state) *rows[webhook.Webhook] { return &s.webhooks },
}

// Webhooks implements [webhook.Store].
func (s *Store) Webhooks() resource.Finder[webhook.Webhook] {
	return finder[webhook.Webhook]{s, webhookKind}
}

// ChangeWebhooks implements [webhook.Store].
func (s *Store) ChangeWebhooks(ctx context.Context, organizationID string, change func(resource.Table[webhook.Webhook]) error) error {
	return s.changeTables(ctx, organizationID, func(t *tx) error { return change(table[webhook.Webhook]{t, webhookKind}) })
}

// tell adds deliveries of events of an organisation. The caller holds mu.
func (s *Store) tell(saved *state, told []event.Event) {
	if !saved.organization.Settings.WebhookEnabled {
		return
	}
	for _, e := range told {
		for _, w := range saved.webhooks {
			if w.Wants(e.Type) {
				s.addDelivery(saved.organization.ID, webhook.NewDelivery(uuid.Must(uuid.NewV7()).String(), w.ID, e))
			}
		}
	}
}

func (s *Store) addDelivery(organizationID string, d webhook.Delivery) {
	if s.deliveries[organizationID] == nil {
		s.deliveries[organizationID] = map[string]webhook.Delivery{}
	}
	s.deliveries[organizationID][d.ID] = d
}

// dropDeliveriesOfNothing removes the deliveries of webhooks that are gone. The
// caller holds mu.
func (s *Store) dropDeliveriesOfNothing(saved *state) {
	maps.DeleteFunc(s.deliveries[saved.organization.ID], func(_ string, d webhook.Delivery) bool {
		_, there := webhookKind.find(saved.webhooks, d.WebhookID)
		return !there
	})
}

// claimable reports whether a delivery is to be tried now. The caller holds mu.
func (s *Store) claimable(organizationID string, d webhook.Delivery, now time.Time) bool {
	saved := s.saved[organizationID]
	w, err := webhookKind.get(saved.webhooks, d.WebhookID)
	return err == nil && w.Enabled && saved.organization.Settings.WebhookEnabled &&
		(saved.organization.Status != org.Suspended || d.Event.Type == event.OrganizationSuspended) &&
		d.State == webhook.Pending && !d.Due.After(now)
}

// ReadyWebhooks implements [webhook.Store].
func (s *Store) ReadyWebhooks(ctx context.Context, now time.Time, after string, limit int) ([]webhook.Ref, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	ready := map[webhook.Ref]bool{}
	for organizationID, deliveries := range s.deliveries {
		for _, d := range deliveries {
			if d.WebhookID > after && s.claimable(organizationID, d, now) {
				ready[webhook.Ref{OrganizationID: organizationID, ID: d.WebhookID}] = true
			}
		}
	}
	list := slices.SortedFunc(maps.Keys(ready), func(a, b webhook.Ref) int { return strings.Compare(a.ID, b.ID) })
	return list[:min(limit, len(list))], nil
}

// ClaimDeliveries implements [webhook.Store].
func (s *Store) ClaimDeliveries(ctx context.Context, ref webhook.Ref, now, until time.Time, limit int) ([]webhook.Delivery, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []webhook.Delivery
	for _, d := range s.deliveries[ref.OrganizationID] {
		if d.WebhookID == ref.ID && s.claimable(ref.OrganizationID, d, now) {
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(a, b webhook.Delivery) int { return cmp.Or(a.Due.Compare(b.Due), strings.Compare(a.ID, b.ID)) })
	list = list[:min(limit, len(list))]
	for i := range list {
		list[i].Due = until
		s.addDelivery(ref.OrganizationID, list[i])
	}
	return list, nil
}

// SettleDelivery implements [webhook.Store].
func (s *Store) SettleDelivery(ctx context.Context, organizationID string, d webhook.Delivery, claimed time.Time) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now, there := s.deliveries[organizationID][d.ID]
	if !there || now.State != webhook.Pending || !now.Due.Equal(claimed) {
		return false, nil
	}
	s.addDelivery(organizationID, d)
	return true, nil
}

// InsertDelivery implements [webhook.Store].
func (s *Store) InsertDelivery(ctx context.Context, organizationID string, d webhook.Delivery) error {
	if _, err := s.Webhooks().Get(ctx, organizationID, d.WebhookID); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addDelivery(organizationID, d)
	return nil
}

// Deliveries implements [webhook.Store].
func (s *Store) Deliveries(ctx context.Context, organizationID, webhookID string, wanted webhook.State, page org.Page) ([]webhook.Delivery, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []webhook.Delivery
	for _, d := range s.deliveries[organizationID] {
		if d.WebhookID == webhookID && (wanted == "" || d.State == wanted) && (page.After == "" || d.ID < page.After) {
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(a, b webhook.Delivery) int { return strings.Compare(b.ID, a.ID) })
	if page.Limit > 0 {
		list = list[:min(page.Limit, len(list))]
	}
	return list, nil
}

// ReplayDelivery implements [webhook.Store].
func (s *Store) ReplayDelivery(ctx context.Context, organizationID, webhookID, id string) (webhook.Delivery, error) {
	if err := ctx.Err(); err != nil {
		return webhook.Delivery{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d, there := s.deliveries[organizationID][id]
	if !there || d.WebhookID != webhookID {
		return webhook.Delivery{}, org.ErrNotFound
	}
	fresh := webhook.NewDelivery(id, webhookID, d.Event)
	d.State, d.Attempts, d.Due = fresh.State, fresh.Attempts, fresh.Due
	s.addDelivery(organizationID, d)
	return d, nil
}

// PurgeDeliveries implements [webhook.Store].
func (s *Store) PurgeDeliveries(ctx context.Context, before time.Time, limit int) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	purged := 0
	for _, deliveries := range s.deliveries {
		for id := range deliveries {
			if id < cdr.FirstID(before) && purged < limit {
				delete(deliveries, id)
				purged++
			}
		}
	}
	return purged, nil
}
