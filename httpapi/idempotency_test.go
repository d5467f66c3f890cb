package httpapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/internal/backends"
	"github.com/orgpbx/orgpbx/internal/postgrestest"
	"github.com/orgpbx/orgpbx/org/idempotency"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/store"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// withoutKey are the POST operations that do not heed a key.
var withoutKey = []string{
	"admin-login", "login", "user-login", "accept-invite", "request-password-reset", "reset-password", "logout", "logout-everywhere",
	"change-password", "start-totp", "confirm-totp", "drop-totp",
}

func (c client) once(key string) client { return c.with("Idempotency-Key", key) }

func (a answer) replayed() bool { return a.header.Get("Idempotency-Replayed") == "true" }

// replays checks that the answer is first once more, without the fields that are
// shown once.
func (a answer) replays(first answer, once ...string) {
	a.t.Helper()
	a.expect(first.status)
	require.False(a.t, first.replayed())
	require.True(a.t, a.replayed())
	for _, name := range []string{"ETag", "Content-Type"} {
		require.Equal(a.t, first.header.Get(name), a.header.Get(name))
	}
	var want map[string]any
	require.NoError(a.t, json.Unmarshal(first.body, &want))
	for _, name := range once {
		secret := first.text(name)
		require.NotEmpty(a.t, secret)
		require.NotContains(a.t, string(a.body), secret)
		delete(want, name)
	}
	require.JSONEq(a.t, string(marshal(a.t, want)), string(a.body))
}

// aSecret is what secrets of every kind look like.
var aSecret = regexp.MustCompile(`(ops|opl|opt|opm)_[A-Za-z0-9_-]{20}|whsec_`)

func TestEveryPOSTIsAnsweredAgainWithoutItsSecrets(t *testing.T) {
	t.Parallel()
	s, _ := newFleet(t)
	doc := s.openAPI(t)
	f := s.newFurnished(t, "Delta One", "+914440001000")
	revision := f.get("/config/status").expect(http.StatusOK).value("applied_revision")
	// What each operation is sent; it may not work twice.
	requests := map[string]struct{ path, body string }{
		"create-organization":     {"/organizations", contractRequest},
		"rotate-secret":           {"/organizations/" + s.newTenant(t, "Delta Two").id + "/rotate-secret", ""},
		"move-organization":       {"/organizations/" + f.id + "/move", `{"node":"pbx1","dry_run":true}`},
		"create-user":             {"/users", `{"extension":"1002"}`},
		"rotate-sip-password":     {"/users/" + f.user + "/rotate-sip-password", ""},
		"create-trunk":            {"/trunks", strings.Replace(trunkBody, "carrier-a", "carrier-b", 1)},
		"create-did":              {"/dids", fmt.Sprintf(`{"number":"+914440001001","trunk_id":%q,"routing_type":"extension","routing_destination":"1001"}`, f.trunk)},
		"create-queue":            {"/queues", `{"name":"billing","number":"6001"}`},
		"add-queue-member":        {"/queues/" + f.queue + "/members", `{"user_id":"USER"}`},
		"create-outbound-route":   {"/outbound-routes", fmt.Sprintf(`{"name":"abroad","dial_pattern":"00X.","trunk_id":%q}`, f.trunk)},
		"create-ivr":              {"/ivrs", `{"name":"night","number":"7001","greeting":"welcome","options":{"1":{"type":"extension","destination":"1001"}}}`},
		"create-conference":       {"/conferences", `{"name":"evening round","number":"5001","pin":"4712"}`},
		"create-ai-agent":         {"/ai-agents", `{"name":"day desk","number":"4001","protocol":"audiosocket","address":"ai.example.com:9092"}`},
		"create-webhook":          {"/webhooks", `{"url":"http://127.0.0.1:1/more","events":["user.created"]}`},
		"rotate-webhook-secret":   {"/webhooks/" + f.webhook + "/rotate-secret", ""},
		"test-webhook":            {"/webhooks/" + f.webhook + "/test", ""},
		"replay-webhook-delivery": {"/webhooks/" + f.webhook + "/deliveries/" + f.delivery + "/replay", ""},
		"create-api-key":          {"/api-keys", `{"name":"reports","scopes":["calls:read"]}`},
		"rotate-api-key":          {"/api-keys/" + f.apiKey + "/rotate", ""},
		"place-legal-hold":        {"/legal-holds", `{"target":"organization","reason":"Case 13/2026"}`},
		"release-legal-hold":      {"/legal-holds/" + f.hold + "/release", `{"reason":"The case is closed"}`},
		"create-subject-request":  {"/subject-requests", `{"kind":"export","number":"+914440001998","reason":"Letter 13"}`},
		"reveal-call":             {"/calls/" + f.call + "/reveal", `{"reason":"Asked for a call back"}`},
		"invite-member":           {"/org-users/invite", `{"email":"asha@example.com","name":"Asha Nair","role":"agent"}`},
		"send-member-link":        {"/org-users/" + f.member + "/link", ""},
		"deploy-config":           {"/config/deploy", ""},
		"rollback-config":         {"/config/rollback", fmt.Sprintf(`{"revision":%v}`, revision)},
	}
	other := f.post("/users", `{"extension":"1009"}`).expect(http.StatusCreated).text("id")
	secrets := 0
	for _, op := range s.operations(t) {
		if op.method != http.MethodPost || slices.Contains(withoutKey, op.id) {
			continue
		}
		request, there := requests[op.id]
		require.True(t, there, "operation %s has no line in the table: say what it is sent", op.id)
		delete(requests, op.id)
		c := f.client
		switch {
		case op.id == "create-organization":
			c = s.client(t)
		case strings.HasPrefix(request.path, "/organizations"):
			c = s.admin
		}
		c = c.once("key of " + op.id)
		body := strings.Replace(request.body, "USER", other, 1)
		first := c.post(request.path, body)
		require.Less(t, first.status, 300, "%s: %s", op.id, first.body)
		once := shownOnce(t, doc, op, first.status)
		secrets += len(once)
		for range 2 {
			again := c.post(request.path, body)
			again.replays(first, once...)
			require.NotRegexp(t, aSecret, string(again.body), op.id)
		}
		require.Equal(t, aSecret.Match(first.body), len(once) > 0 && !strings.Contains(op.id, "user") && !strings.Contains(op.id, "sip") && op.id != "reveal-call", op.id)
	}
	require.Empty(t, slices.Collect(maps.Keys(requests)), "these are no operations")
	require.Equal(t, 13, secrets)
}

// shownOnce returns the fields of an operation's answer that are shown once, and
// checks that the document lets them be missing.
func shownOnce(t *testing.T, doc map[string]any, op documented, status int) []string {
	t.Helper()
	schema := at[map[string]any](t, op.spec, "responses", fmt.Sprint(status), "content", "application/json", "schema")
	schema = resolve(t, doc, schema)
	var once []string
	for name, property := range at[map[string]any](t, schema, "properties") {
		about, _ := at[map[string]any](t, property)["description"].(string)
		if strings.Contains(strings.ToLower(about), "shown this once") {
			require.NotContains(t, schema["required"], name, op.id)
			once = append(once, name)
		}
	}
	return once
}

func TestTheDocumentSaysWhichOperationsHeedAKey(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	for _, op := range s.operations(t) {
		keyed := op.method == http.MethodPost && !slices.Contains(withoutKey, op.id)
		parameters, _ := op.spec["parameters"].([]any)
		takes := slices.ContainsFunc(parameters, func(p any) bool { return at[string](t, p, "name") == "Idempotency-Key" })
		require.Equal(t, keyed, takes, op.id)
		for status, response := range at[map[string]any](t, op.spec, "responses") {
			headers, _ := at[map[string]any](t, response)["headers"].(map[string]any)
			require.Equal(t, keyed && status < "300", headers["Idempotency-Replayed"] != nil, op.id)
		}
		if keyed {
			require.Contains(t, op.spec["responses"], "409", op.id)
			require.Contains(t, op.spec["responses"], "400", op.id)
		}
	}
}

func TestTheSameRequestsAtOnceAreDoneOnce(t *testing.T) {
	t.Parallel()
	backends.Each(t, os.Getenv(postgrestest.Variable), func(t *testing.T, db store.Store) {
		s := newServer(t, options{store: db})
		o := s.newTenant(t, "Delta One")
		s.admin.patch("/organizations/"+o.id, `{"settings":{"webhook_enabled":true}}`).expect(http.StatusOK)
		for _, tc := range []struct {
			c          client
			path, body string
		}{
			{s.client(t), "/organizations", contractRequest},
			{o.client, "/users", `{"extension":"1001"}`},
			{o.client, "/webhooks", `{"url":"http://127.0.0.1:1/","events":["user.created"]}`}, // nothing in it is unique
		} {
			const times = 16
			answers := make([]answer, times)
			var wg sync.WaitGroup
			start := make(chan struct{})
			for i := range times {
				wg.Go(func() {
					<-start
					answers[i] = tc.c.once("at once").post(tc.path, tc.body)
				})
			}
			close(start)
			wg.Wait()
			var first answer
			for _, a := range answers {
				if a.status == http.StatusCreated && !a.replayed() {
					require.Zero(t, first.status, "done twice")
					first = a
				}
			}
			first.expect(http.StatusCreated)
			for _, a := range answers {
				if a.status == http.StatusConflict {
					a.problem(http.StatusConflict, "idempotency_in_progress")
					require.NotEmpty(t, a.header.Get("Retry-After"))
					continue
				}
				require.Equal(t, first.text("id"), a.expect(http.StatusCreated).text("id"))
			}
			again := tc.c.once("at once").post(tc.path, tc.body)
			require.True(t, again.replayed())
			require.Equal(t, first.text("id"), again.text("id"))
		}
		require.Len(t, s.admin.get("/organizations").items(), 2)
		require.Len(t, o.get("/users").items(), 1)
		require.Len(t, o.get("/webhooks").items(), 1)
	})
}

func TestAKeyIsThatOfOneRequest(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o, other := s.newTenant(t, "Delta One"), s.newTenant(t, "Delta Two")
	c := o.once("order-4711")
	first := c.post("/users", `{"extension":"1001","full_name":"Asha Nair"}`).expect(http.StatusCreated)
	for _, same := range []string{`{ "extension": "1001", "full_name": "Asha Nair" }`, `{"full_name":"Asha \u004eair","extension":"1001"}`} {
		c.post("/users", same).replays(first, "sip_password")
	}
	for _, changed := range []string{`{"extension":"1002","full_name":"Asha Nair"}`, `{"extension":"1001"}`, `{}`, ``} {
		c.post("/users", changed).problem(http.StatusConflict, "idempotency_key_reused")
	}
	c.post("/users", `{"extension":`).problem(http.StatusBadRequest, "malformed_json")

	// Another path of the same operation.
	admin := s.admin.once("order-4711")
	rotated := admin.post("/organizations/"+o.id+"/rotate-secret", "").expect(http.StatusOK)
	admin.post("/organizations/"+other.id+"/rotate-secret", "").problem(http.StatusConflict, "idempotency_key_reused")
	admin.post("/organizations/"+o.id+"/rotate-secret", "{}").replays(rotated, "api_secret")
	require.Empty(t, other.get("/users").items(), "its secret is the same")
}

func TestKeysOfOthersAreOthers(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o, other := s.newTenant(t, "Delta One"), s.newTenant(t, "Delta Two")
	named := o.post("/api-keys", `{"name":"desk","scopes":["setup:write"]}`).expect(http.StatusCreated)
	_, owner := o.join(s, "owner@example.com", "owner")
	for i, c := range []client{
		o.client, other.client, s.admin.on(o.id), s.client(t).keyPair(named.text("api_key"), named.text("api_secret")), owner,
	} {
		body := fmt.Sprintf(`{"extension":"100%d"}`, i)
		first := c.once("1").post("/users", body).expect(http.StatusCreated)
		c.once("1").post("/users", body).replays(first, "sip_password")
		// The key of one operation is not that of another.
		require.False(t, c.once("1").post("/queues", `{"name":"q","number":"6000"}`).replayed())
	}
	// A session is the credential that it was opened with.
	again := s.login(t, o).once("1").post("/users", `{"extension":"1000"}`)
	require.True(t, again.expect(http.StatusCreated).replayed())
}

func TestAReplayNeedsThePermissionThatTheRequestNeeded(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	o.join(s, "owner@example.com", "owner")
	id, admin := o.join(s, "admin@example.com", "admin")
	const body = `{"extension":"1001"}`
	admin.once("1").post("/users", body).expect(http.StatusCreated)
	s.client(t).once("1").post("/users", body).problem(http.StatusUnauthorized, "unauthenticated")
	o.patch("/org-users/"+id, `{"role":"viewer"}`).expect(http.StatusOK)
	admin.once("1").post("/users", body).problem(http.StatusUnauthorized, "unauthenticated")
	s.memberLogin(t, o.id, "admin@example.com").once("1").post("/users", body).problem(http.StatusForbidden, "forbidden")

	o.once("2").post("/users", `{"extension":"1002"}`).expect(http.StatusCreated)
	s.admin.patch("/organizations/"+o.id, `{"status":"suspended"}`).expect(http.StatusOK)
	o.once("2").post("/users", `{"extension":"1002"}`).problem(http.StatusUnauthorized, "organization_suspended")
	s.admin.on(o.id).once("3").post("/users", `{"extension":"1003"}`).expect(http.StatusCreated)
	s.admin.delete("/organizations/" + o.id).expect(http.StatusNoContent)
	s.admin.on(o.id).once("3").post("/users", `{"extension":"1003"}`).problem(http.StatusNotFound, "not_found")
}

func TestARefusalLeavesItsKeyFree(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	c := o.once("order-4711")
	c.post("/users", `{"extension":"1"}`).breaks("extension")
	s.admin.patch("/organizations/"+o.id, `{"settings":{"max_users":0}}`).expect(http.StatusOK)
	c.post("/users", `{"extension":"1001"}`).problem(http.StatusForbidden, "limit_exceeded")
	s.admin.patch("/organizations/"+o.id, `{"settings":{"max_users":1}}`).expect(http.StatusOK)
	first := c.post("/users", `{"extension":"1001"}`).expect(http.StatusCreated)
	c.post("/users", `{"extension":"1001"}`).replays(first, "sip_password")
	o.post("/users", `{"extension":"1001"}`).problem(http.StatusForbidden, "limit_exceeded")
}

func TestAMalformedKeyIsRefusedWhereKeysAreHeeded(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	for _, key := range []string{"", strings.Repeat("k", 256), "a\tb", "ä", "\xff"} {
		c := o.once(key)
		c.post("/users", `{"extension":"1001"}`).problem(http.StatusBadRequest, "malformed_idempotency_key")
		c.get("/users").expect(http.StatusOK)
		s.client(t).once(key).post("/users", `{"extension":"1001"}`).problem(http.StatusUnauthorized, "unauthenticated")
		s.client(t).once(key).token("/auth/login", `{"api_key":"`+o.key+`","api_secret":"`+o.secret+`"}`)
	}
	twice := o.once("a")
	twice.header.Add("Idempotency-Key", "a")
	twice.post("/users", `{"extension":"1001"}`).problem(http.StatusBadRequest, "malformed_idempotency_key")
	require.Empty(t, o.get("/users").items())
	o.once(strings.Repeat("~", 255)).post("/users", `{"extension":"1001"}`).expect(http.StatusCreated)
}

func TestLoginsAreNeverAnsweredAgain(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	login := `{"api_key":"` + o.key + `","api_secret":"` + o.secret + `"}`
	first, second := s.client(t).once("1").token("/auth/login", login), s.client(t).once("1").token("/auth/login", login)
	require.NotEqual(t, first, second)
}

func TestAKeyIsFreeAfterADay(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	now := time.Now()
	advance := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); now = now.Add(d) }
	s := newServer(t, options{now: func() time.Time { mu.Lock(); defer mu.Unlock(); return now }})
	o := s.newTenant(t, "Delta One")
	s.admin.patch("/organizations/"+o.id, `{"settings":{"webhook_enabled":true}}`).expect(http.StatusOK)
	const body = `{"url":"http://127.0.0.1:1/","events":["user.created"]}`
	first := o.once("1").post("/webhooks", body).expect(http.StatusCreated)
	advance(idempotency.Keep - time.Minute)
	o.once("1").post("/webhooks", body).replays(first, "secret")
	advance(time.Minute)
	second := o.once("1").post("/webhooks", body).expect(http.StatusCreated)
	require.False(t, second.replayed())
	require.NotEqual(t, first.text("id"), second.text("id"))
}

func TestAReplayIsNoNewEntryOfTheTrailAndARefusedKeyIsOne(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	for range 3 {
		o.once("1").post("/users", `{"extension":"1001"}`).expect(http.StatusCreated)
	}
	o.once("1").post("/users", `{"extension":"1002"}`).problem(http.StatusConflict, "idempotency_key_reused")
	var outcomes []string
	for _, entry := range o.get("/audit-log?operation=create-user").items() {
		outcomes = append(outcomes, at[string](t, entry, "outcome"))
	}
	require.ElementsMatch(t, []string{"ok", "idempotency_key_reused"}, outcomes)
}

// hookedStore runs a hook before every change of resources.
type hookedStore struct {
	store.Store
	mu   sync.Mutex
	hook func(ctx context.Context) error
}

// Change runs the hook, and then makes the change unless that failed.
func (s *hookedStore) Change(ctx context.Context, organizationID string, change func(resource.Tx) error) error {
	s.mu.Lock()
	hook := s.hook
	s.mu.Unlock()
	if hook != nil {
		if err := hook(ctx); err != nil {
			return err
		}
	}
	return s.Store.Change(ctx, organizationID, change)
}

func (s *hookedStore) before(hook func(ctx context.Context) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = hook
}

func TestWhileARequestIsWorkedOnTheSameOneIsToldSo(t *testing.T) {
	t.Parallel()
	db := &hookedStore{Store: memstore.New()}
	s := newServer(t, options{store: db})
	o := s.newTenant(t, "Delta One")
	c := o.once("1")
	var during, changed answer
	db.before(func(context.Context) error {
		during = c.post("/users", `{"extension":"1001"}`)
		changed = c.post("/users", `{"extension":"1002"}`)
		return nil
	})
	first := c.post("/users", `{"extension":"1001"}`).expect(http.StatusCreated)
	during.problem(http.StatusConflict, "idempotency_in_progress")
	require.Equal(t, "2", during.header.Get("Retry-After"))
	changed.problem(http.StatusConflict, "idempotency_key_reused")
	c.post("/users", `{"extension":"1001"}`).replays(first, "sip_password")
}

func TestAFailureLeavesItsKeyFree(t *testing.T) {
	t.Parallel()
	db := &hookedStore{Store: memstore.New()}
	s := newServer(t, options{store: db})
	o := s.newTenant(t, "Delta One")
	c := o.once("1")
	for _, hook := range []func(context.Context) error{
		func(context.Context) error { return errors.New("the disk is full") },
		func(context.Context) error { panic("a mistake") },
	} {
		db.before(hook)
		c.post("/users", `{"extension":"1001"}`).problem(http.StatusInternalServerError, "internal")
	}
	db.before(nil)
	require.False(t, c.post("/users", `{"extension":"1001"}`).expect(http.StatusCreated).replayed())
}

func TestTheWorkGoesOnWhenTheClientIsGone(t *testing.T) {
	t.Parallel()
	db := &hookedStore{Store: memstore.New()}
	s := newServer(t, options{store: db})
	o := s.newTenant(t, "Delta One")
	ctx, hangUp := context.WithCancel(t.Context())
	db.before(func(ctx context.Context) error {
		hangUp()
		deadline, bounded := ctx.Deadline()
		require.True(t, bounded)
		require.LessOrEqual(t, time.Until(deadline), idempotency.MaxWork)
		return ctx.Err()
	})
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/api/v1/users", strings.NewReader(`{"extension":"1001"}`))
	r.Header = o.once("1").header.Clone()
	lost := httptest.NewRecorder()
	s.api.ServeHTTP(lost, r)
	require.ErrorIs(t, ctx.Err(), context.Canceled)

	again := o.once("1").post("/users", `{"extension":"1001"}`).expect(http.StatusCreated)
	require.True(t, again.replayed())
	require.Len(t, o.get("/users").items(), 1)
}

func TestAPlanForPeopleComesAgainAsText(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	f := s.newFurnished(t, "Delta One", "+914440001000")
	body := fmt.Sprintf(`{"revision":%v,"dry_run":true}`, f.get("/config/status").expect(http.StatusOK).value("applied_revision"))
	c := f.once("1").with("Accept", "text/plain")
	first, again := c.post("/config/rollback", body).expect(http.StatusOK), f.once("1").post("/config/rollback", body).expect(http.StatusOK)
	require.True(t, again.replayed())
	require.Equal(t, "text/plain; charset=utf-8", again.header.Get("Content-Type"))
	require.Equal(t, string(first.body), string(again.body))
}
