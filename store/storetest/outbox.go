package storetest

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/event"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/webhook"
	"github.com/orgpbx/orgpbx/store"
)

var outboxTests = []test{
	{"an event is saved with its change, for each webhook that wants it", func(t *testing.T, db store.Store) {
		o, other := addOrganization(t, db), addOrganization(t, db)
		first, second, foreign := addWebhook(t, db, o.ID), addWebhook(t, db, o.ID), addWebhook(t, db, other.ID)
		disabled, deaf := sampleWebhook(), sampleWebhook()
		disabled.Enabled, deaf.Events = false, []event.Type{event.UsageNear}
		saveWebhook(t, db, o.ID, disabled)
		saveWebhook(t, db, o.ID, deaf)
		e := tell(t, db, o.ID)
		for _, w := range []webhook.Webhook{first, second} {
			list := deliveries(t, db, o.ID, w.ID)
			require.Len(t, list, 1)
			require.Equal(t, webhook.NewDelivery(list[0].ID, w.ID, e), list[0])
			require.Empty(t, deliveries(t, db, other.ID, w.ID))
		}
		require.Empty(t, deliveries(t, db, o.ID, disabled.ID))
		require.Empty(t, deliveries(t, db, o.ID, deaf.ID))
		require.Empty(t, deliveries(t, db, other.ID, foreign.ID))
	}},
	{"a change that fails leaves no event, and none is told of another organization", func(t *testing.T, db store.Store) {
		o, other := addOrganization(t, db), addOrganization(t, db)
		w, foreign := addWebhook(t, db, o.ID), addWebhook(t, db, other.ID)
		refused := errors.New("refused")
		require.ErrorIs(t, db.Change(t.Context(), o.ID, func(tx resource.Tx) error {
			require.NoError(t, tx.Tell(t.Context(), o.ID, sampleEvent(event.CallFinished)))
			return refused
		}), refused)
		change(t, db, o.ID, func(tx resource.Tx) {
			require.ErrorIs(t, tx.Tell(t.Context(), other.ID, sampleEvent(event.CallFinished)), org.ErrNotFound)
		})
		require.Empty(t, deliveries(t, db, o.ID, w.ID))
		require.Empty(t, deliveries(t, db, other.ID, foreign.ID))
	}},
	{"where webhooks are switched off no event is saved", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		w := addWebhook(t, db, o.ID)
		edit(t, db, o.ID, func(o *org.Organization) { o.Settings.WebhookEnabled = false })
		tell(t, db, o.ID)
		recordCalls(t, db, sampleCallRecord(o, 1))
		edit(t, db, o.ID, func(o *org.Organization) { o.Status = org.Suspended })
		require.Empty(t, deliveries(t, db, o.ID, w.ID))
	}},
	{"suspending and resuming are told, other edits are not", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		w := addWebhook(t, db, o.ID)
		edit(t, db, o.ID, func(o *org.Organization) { o.SecretVersion++ })
		require.Empty(t, told(t, db, o.ID, w.ID))
		edit(t, db, o.ID, func(o *org.Organization) { o.Status = org.Suspended })
		edit(t, db, o.ID, func(o *org.Organization) { o.Status = org.Active })
		require.Equal(t, []event.Type{event.OrganizationResumed, event.OrganizationSuspended}, told(t, db, o.ID, w.ID))
	}},
	{"a deployment is told of when it is recorded, unless it waits", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		w := addWebhook(t, db, o.ID)
		for _, state := range []org.ConfigState{org.Pending, org.Failed, org.Applied} {
			record(t, db, o.ID, sampleDeployment(1, state))
		}
		require.Equal(t, []event.Type{event.DeploymentApplied, event.DeploymentFailed}, told(t, db, o.ID, w.ID))
	}},
	{"a call is told of once when it ended, and again only when it grew", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		w := addWebhook(t, db, o.ID)
		first := sampleCallRecord(o, 1)
		recordCalls(t, db, first)
		recordCalls(t, db, first)
		require.Equal(t, []event.Type{event.CallFinished}, told(t, db, o.ID, w.ID))
		more := first
		more.Sequence, more.EndedAt = first.Sequence+1, first.EndedAt.Add(5e9)
		recordCalls(t, db, more)
		require.Equal(t, []event.Type{event.CallUpdated, event.CallFinished}, told(t, db, o.ID, w.ID))
		require.Contains(t, deliveries(t, db, o.ID, w.ID)[0].Event.Data, first.Caller)
	}},
	{"a level of use is told of once", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		w := addWebhook(t, db, o.ID)
		for _, percent := range []int{80, 80, 100} {
			_, err := db.NoticeUsage(t.Context(), o.ID, cdr.Notice{Month: "2031-03", Kind: limits.StorageGB, Percent: percent}, moment)
			require.NoError(t, err)
		}
		require.Equal(t, []event.Type{event.UsageOver, event.UsageNear}, told(t, db, o.ID, w.ID))
		require.Equal(t, moment, deliveries(t, db, o.ID, w.ID)[0].Event.At)
	}},
}

func edit(t *testing.T, db store.Store, organizationID string, fn func(*org.Organization)) {
	t.Helper()
	_, err := db.ChangeOrganization(t.Context(), organizationID, func(o *org.Organization) error {
		fn(o)
		return nil
	})
	require.NoError(t, err)
}

// told are the types of a webhook's events, newest first.
func told(t *testing.T, db store.Store, organizationID, webhookID string) []event.Type {
	t.Helper()
	var types []event.Type
	for _, d := range deliveries(t, db, organizationID, webhookID) {
		types = append(types, d.Event.Type)
	}
	return types
}
