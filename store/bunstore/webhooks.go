package bunstore

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/event"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/webhook"
)

var webhooks = kind[webhook.Webhook, webhookRow]{
	name: "webhook", toRow: newWebhookRow, fromRow: (*webhookRow).webhook,
}

// claimable are the deliveries that are to be tried, in a query of deliveries d,
// their webhooks w and their organisations o.
const claimable = `d.state = 'pending' AND d.due_ms <= ? AND w.enabled AND o.webhook_enabled
	AND (o.status <> 'suspended' OR d.event_type = 'organization.suspended')`

// Webhooks implements [webhook.Store].
func (s *Store) Webhooks() resource.Finder[webhook.Webhook] { return reader(s.db, webhooks) }

// ChangeWebhooks implements [webhook.Store].
func (s *Store) ChangeWebhooks(ctx context.Context, organizationID string, change func(resource.Table[webhook.Webhook]) error) error {
	return s.change(ctx, organizationID, func(_ context.Context, db bun.Tx, row *organizationRow) error {
		return change(writer(&tx{db: db, row: row}, webhooks))
	})
}

// tellOf is tell for a transaction that has not read the organisation.
func (s *Store) tellOf(ctx context.Context, tx bun.Tx, organizationID string, told ...event.Event) error {
	row := new(organizationRow)
	err := tx.NewSelect().Model(row).Column("id", "webhook_enabled").Where("o.id = ?", organizationID).Scan(ctx)
	if err != nil {
		return failed(ctx, "see whether webhooks are on", err)
	}
	return s.tell(ctx, tx, row, told...)
}

// tell saves events with the transaction, for each webhook that wants them. It
// costs an organisation that has webhooks switched off nothing.
func (s *Store) tell(ctx context.Context, tx bun.Tx, o *organizationRow, told ...event.Event) error {
	if !o.WebhookEnabled || len(told) == 0 {
		return nil
	}
	var listening []*webhookRow
	q := tx.NewSelect().Model(&listening).Where("w.organization_id = ?", o.ID).Where("w.enabled").Order("w.id")
	if s.dialect == Postgres {
		q.For("KEY SHARE") // none goes before its deliveries are there
	}
	if err := q.Scan(ctx); err != nil {
		return failed(ctx, "find the webhooks of an event", err)
	}
	var rows []*deliveryRow
	for _, e := range told {
		for _, w := range listening {
			if w.webhook().Wants(e.Type) {
				rows = append(rows, newDeliveryRow(o.ID, webhook.NewDelivery(uuid.Must(uuid.NewV7()).String(), w.ID, e)))
			}
		}
	}
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.NewInsert().Model(&rows).Exec(ctx)
	return failed(ctx, "insert deliveries", err)
}

// ReadyWebhooks implements [webhook.Store].
func (s *Store) ReadyWebhooks(ctx context.Context, now time.Time, after string, limit int) ([]webhook.Ref, error) {
	if !storable(after) {
		return nil, nil
	}
	var refs []webhook.Ref
	err := s.db.NewRaw(
		`SELECT w.organization_id, w.id FROM orgpbx_webhooks w JOIN orgpbx_organizations o ON o.id = w.organization_id
		 WHERE w.id > ? AND w.enabled AND EXISTS (SELECT 1 FROM orgpbx_webhook_deliveries d
			WHERE d.organization_id = w.organization_id AND d.webhook_id = w.id AND `+claimable+`)
		 ORDER BY w.id LIMIT ?`, after, now.UnixMilli(), limit).Scan(ctx, &refs)
	return refs, failed(ctx, "find webhooks to serve", err)
}

// ClaimDeliveries implements [webhook.Store].
func (s *Store) ClaimDeliveries(ctx context.Context, ref webhook.Ref, now, until time.Time, limit int) ([]webhook.Delivery, error) {
	if !storable(ref.OrganizationID, ref.ID) {
		return nil, nil
	}
	unlock, err := s.lockFile(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	skip := bun.Safe("")
	if s.dialect == Postgres {
		skip = "FOR UPDATE OF d SKIP LOCKED"
	}
	var rows []*deliveryRow
	err = s.db.NewRaw(
		`WITH picked AS MATERIALIZED (
			SELECT d.id FROM orgpbx_webhook_deliveries d
			JOIN orgpbx_webhooks w ON w.organization_id = d.organization_id AND w.id = d.webhook_id
			JOIN orgpbx_organizations o ON o.id = d.organization_id
			WHERE d.organization_id = ? AND d.webhook_id = ? AND `+claimable+`
			ORDER BY d.due_ms, d.id LIMIT ? ?)
		 UPDATE orgpbx_webhook_deliveries SET due_ms = ?
		 WHERE organization_id = ? AND id IN (SELECT id FROM picked) RETURNING *`,
		ref.OrganizationID, ref.ID, now.UnixMilli(), limit, skip, until.UnixMilli(), ref.OrganizationID).Scan(ctx, &rows)
	if err != nil {
		return nil, failed(ctx, "claim deliveries", err)
	}
	return deliveriesOf(rows), nil
}

// SettleDelivery implements [webhook.Store].
func (s *Store) SettleDelivery(ctx context.Context, organizationID string, d webhook.Delivery, claimed time.Time) (bool, error) {
	if !storable(organizationID, d.ID) {
		return false, nil
	}
	n, err := s.execAlone(ctx, "settle a delivery", s.db.NewUpdate().Model(newDeliveryRow(organizationID, d)).
		Column("state", "attempts", "due_ms", "last_attempt_at", "status", "failure", "response").
		WherePK().Where("organization_id = ?", organizationID).
		Where("state = 'pending'").Where("due_ms = ?", claimed.UnixMilli()))
	return n > 0, err
}

// InsertDelivery implements [webhook.Store].
func (s *Store) InsertDelivery(ctx context.Context, organizationID string, d webhook.Delivery) error {
	if !storable(organizationID, d.WebhookID) {
		return org.ErrNotFound
	}
	unlock, err := s.lockFile(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	_, err = s.db.NewInsert().Model(newDeliveryRow(organizationID, d)).Exec(ctx)
	if isMissingReference(err) {
		return org.ErrNotFound
	}
	return failed(ctx, "insert a delivery", err)
}

// Deliveries implements [webhook.Store].
func (s *Store) Deliveries(ctx context.Context, organizationID, webhookID string, state webhook.State, page org.Page) ([]webhook.Delivery, error) {
	if !storable(organizationID, webhookID, page.After) {
		return nil, nil
	}
	var rows []*deliveryRow
	q := s.db.NewSelect().Model(&rows).
		Where("d.organization_id = ?", organizationID).Where("d.webhook_id = ?", webhookID).Order("d.id DESC")
	if state != "" {
		q.Where("d.state = ?", string(state))
	}
	if page.After != "" {
		q.Where("d.id < ?", page.After)
	}
	if page.Limit > 0 {
		q.Limit(int64(page.Limit))
	}
	if err := q.Scan(ctx); err != nil {
		return nil, failed(ctx, "list deliveries", err)
	}
	return deliveriesOf(rows), nil
}

// ReplayDelivery implements [webhook.Store].
func (s *Store) ReplayDelivery(ctx context.Context, organizationID, webhookID, id string) (webhook.Delivery, error) {
	if !storable(organizationID, webhookID, id) {
		return webhook.Delivery{}, org.ErrNotFound
	}
	unlock, err := s.lockFile(ctx)
	if err != nil {
		return webhook.Delivery{}, err
	}
	defer unlock()
	row := new(deliveryRow)
	err = s.db.NewRaw(
		`UPDATE orgpbx_webhook_deliveries SET state = 'pending', attempts = 0, due_ms = 0
		 WHERE organization_id = ? AND webhook_id = ? AND id = ? RETURNING *`, organizationID, webhookID, id).Scan(ctx, row)
	if err != nil {
		return webhook.Delivery{}, failed(ctx, "replay a delivery", err)
	}
	return row.delivery(), nil
}

// PurgeDeliveries implements [webhook.Store].
func (s *Store) PurgeDeliveries(ctx context.Context, before time.Time, limit int) (int, error) {
	n, err := s.execAlone(ctx, "purge deliveries", s.db.NewRaw(
		`DELETE FROM orgpbx_webhook_deliveries WHERE id IN
		 (SELECT id FROM orgpbx_webhook_deliveries WHERE id < ? ORDER BY id LIMIT ?)`, cdr.FirstID(before), limit))
	return int(n), err
}
