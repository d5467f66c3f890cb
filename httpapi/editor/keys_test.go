package editor_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/event"
	"github.com/orgpbx/orgpbx/org/member"
)

func TestAnAPIKeyIsMadeRotatedAndRevoked(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "/panel")
	o := p.organization(t, "Grand Hotel")
	v := p.administrator(t)
	keys := "/organizations/" + o.ID + "/api-keys"
	form := v.get(keys+"/new").form(t, "version")
	form.Set("name", "billing")
	form.Set("expires_at", "2020-01-01")
	form["scopes"] = []string{"calls:read", "recordings:read"}
	late := v.post(keys+"/new", form)
	require.Equal(t, http.StatusUnprocessableEntity, late.status)
	require.Contains(t, late.text, "Ends on must be in the future")
	require.Regexp(t, `value="calls:read" checked`, late.text)
	form.Set("expires_at", "")
	made := v.post(keys+"/new", form)
	require.Equal(t, http.StatusCreated, made.status)
	secret := secretShown.FindStringSubmatch(made.text)
	require.NotNil(t, secret)
	list := v.get(keys).text
	require.Contains(t, list, "calls:read, recordings:read")
	require.NotContains(t, list, secret[1])

	all, err := p.keys.List(t.Context(), o.ID, org.Page{})
	require.NoError(t, err)
	key := keys + "/" + all[0].ID
	works := func(secret string) error {
		_, err := p.orgs.Authenticate(t.Context(), all[0].Key, org.Secret(secret))
		return err
	}
	require.NoError(t, works(secret[1]))
	page := v.get(key)
	require.NotContains(t, page.text, "data-guard", "a key cannot be edited")
	require.Equal(t, http.StatusNotFound, v.post(key, url.Values{"form_token": {page.token(t)}, "version": {"1"}}).status)
	second := secretShown.FindStringSubmatch(v.post(key+"/rotate", v.get(key+"/rotate").form(t, "version")).text)
	require.NotNil(t, second)
	require.NoError(t, works(secret[1]), "for a day")
	require.NoError(t, works(second[1]))
	third := secretShown.FindStringSubmatch(v.post(key+"/rotate-now", v.get(key+"/rotate-now").form(t, "version")).text)
	require.NotNil(t, third)
	require.Error(t, works(second[1]))
	require.NoError(t, works(third[1]))
	require.Equal(t, keys, v.post(key+"/delete", v.get(key+"/delete").form(t, "version")).path)
	require.Error(t, works(third[1]))
	require.Equal(t, []string{
		"create-api-key administrator validation_failed", "create-api-key administrator ok", "rotate-api-key administrator ok",
		"rotate-api-key administrator ok", "delete-api-key administrator ok",
	}, p.trailOf(t, o.ID))
}

func TestAWebhookIsSetUpTestedRotatedAndDeleted(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	o := p.organization(t, "Grand Hotel")
	v := p.administrator(t)
	hooks := "/organizations/" + o.ID + "/webhooks"
	require.NotContains(t, v.get(hooks+"/new").text, "webhook.test")
	form := v.get(hooks+"/new").form(t, "version")
	form.Set("url", "ftp://example.com")
	require.Contains(t, v.post(hooks+"/new", form).text, "Address must begin with https://")
	receiver := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(receiver.Close)
	form.Set("url", receiver.URL)
	form.Del("events")
	require.Contains(t, v.post(hooks+"/new", form).text, "Events must name at least one type")
	form["events"] = []string{"call.finished", "usage.over"}
	made := v.post(hooks+"/new", form)
	shown := regexp.MustCompile(`id="secret" readonly value="(whsec_[^"]+)"`)
	require.NotNil(t, shown.FindStringSubmatch(made.text))
	all, err := p.hooks.List(t.Context(), o.ID, org.Page{})
	require.NoError(t, err)
	require.Equal(t, []event.Type{event.CallFinished, event.UsageOver}, all[0].Events)
	hook := hooks + "/" + all[0].ID

	off := v.post(hook+"/test", v.get(hook+"/test").form(t, "version"))
	require.Equal(t, http.StatusConflict, off.status)
	require.Contains(t, off.text, "Webhooks are switched off for this organisation")
	_, err = p.orgs.Update(t.Context(), o.ID, 0, func(o *org.Profile) error { o.Settings.WebhookEnabled = true; return nil })
	require.NoError(t, err)
	tested := v.post(hook+"/test", v.get(hook+"/test").form(t, "version"))
	require.Equal(t, hook+"/deliveries", tested.path)
	require.Contains(t, tested.text, "webhook.test")
	require.Contains(t, tested.text, "404 refused")
	replay := regexp.MustCompile(`action="([^"]+/replay)"`).FindStringSubmatch(tested.text)
	require.NotNil(t, replay)
	require.Contains(t, v.post(replay[1], url.Values{"form_token": {tested.token(t)}}).text, "Waiting")

	edit := v.get(hook).form(t, "version")
	require.Equal(t, []string{"call.finished", "usage.over"}, edit["events"])
	edit.Del("enabled")
	require.Equal(t, hooks, v.post(hook, edit).path)
	require.NotNil(t, shown.FindStringSubmatch(v.post(hook+"/rotate-secret", v.get(hook+"/rotate-secret").form(t, "version")).text))
	v.post(hook+"/delete", v.get(hook+"/delete").form(t, "version"))
	require.Equal(t, http.StatusNotFound, v.get(hook).status)
	require.Subset(t, p.trailOf(t, o.ID), []string{
		"create-webhook administrator ok", "test-webhook administrator webhooks_off", "test-webhook administrator ok",
		"replay-webhook-delivery administrator ok", "update-webhook administrator ok", "rotate-webhook-secret administrator ok",
		"delete-webhook administrator ok",
	})
}

func TestKeysAndWebhooksAreForWhoMaySeeThem(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	o, other := p.organization(t, "Own Hotel"), p.organization(t, "Other Hotel")
	p.person(t, o, "viewer@ge.com", member.Viewer)
	p.person(t, o, "owner@ge.com", member.Owner)
	viewer, owner := p.visitor(t), p.visitor(t)
	viewer.signIn("viewer@ge.com", userPassword)
	owner.signIn("owner@ge.com", userPassword)
	for _, page := range []string{"/api-keys", "/api-keys/new", "/webhooks", "/webhooks/new"} {
		require.Equal(t, http.StatusOK, owner.get("/organizations/"+o.ID+page).status)
		require.Equal(t, http.StatusForbidden, viewer.get("/organizations/"+o.ID+page).status)
		require.Equal(t, http.StatusNotFound, owner.get("/organizations/"+other.ID+page).status)
	}
}
