package editor

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/event"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/webhook"
)

// webhooks is the screen of those who are told of events.
func (e *Editor) webhooks() screen[webhook.Webhook] {
	service := e.config.Webhooks
	return screen[webhook.Webhook]{
		editor: e, key: "webhooks", kind: "webhook", see: member.ReadWebhooks, write: member.WriteWebhooks,
		set: setOf[webhook.Webhook](service),
		create: func(ctx context.Context, _ *request, organizationID string, w webhook.Webhook) (webhook.Webhook, afterwards, error) {
			made, secret, err := service.Create(ctx, organizationID, w)
			return made, showWebhookSecret(made, secret), err
		},
		defaults: func() webhook.Webhook {
			return webhook.Webhook{Enabled: true, Events: []event.Type{event.CallFinished, event.DeploymentFailed}}
		},
		meta:    func(w webhook.Webhook) resource.Meta { return w.Meta },
		title:   func(w webhook.Webhook) string { return w.URL },
		columns: []string{"enabled", "count", "failing"},
		inputs:  webhookInputs,
		facts: []input[webhook.Webhook]{
			{name: "count", kind: lineInput, read: func(w *webhook.Webhook) string { return strconv.Itoa(len(w.Events)) }},
			{name: "failing", kind: lineInput, read: func(w *webhook.Webhook) string { return momentOrNone(w.FailingSince) }},
			{name: "disabled", kind: choiceInput, read: func(w *webhook.Webhook) string { return w.DisabledReason }},
		},
		also: []deedLink{{"deliveries", "webhooks.deliveries"}},
		deeds: []deedOn[webhook.Webhook]{
			{
				path: "test", key: "webhooks.test", operation: "test-webhook", offered: always[webhook.Webhook],
				do: func(ctx context.Context, _ *request, o org.Organization, w webhook.Webhook, _ int64) (afterwards, error) {
					_, err := service.Test(ctx, o.ID, w.ID)
					return showDeliveries(w.ID), err
				},
			},
			{
				path: "rotate-secret", key: "webhooks.rotate", operation: "rotate-webhook-secret", bad: true, offered: always[webhook.Webhook],
				do: func(ctx context.Context, _ *request, o org.Organization, w webhook.Webhook, version int64) (afterwards, error) {
					w, secret, err := service.RotateSecret(ctx, o.ID, w.ID, version)
					return showWebhookSecret(w, secret), err
				},
			},
		},
	}
}

func webhookInputs(resource.Snapshot) []input[webhook.Webhook] {
	about := map[string]string{}
	for _, d := range event.Definitions() {
		about[string(d.Type)] = d.About
	}
	return []input[webhook.Webhook]{
		line("url", urlInput, func(w *webhook.Webhook) *string { return &w.URL }),
		toggle("enabled", func(w *webhook.Webhook) *bool { return &w.Enabled }),
		several("events", event.Types(), about, func(w *webhook.Webhook) *[]event.Type { return &w.Events }),
	}
}

func showWebhookSecret(w webhook.Webhook, secret org.Secret) afterwards {
	return func(q *request, o org.Organization) error {
		return q.show(http.StatusCreated, "once", shownOnce{
			head: q.head(o, "webhooks"), Key: "webhooks.secret", Subject: w.URL, Back: "/organizations/" + o.ID + "/webhooks",
			Values: []copyable{{"secret", "webhooks.secret", secret.Reveal(), true}},
		})
	}
}

func showDeliveries(id string) afterwards {
	return func(q *request, o org.Organization) error {
		return q.redirect("/organizations/" + o.ID + "/webhooks/" + id + "/deliveries")
	}
}

// deliveryList is the page of what a webhook was told.
type deliveryList struct {
	head
	Webhook webhook.Webhook
	Path    string
	Rows    []webhook.Delivery
	Next    string // id that the next page begins behind
	First   bool
	May     bool // replay
}

// listDeliveries shows them, newest first.
func (e *Editor) listDeliveries(q *request) error {
	o, err := q.organization(member.ReadWebhooks)
	if err != nil {
		return err
	}
	id, err := q.resource()
	if err != nil {
		return err
	}
	view := deliveryList{
		head: q.head(o, "webhooks"), Path: "/organizations/" + o.ID + "/webhooks/" + id, First: true, May: q.who.May(member.WriteWebhooks),
	}
	if view.Webhook, err = e.config.Webhooks.Get(q.Context(), o.ID, id); err != nil {
		return err
	}
	part := org.Page{Limit: perPage + 1} // one more, to learn whether there are more
	if after := q.URL.Query().Get("after"); uuid.Validate(after) == nil {
		part.After, view.First = after, false
	}
	if view.Rows, err = e.config.Webhooks.Deliveries(q.Context(), o.ID, id, "", part); err != nil {
		return err
	}
	if len(view.Rows) > perPage {
		view.Rows = slices.Clip(view.Rows[:perPage])
		view.Next = view.Rows[perPage-1].ID
	}
	return q.show(http.StatusOK, "deliveries", view)
}

// replay has an event delivered anew.
func (e *Editor) replay(q *request) error {
	o, err := q.organization(member.WriteWebhooks)
	if err != nil {
		return err
	}
	id, err := q.resource()
	delivery := q.PathValue("delivery")
	if err != nil || uuid.Validate(delivery) != nil {
		return org.ErrNotFound
	}
	err = q.recorded("replay-webhook-delivery", "webhook", func(ctx context.Context, record *audit.Record) (string, error) {
		record.About(audit.Object{Kind: "webhook", ID: id})
		_, err := e.config.Webhooks.Replay(ctx, o.ID, id, delivery)
		return o.ID, err
	})
	if refusals.of(err) != "" {
		return errForbidden
	}
	if err != nil {
		return err
	}
	return showDeliveries(id)(q, o)
}
