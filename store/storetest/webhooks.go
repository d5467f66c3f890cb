package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/event"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/webhook"
	"github.com/orgpbx/orgpbx/store"
)

var webhookTests = []test{
	{"a webhook is read as it was written, by its organization alone", func(t *testing.T, db store.Store) {
		o, other := addOrganization(t, db), addOrganization(t, db)
		w := sampleWebhook()
		w.DisabledReason, w.FailingSince = webhook.Gone, moment
		w.OldSecret, w.OldSecretUntil = []byte{3, 0, 255}, moment.Add(time.Hour)
		saveWebhook(t, db, o.ID, w)
		before := organization(t, db, o.ID)
		got, err := db.Webhooks().Get(t.Context(), o.ID, w.ID)
		require.NoError(t, err)
		require.Equal(t, w, got)
		for _, id := range append(hostile, other.ID, newID()) {
			_, err := db.Webhooks().Get(t.Context(), id, w.ID)
			require.ErrorIs(t, err, org.ErrNotFound, "organization %q", id)
			list, err := db.Webhooks().List(t.Context(), id, org.Page{})
			require.NoError(t, err)
			require.Empty(t, list)
		}
		require.NoError(t, db.ChangeWebhooks(t.Context(), other.ID, func(webhooks resource.Table[webhook.Webhook]) error {
			require.ErrorIs(t, webhooks.Update(t.Context(), other.ID, w), org.ErrNotFound)
			require.ErrorIs(t, webhooks.Delete(t.Context(), other.ID, w.ID), org.ErrNotFound)
			return nil
		}))
		w.URL, w.Events, w.Version = "https://example.com/other", []event.Type{event.UsageOver}, 9
		w.OldSecret, w.OldSecretUntil, w.FailingSince = nil, time.Time{}, time.Time{}
		changeWebhooks(t, db, o.ID, func(webhooks resource.Table[webhook.Webhook]) error {
			return webhooks.Update(t.Context(), o.ID, w)
		})
		list, err := db.Webhooks().List(t.Context(), o.ID, org.Page{})
		require.NoError(t, err)
		require.Equal(t, []webhook.Webhook{w}, list)
		require.Equal(t, before, organization(t, db, o.ID), "the PBX need not know")
	}},
	{"a change that fails leaves no webhook", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		refused := errors.New("refused")
		require.ErrorIs(t, db.ChangeWebhooks(t.Context(), o.ID, func(webhooks resource.Table[webhook.Webhook]) error {
			require.NoError(t, webhooks.Insert(t.Context(), o.ID, sampleWebhook()))
			return refused
		}), refused)
		list, err := db.Webhooks().List(t.Context(), o.ID, org.Page{})
		require.NoError(t, err)
		require.Empty(t, list)
	}},
	{"deliveries go with their webhook, and with their organization", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		first, second := addWebhook(t, db, o.ID), addWebhook(t, db, o.ID)
		tell(t, db, o.ID)
		changeWebhooks(t, db, o.ID, func(webhooks resource.Table[webhook.Webhook]) error {
			return webhooks.Delete(t.Context(), o.ID, first.ID)
		})
		require.Empty(t, deliveries(t, db, o.ID, first.ID))
		require.Len(t, deliveries(t, db, o.ID, second.ID), 1)
		remove(t, db, o.ID)
		require.Empty(t, deliveries(t, db, o.ID, second.ID))
		require.Empty(t, ready(t, db, moment))
		require.ErrorIs(t, db.InsertDelivery(t.Context(), o.ID, webhook.NewDelivery(newID(), second.ID, sampleEvent(event.WebhookTest))), org.ErrNotFound)
	}},
}

// sampleWebhook has a value in every field that is not about trouble.
func sampleWebhook() webhook.Webhook {
	return webhook.Webhook{
		Meta: resource.Meta{ID: newID(), Version: 1, CreatedAt: moment, UpdatedAt: moment},
		URL:  "https://example.com/hook?a='b'", Events: event.Types(), Enabled: true, Secret: []byte{0, 1, 255, '\''},
	}
}

func changeWebhooks(t *testing.T, db store.Store, organizationID string, fn func(resource.Table[webhook.Webhook]) error) {
	t.Helper()
	require.NoError(t, db.ChangeWebhooks(t.Context(), organizationID, fn))
}

func saveWebhook(t *testing.T, db store.Store, organizationID string, w webhook.Webhook) {
	t.Helper()
	changeWebhooks(t, db, organizationID, func(webhooks resource.Table[webhook.Webhook]) error {
		return webhooks.Insert(t.Context(), organizationID, w)
	})
}

func addWebhook(t *testing.T, db store.Store, organizationID string) webhook.Webhook {
	t.Helper()
	w := sampleWebhook()
	saveWebhook(t, db, organizationID, w)
	return w
}

func sampleEvent(kind event.Type) event.Event {
	return event.Event{ID: newID(), Type: kind, At: moment, Data: `{"id":"it's \"1\"\\ ?"}`}
}

// tell saves the event of a call with a change, and returns it.
func tell(t *testing.T, db store.Store, organizationID string) event.Event {
	t.Helper()
	e := sampleEvent(event.CallFinished)
	change(t, db, organizationID, func(tx resource.Tx) { require.NoError(t, tx.Tell(t.Context(), organizationID, e)) })
	return e
}

func deliveries(t *testing.T, db store.Store, organizationID, webhookID string) []webhook.Delivery {
	t.Helper()
	list, err := db.Deliveries(t.Context(), organizationID, webhookID, "", org.Page{})
	require.NoError(t, err)
	return list
}

func ready(t *testing.T, db store.Store, now time.Time) []webhook.Ref {
	t.Helper()
	refs, err := db.ReadyWebhooks(t.Context(), now, "", 100)
	require.NoError(t, err)
	return refs
}
