package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
)

func TestTheLifeOfAWebhook(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	received := make(chan *http.Request, 2)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		received <- r
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(receiver.Close)
	created := o.post("/webhooks", `{"url":"`+receiver.URL+`/hook","events":["call.finished"]}`).expect(http.StatusCreated)
	require.Equal(t, true, created.value("enabled"))
	_, err := standardwebhooks.NewWebhook(created.text("secret"))
	require.NoError(t, err)
	require.Contains(t, created.text("secret"), "whsec_")
	path := "/webhooks/" + created.text("id")

	read := o.get(path).expect(http.StatusOK)
	require.NotContains(t, string(read.body), "secret")
	require.NotContains(t, string(o.get("/webhooks").expect(http.StatusOK).body), "whsec_")
	o.with("If-Match", read.header.Get("ETag")).patch(path, `{"enabled":false}`).expect(http.StatusOK)
	o.with("If-Match", read.header.Get("ETag")).patch(path, `{"enabled":true}`).problem(http.StatusPreconditionFailed, "precondition_failed")
	rotated := o.post(path+"/rotate-secret", "").expect(http.StatusOK)
	require.NotEqual(t, created.text("secret"), rotated.text("secret"))

	o.post(path+"/test", "").problem(http.StatusConflict, "webhooks_off")
	s.admin.patch("/organizations/"+o.id, `{"settings":{"webhook_enabled":true}}`).expect(http.StatusOK)
	tested := o.post(path+"/test", "").expect(http.StatusOK)
	require.Equal(t, "delivered", tested.text("state"))
	require.Equal(t, tested.text("event_id"), (<-received).Header.Get("webhook-id"))
	list := o.get(path + "/deliveries?state=delivered").expect(http.StatusOK).items()
	require.Len(t, list, 1)
	require.Empty(t, o.get(path+"/deliveries?state=dead").items())
	o.get(path+"/deliveries?state=lost").problem(http.StatusUnprocessableEntity, "validation_failed")
	replayed := o.post(path+"/deliveries/"+tested.text("id")+"/replay", "").expect(http.StatusOK)
	require.Equal(t, "pending", replayed.text("state"))

	o.delete(path).expect(http.StatusNoContent)
	o.get(path).problem(http.StatusNotFound, "not_found")
	var operations []string
	for _, e := range o.get("/audit-log").expect(http.StatusOK).items() {
		operations = append(operations, at[string](t, e, "operation"))
	}
	for _, operation := range []string{"create-webhook", "update-webhook", "rotate-webhook-secret", "test-webhook", "replay-webhook-delivery", "delete-webhook"} {
		require.Contains(t, operations, operation)
	}
	require.NotContains(t, s.logged.String()+string(o.get("/audit-log").body), "whsec_")
}

func TestABadWebhookNamesTheFieldAndTheRule(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	for body, field := range map[string]string{
		`{"url":"ftp://example.com","events":["call.finished"]}`:                     "url",
		`{"url":"https://user:pass@example.com","events":["call.finished"]}`:         "url",
		`{"url":"https://example.com/#a","events":["call.finished"]}`:                "url",
		`{"url":"https://","events":["call.finished"]}`:                              "url",
		`{"url":"https://example.com","events":[]}`:                                  "events",
		`{"url":"https://example.com","events":["call.finished","call.began"]}`:      "events[1]",
		`{"url":"https://example.com","events":["call.finished","call.finished"]}`:   "events[1]",
		`{"url":"https://example.com","events":["call.finished"],"secret":"whsec_"}`: "secret",
	} {
		refused := o.post("/webhooks", body).problem(http.StatusUnprocessableEntity, "validation_failed")
		require.Contains(t, string(refused.body), `"`+field+`"`, body)
	}
	for range 20 {
		o.post("/webhooks", `{"url":"https://example.com","events":["call.finished"]}`).expect(http.StatusCreated)
	}
	o.post("/webhooks", `{"url":"https://example.com","events":["call.finished"]}`).problem(http.StatusForbidden, "limit_exceeded")
}
