package webhook_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/event"
	"github.com/orgpbx/orgpbx/resource/webhook"
	"github.com/orgpbx/orgpbx/store"
)

func TestAChangeIsDeliveredSignedAndOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db store.Store) {
		r := newReceiver(t)
		s := newStand(t, db, options(r))
		w, secret := s.hook(t, r)
		s.run(t)
		u := s.happen(t)
		m := r.next(t)
		require.NoError(t, m.verify(t, secret))
		var payload struct {
			ID             string `json:"id"`
			Type           string `json:"type"`
			OrganizationID string `json:"organization_id"`
			Data           struct {
				ID string `json:"id"`
			} `json:"data"`
		}
		require.NoError(t, json.Unmarshal(m.body, &payload))
		require.Equal(t, "user.created", payload.Type)
		require.Equal(t, s.o.ID, payload.OrganizationID)
		require.Equal(t, u.ID, payload.Data.ID)
		require.Equal(t, m.id(), payload.ID)
		d := s.become(t, w, webhook.Delivered, 1)
		require.Equal(t, m.id(), d.Event.ID)
		m.body[0]++
		require.Error(t, m.verify(t, secret), "a changed body")
		require.Empty(t, r.got)
	})
}

// A server that dies after the change was saved, and one that dies when the
// receiver has the event and it is not noted.
func TestAServerThatDiesLosesNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db store.Store) {
		r := newReceiver(t)
		s := newStand(t, db, options(r))
		w, secret := s.hook(t, r)
		s.happen(t) // nobody runs
		ref := webhook.Ref{OrganizationID: s.o.ID, ID: w.ID}
		claimed, err := db.ClaimDeliveries(t.Context(), ref, s.clock.Now(), s.clock.Now().Add(time.Minute), 10)
		require.NoError(t, err)
		require.Len(t, claimed, 1) // by somebody who dies now

		next := newStand(t, db, options(r)) // another process
		next.o, next.clock = s.o, s.clock
		opts := options(r)
		opts.Now = s.clock.Now
		next.Service = webhook.New(db, opts)
		next.run(t)
		s.clock.advance(time.Minute)
		m := r.next(t)
		require.NoError(t, m.verify(t, secret))
		require.Equal(t, claimed[0].Event.ID, m.id())
		next.become(t, w, webhook.Delivered, 1)
	})
}

func TestServersShareTheWork(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db store.Store) {
		r := newReceiver(t)
		s := newStand(t, db, options(r))
		s.hook(t, r)
		opts := options(r)
		opts.Now = s.clock.Now
		run(t, s.Service)
		run(t, webhook.New(db, opts))
		const events = 30
		for range events {
			s.happen(t)
		}
		seen := map[string]int{}
		for range events {
			seen[r.next(t).id()]++
		}
		require.Len(t, seen, events, "each once")
	})
}

func TestWhatFailsIsTriedAgainForADayAndThenGivenUp(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db store.Store) {
		r := newReceiver(t)
		r.answers(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = w.Write([]byte("out of\x00 order " + strings.Repeat("x", 1000)))
		})
		opts := options(r)
		opts.Random = func(int64) int64 { return 0 }
		s := newStand(t, db, opts)
		w, secret := s.hook(t, r)
		s.happen(t)
		began := s.clock.Now()
		s.run(t)
		ids := map[string]bool{}
		attempts := 1
		for {
			m := r.next(t)
			require.NoError(t, m.verify(t, secret))
			ids[m.id()] = true
			state := webhook.Pending
			if attempts == 11 {
				state = webhook.Dead
			}
			d := s.become(t, w, state, attempts)
			require.Equal(t, http.StatusInternalServerError, d.Status)
			require.Equal(t, webhook.StatusFailure, d.Failure)
			if state == webhook.Dead {
				require.Len(t, d.Response, 199)
				break
			}
			require.True(t, d.Due.After(s.clock.Now()))
			s.clock.advance(d.Due.Sub(s.clock.Now()))
			attempts++
		}
		require.Len(t, ids, 1, "the same event all the time")
		require.Greater(t, s.clock.Now().Sub(began), 24*time.Hour)
		require.Less(t, s.clock.Now().Sub(began), 25*time.Hour)
		require.Eventually(t, func() bool {
			got, err := s.Get(t.Context(), s.o.ID, w.ID)
			return err == nil && !got.FailingSince.IsZero() && got.Enabled
		}, patience, 10*time.Millisecond)

		r.answersStatus(http.StatusOK)
		dead, err := s.Deliveries(t.Context(), s.o.ID, w.ID, webhook.Dead, org.Page{})
		require.NoError(t, err)
		_, err = s.Replay(t.Context(), s.o.ID, w.ID, dead[0].ID)
		require.NoError(t, err)
		require.True(t, ids[r.next(t).id()])
		s.become(t, w, webhook.Delivered, 1)
		require.Eventually(t, func() bool {
			got, err := s.Get(t.Context(), s.o.ID, w.ID)
			return err == nil && got.FailingSince.IsZero()
		}, patience, 10*time.Millisecond)
	})
}

func TestAReceiverThatIsGoneSwitchesItsWebhookOff(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	r.answersStatus(http.StatusGone)
	s := newStand(t, memory(t), options(r))
	w, _ := s.hook(t, r)
	s.happen(t)
	s.run(t)
	r.next(t)
	s.become(t, w, webhook.Dead, 1)
	require.Eventually(t, func() bool {
		got, err := s.Get(t.Context(), s.o.ID, w.ID)
		return err == nil && !got.Enabled && got.DisabledReason == webhook.Gone
	}, patience, 10*time.Millisecond)
	again, err := s.Update(t.Context(), s.o.ID, w.ID, 0, func(w *webhook.Webhook) error { w.Enabled = true; return nil })
	require.NoError(t, err)
	require.Empty(t, again.DisabledReason)
	require.Zero(t, again.FailingSince)
}

func TestASlowReceiverDoesNotHoldOthersUp(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db store.Store) {
		slow, quick := newReceiver(t), newReceiver(t)
		release := make(chan struct{})
		slow.answers(func(http.ResponseWriter, *http.Request) { <-release })
		s := newStand(t, db, options(slow, quick))
		s.hook(t, slow)
		s.run(t)
		for range 10 { // more than are sent to one webhook at a time
			s.happen(t)
		}
		slow.next(t)
		w, _ := s.hook(t, quick)
		s.happen(t)
		quick.next(t)
		s.become(t, w, webhook.Delivered, 1)
		close(release)
		for range 10 {
			slow.next(t)
		}
	})
}

func TestBothSecretsSignForADayAfterARotation(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	s := newStand(t, memory(t), options(r))
	w, old := s.hook(t, r)
	_, fresh, err := s.RotateSecret(t.Context(), s.o.ID, w.ID, 0)
	require.NoError(t, err)
	test := func() message {
		_, err := s.Test(t.Context(), s.o.ID, w.ID)
		require.NoError(t, err)
		return r.next(t)
	}
	m := test()
	require.NoError(t, m.verify(t, old))
	require.NoError(t, m.verify(t, fresh))
	s.clock.advance(webhook.RotationOverlap)
	m = test()
	require.Error(t, m.verify(t, old))
	require.NoError(t, m.verify(t, fresh))
}

func TestWhatIsOffIsNotDelivered(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	s := newStand(t, memory(t), options(r))
	s.hook(t, r)
	s.run(t)
	orgs := org.New(s.db, org.Options{})
	change := func(edit func(*org.Profile)) {
		_, err := orgs.Update(t.Context(), s.o.ID, 0, func(p *org.Profile) error { edit(p); return nil })
		require.NoError(t, err)
	}
	next := func(kind event.Type) {
		t.Helper()
		require.Contains(t, string(r.next(t).body), `"type":"`+string(kind)+`"`)
	}
	change(func(p *org.Profile) { p.Status = org.Suspended })
	next(event.OrganizationSuspended)
	s.happen(t) // by the administrator
	change(func(p *org.Profile) { p.Settings.WebhookEnabled = false })
	s.happen(t)
	change(func(p *org.Profile) { p.Status = org.Active })
	change(func(p *org.Profile) { p.Settings.WebhookEnabled = true })
	next("user.created")
	s.happen(t)
	next("user.created")
	require.Empty(t, r.got, "what happened while webhooks were off is told to nobody")
	_, err := s.Test(t.Context(), newOrganization(t, s.db).ID, "x")
	require.ErrorIs(t, err, org.ErrNotFound)
}

func TestAnotherOrganizationsWebhookIsAbsent(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db store.Store) {
		r := newReceiver(t)
		s := newStand(t, db, options(r))
		w, _ := s.hook(t, r)
		s.happen(t)
		deliveries, err := s.Deliveries(t.Context(), s.o.ID, w.ID, "", org.Page{})
		require.NoError(t, err)
		require.Len(t, deliveries, 1)
		other := newOrganization(t, db).ID
		_, err = s.Get(t.Context(), other, w.ID)
		require.ErrorIs(t, err, org.ErrNotFound)
		_, err = s.Update(t.Context(), other, w.ID, 0, func(*webhook.Webhook) error { return nil })
		require.ErrorIs(t, err, org.ErrNotFound)
		require.ErrorIs(t, s.Delete(t.Context(), other, w.ID, 0), org.ErrNotFound)
		_, _, err = s.RotateSecret(t.Context(), other, w.ID, 0)
		require.ErrorIs(t, err, org.ErrNotFound)
		_, err = s.Test(t.Context(), other, w.ID)
		require.ErrorIs(t, err, org.ErrNotFound)
		_, err = s.Deliveries(t.Context(), other, w.ID, "", org.Page{})
		require.ErrorIs(t, err, org.ErrNotFound)
		_, err = s.Replay(t.Context(), other, w.ID, deliveries[0].ID)
		require.ErrorIs(t, err, org.ErrNotFound)
		s.o.ID, w.ID = other, newOrganization(t, db).ID // an event over there
		s.happen(t)
		s.run(t)
		require.NotContains(t, string(r.next(t).body), other)
	})
}
