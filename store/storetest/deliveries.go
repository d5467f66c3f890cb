package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/event"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/webhook"
	"github.com/orgpbx/orgpbx/store"
)

// claimEnd is until when the tests claim deliveries.
var claimEnd = moment.Truncate(time.Millisecond).Add(30 * time.Second)

var deliveryTests = []test{
	{"what is claimed is nobody else's until its time is over", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		w := addWebhook(t, db, o.ID)
		ref := webhook.Ref{OrganizationID: o.ID, ID: w.ID}
		tell(t, db, o.ID)
		require.Equal(t, []webhook.Ref{ref}, ready(t, db, moment))
		require.Len(t, claim(t, db, ref, moment), 1)
		require.Empty(t, claim(t, db, ref, moment))
		require.Empty(t, ready(t, db, moment))
		require.Equal(t, []webhook.Ref{ref}, ready(t, db, claimEnd))
		require.Len(t, claim(t, db, ref, claimEnd), 1)
	}},
	{"of many who claim at once each gets others", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		w := addWebhook(t, db, o.ID)
		const events = 20
		for range events {
			tell(t, db, o.ID)
		}
		var mu sync.Mutex
		taken := map[string]int{}
		for _, err := range atOnce(8, func(int) error {
			for {
				list, err := db.ClaimDeliveries(t.Context(), webhook.Ref{OrganizationID: o.ID, ID: w.ID}, moment, claimEnd, 3)
				if err != nil || len(list) == 0 {
					return err
				}
				mu.Lock()
				for _, d := range list {
					taken[d.ID]++
				}
				mu.Unlock()
			}
		}) {
			require.NoError(t, err)
		}
		for id, n := range taken {
			require.Equal(t, 1, n, id)
		}
		// Whoever met a row that another was just taking has left it to him.
		require.Len(t, taken, events)
	}},
	{"what became of a delivery is saved by who has it, and by nobody else", settleDeliveries},
	{"nothing is delivered for a disabled webhook, where webhooks are off, or while suspended", holdDeliveries},
	{"deliveries are listed by state and page, for their organization alone", func(t *testing.T, db store.Store) {
		o, other := addOrganization(t, db), addOrganization(t, db)
		w := addWebhook(t, db, o.ID)
		ref := webhook.Ref{OrganizationID: o.ID, ID: w.ID}
		for range 3 {
			tell(t, db, o.ID)
		}
		d := claim(t, db, ref, moment)[1]
		d.State = webhook.Dead
		settle(t, db, o.ID, d, true)
		all := deliveries(t, db, o.ID, w.ID)
		require.Len(t, all, 3)
		list, err := db.Deliveries(t.Context(), o.ID, w.ID, webhook.Dead, org.Page{})
		require.NoError(t, err)
		require.Equal(t, []webhook.Delivery{all[1]}, list)
		list, err = db.Deliveries(t.Context(), o.ID, w.ID, "", org.Page{After: all[0].ID, Limit: 1})
		require.NoError(t, err)
		require.Equal(t, all[1:2], list)
		for _, id := range append(hostile, other.ID, newID()) {
			require.Empty(t, deliveries(t, db, id, w.ID))
			_, err := db.ReplayDelivery(t.Context(), id, w.ID, d.ID)
			require.ErrorIs(t, err, org.ErrNotFound)
			_, err = db.ReplayDelivery(t.Context(), o.ID, w.ID, id)
			require.ErrorIs(t, err, org.ErrNotFound)
			_, err = db.ReplayDelivery(t.Context(), o.ID, id, d.ID)
			require.ErrorIs(t, err, org.ErrNotFound)
			settle(t, db, id, d, false)
			require.Empty(t, claim(t, db, webhook.Ref{OrganizationID: id, ID: w.ID}, claimEnd))
			require.ErrorIs(t, db.InsertDelivery(t.Context(), id, webhook.NewDelivery(newID(), w.ID, d.Event)), org.ErrNotFound)
		}
	}},
	{"deliveries are purged in batches, the oldest first", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		w := addWebhook(t, db, o.ID)
		for range 3 {
			tell(t, db, o.ID)
		}
		purge := func(before time.Time) int {
			n, err := db.PurgeDeliveries(t.Context(), before, 2)
			require.NoError(t, err)
			return n
		}
		require.Zero(t, purge(time.Now().Add(-time.Hour)))
		require.Equal(t, 2, purge(time.Now().Add(time.Hour)))
		require.Equal(t, 1, purge(time.Now().Add(time.Hour)))
		require.Empty(t, deliveries(t, db, o.ID, w.ID))
	}},
}

func settleDeliveries(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	w := addWebhook(t, db, o.ID)
	ref := webhook.Ref{OrganizationID: o.ID, ID: w.ID}
	tell(t, db, o.ID)
	d := claim(t, db, ref, moment)[0]
	late := d
	d.Attempts, d.Due, d.LastAttemptAt = 1, claimEnd.Add(time.Hour), moment
	d.Status, d.Failure, d.Response = 503, webhook.StatusFailure, "it's \\ down"
	settle(t, db, o.ID, d, true)
	require.Equal(t, []webhook.Delivery{d}, deliveries(t, db, o.ID, w.ID))
	late.State = webhook.Delivered
	settle(t, db, o.ID, late, false)
	require.Empty(t, claim(t, db, ref, d.Due.Add(-time.Millisecond)))
	d = claim(t, db, ref, d.Due)[0]
	d.State = webhook.Dead
	settle(t, db, o.ID, d, true)
	settle(t, db, o.ID, late, false)
	require.Empty(t, ready(t, db, claimEnd.Add(1000*time.Hour)))

	replayed, err := db.ReplayDelivery(t.Context(), o.ID, w.ID, d.ID)
	require.NoError(t, err)
	require.Equal(t, webhook.Pending, replayed.State)
	require.Zero(t, replayed.Attempts)
	require.Equal(t, d.Event, replayed.Event)
	require.Len(t, claim(t, db, ref, moment), 1)
}

func holdDeliveries(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	w := addWebhook(t, db, o.ID)
	ref := webhook.Ref{OrganizationID: o.ID, ID: w.ID}
	tell(t, db, o.ID)
	enable := func(enabled bool) {
		w.Enabled = enabled
		changeWebhooks(t, db, o.ID, func(webhooks resource.Table[webhook.Webhook]) error {
			return webhooks.Update(t.Context(), o.ID, w)
		})
	}
	held := func() {
		t.Helper()
		require.Empty(t, ready(t, db, moment))
		require.Empty(t, claim(t, db, ref, moment))
	}
	enable(false)
	held()
	enable(true)
	edit(t, db, o.ID, func(o *org.Organization) { o.Settings.WebhookEnabled = false })
	held()
	edit(t, db, o.ID, func(o *org.Organization) { o.Settings.WebhookEnabled = true })
	edit(t, db, o.ID, func(o *org.Organization) { o.Status = org.Suspended })
	list := claim(t, db, ref, moment)
	require.Len(t, list, 1)
	require.Equal(t, event.OrganizationSuspended, list[0].Event.Type)
	held()
	edit(t, db, o.ID, func(o *org.Organization) { o.Status = org.Active })
	require.Len(t, claim(t, db, ref, moment), 2, "what waited, and that it was resumed")
}

func claim(t *testing.T, db store.Store, ref webhook.Ref, now time.Time) []webhook.Delivery {
	t.Helper()
	until := claimEnd
	if !now.Before(until) {
		until = now.Truncate(time.Millisecond).Add(30 * time.Second)
	}
	list, err := db.ClaimDeliveries(t.Context(), ref, now, until, 10)
	require.NoError(t, err)
	for _, d := range list {
		require.Equal(t, until, d.Due)
	}
	return list
}

// settle settles a delivery that was claimed last at the time that the claims of
// these tests end, or at its own.
func settle(t *testing.T, db store.Store, organizationID string, d webhook.Delivery, want bool) {
	t.Helper()
	claimed := claimEnd
	if d.State == webhook.Dead && d.Due.After(claimEnd) {
		claimed = d.Due
	}
	saved, err := db.SettleDelivery(t.Context(), organizationID, d, claimed)
	require.NoError(t, err)
	require.Equal(t, want, saved)
}
