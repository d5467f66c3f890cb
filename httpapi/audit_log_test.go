package httpapi_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// witness watches the trail of a server.
type witness struct {
	*server
	trail *audit.Service
	// secrets are what no entry may hold: all that was ever sent or answered.
	secrets []string
	driven  map[string]bool
}

func newWitness(t *testing.T) *witness {
	t.Helper()
	db := memstore.New()
	return &witness{newServer(t, options{store: db}), audit.New(db), []string{adminPassword, memberPassword, "tr0nk-pa55", "4711208369"}, map[string]bool{}}
}

// entries are those of every chain.
func (w *witness) entries(t *testing.T) map[string]audit.Entry {
	t.Helper()
	all := map[string]audit.Entry{}
	require.NoError(t, w.trail.VerifyAll(t.Context(), func(v audit.Verdict) error {
		require.Zero(t, v.Broken)
		return w.trail.Each(t.Context(), v.Chain, audit.Filter{}, func(e audit.Entry) error {
			all[fmt.Sprintf("%s %d", e.Chain, e.Sequence)] = e
			return nil
		})
	}))
	return all
}

// expect runs a request and checks that it left exactly one entry.
func (w *witness) expect(t *testing.T, op string, run func() answer) answer {
	t.Helper()
	before := w.entries(t)
	a := run()
	var added []audit.Entry
	for key, e := range w.entries(t) {
		if _, old := before[key]; !old {
			added = append(added, e)
		}
	}
	require.Len(t, added, 1, op)
	e := added[0]
	require.Equal(t, op, e.Operation)
	require.Equal(t, a.header.Get("X-Request-ID"), e.RequestID, op)
	want := audit.OK
	if a.status >= 400 {
		want = a.text("code")
	}
	require.Equal(t, want, e.Outcome, op)
	details, err := e.Reveal()
	require.NoError(t, err)
	if e.Details != "" { // an organisation that was deleted has none
		require.Equal(t, "127.0.0.1", details.Remote, op)
	}
	w.keepSecrets(a)
	return a
}

var secretField = regexp.MustCompile(`"(api_secret|token|sip_password|seed|uri|accept_url|reset_url|secret)":\s*"([^"]+)"`)

func (w *witness) keepSecrets(a answer) {
	for _, match := range secretField.FindAllStringSubmatch(string(a.body), -1) {
		w.secrets = append(w.secrets, match[2])
	}
}

func TestEveryWritingOperationLeavesExactlyOneEntryWithoutASecret(t *testing.T) {
	t.Parallel()
	w := newWitness(t)
	do := func(op string, c client, method, path, body string, status int) answer {
		t.Helper()
		w.driven[op] = true
		return w.expect(t, op, func() answer { return c.do(method, path, body) }).expect(status)
	}
	post, put, patch, del := http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete
	nobody := w.client(t)

	created := do("create-organization", nobody, post, "/organizations", contractRequest, 201)
	home := "/organizations/" + created.text("id")
	o := tenant{id: created.text("id"), key: created.text("api_key"), secret: created.text("api_secret"), client: nobody.keyPair(created.text("api_key"), created.text("api_secret"))}
	do("update-organization", w.admin, patch, home, `{"industry":"general"}`, 200)
	do("put-organization", w.admin, put, home, `{"limits":{"concurrent_calls":7}}`, 200)
	do("admin-login", nobody, post, "/admin/auth", adminLogin, 200)
	login := `{"api_key":"` + o.key + `","api_secret":"` + o.secret + `"}`
	token := do("login", nobody, post, "/auth/login", login, 200).text("token")
	do("logout", nobody.bearer(token), post, "/auth/logout", "", 204)

	ids := map[string]string{}
	for _, k := range []struct{ id, path, body, change string }{
		{"user", "/users", `{"extension":"1001"}`, `{"full_name":"Asha Nair"}`},
		{"trunk", "/trunks", trunkBody, `{"password":"other-s3cret"}`},
		{"did", "/dids", `{"number":"+914440001000","trunk_id":"TRUNK","routing_type":"external","routing_destination":"+919944421125"}`, `{"description":"desk"}`},
		{"queue", "/queues", `{"name":"reception","number":"6000"}`, `{"timeout":20}`},
		{"outbound-route", "/outbound-routes", `{"name":"national","dial_pattern":"0X.","trunk_id":"TRUNK"}`, `{"priority":3}`},
		{"ivr", "/ivrs", `{"name":"main menu","number":"7000","greeting":"welcome","options":{"1":{"type":"external","destination":"+919944421125"}}}`, `{"timeout":9}`},
		{"conference", "/conferences", `{"name":"round","number":"5000","pin":"8301746259"}`, `{"pin":"9301746259"}`},
		{"webhook", "/webhooks", `{"url":"http://127.0.0.1:1/","events":["user.created"]}`, `{"enabled":false}`},
		{"ai-agent", "/ai-agents", `{"name":"desk","number":"4000","protocol":"audiosocket","address":"ai.example.com:9092"}`, `{"name":"night desk"}`},
	} {
		a := do("create-"+k.id, o.client, post, k.path, strings.ReplaceAll(k.body, "TRUNK", ids["trunk"]), 201)
		ids[k.id] = a.text("id")
		do("update-"+k.id, o.client, patch, k.path+"/"+ids[k.id], k.change, 200)
		do("put-"+k.id, o.client, put, k.path+"/"+ids[k.id], k.change, 200)
	}
	w.secrets = append(w.secrets, "other-s3cret", "8301746259", "9301746259")
	do("rotate-sip-password", o.client, post, "/users/"+ids["user"]+"/rotate-sip-password", "", 200)
	w.webhook(o, ids["webhook"], do)
	w.apiKey(o, do)
	w.legalHold(o, do)
	called := w.newCall(t, o, cdr.Record{Caller: "+14155550100"})
	do("reveal-call", o.client, post, "/calls/"+called+"/reveal", `{"reason":"Asked for a call back"}`, 200)
	w.secrets = append(w.secrets, "4155550100")
	members := "/queues/" + ids["queue"] + "/members"
	do("add-queue-member", o.client, post, members, `{"user_id":"`+ids["user"]+`"}`, 201)
	do("remove-queue-member", o.client, del, members+"/"+ids["user"], "", 204)
	do("put-compliance", o.client, put, "/compliance", `{"pii_masking":true}`, 200)
	do("deploy-config", o.client, post, "/config/deploy", "", 200)
	do("rollback-config", o.client, post, "/config/rollback", `{"revision":5,"dry_run":true}`, 200)
	for id, path := range map[string]string{"webhook": "/webhooks/", "ai-agent": "/ai-agents/", "conference": "/conferences/", "ivr": "/ivrs/", "outbound-route": "/outbound-routes/", "queue": "/queues/", "did": "/dids/"} {
		do("delete-"+id, o.client, del, path+ids[id], "", 204)
	}
	do("delete-trunk", o.client, del, "/trunks/"+ids["trunk"], "", 204)
	do("delete-user", o.client, del, "/users/"+ids["user"], "", 204)
	do("rollback-config", o.client, post, "/config/rollback", `{"revision":5}`, 200)
	w.people(t, o, do)

	do("move-organization", w.admin, post, home+"/move", `{"node":"pbx2"}`, 409)
	do("rotate-secret", w.admin, post, home+"/rotate-secret", "", 200)
	everything := w.entries(t)
	do("delete-organization", w.admin, del, home, "", 204)
	for _, e := range everything {
		for _, secret := range w.secrets {
			require.NotContains(t, e.Details, secret, e.Operation)
		}
	}
	for _, op := range w.operations(t) {
		if op.method == http.MethodGet {
			continue
		}
		require.True(t, w.driven[op.id], "no line drives %s: say how it is called", op.id)
		path := strings.NewReplacer("/api/v1", "", "{id}", unknownID, "{user_id}", unknownID, "{delivery_id}", unknownID).Replace(op.path)
		w.expect(t, op.id, func() answer { return nobody.do(op.method, path, "") }).expectRefused()
	}
}

// webhook drives what is about a webhook beside the rest.
func (w *witness) webhook(o tenant, id string, do func(op string, c client, method, path, body string, status int) answer) {
	path := "/webhooks/" + id
	do("update-organization", w.admin, http.MethodPatch, "/organizations/"+o.id, `{"settings":{"webhook_enabled":true}}`, 200)
	do("rotate-webhook-secret", o.client, http.MethodPost, path+"/rotate-secret", "", 200)
	delivery := do("test-webhook", o.client, http.MethodPost, path+"/test", "", 200).text("id")
	do("replay-webhook-delivery", o.client, http.MethodPost, path+"/deliveries/"+delivery+"/replay", "", 200)
}

// apiKey drives what is about named keys.
func (w *witness) apiKey(o tenant, do func(op string, c client, method, path, body string, status int) answer) {
	made := do("create-api-key", o.client, http.MethodPost, "/api-keys", `{"name":"billing","scopes":["calls:read"]}`, 201)
	path := "/api-keys/" + made.text("id")
	rotated := do("rotate-api-key", o.client, http.MethodPost, path+"/rotate", `{"overlap_seconds":60}`, 200)
	do("delete-api-key", o.client, http.MethodDelete, path, "", 204)
	w.secrets = append(w.secrets, made.text("api_secret"), rotated.text("api_secret"))
}

// legalHold drives what is about legal holds.
func (w *witness) legalHold(o tenant, do func(op string, c client, method, path, body string, status int) answer) {
	do("create-subject-request", o.client, http.MethodPost, "/subject-requests", `{"kind":"find","number":"+914440001999","reason":"Letter 12"}`, 201)
	held := do("place-legal-hold", o.client, http.MethodPost, "/legal-holds", `{"target":"number","value":"1001","reason":"Case 12/2026"}`, 201)
	do("release-legal-hold", o.client, http.MethodPost, "/legal-holds/"+held.text("id")+"/release", `{"reason":"The case is closed"}`, 200)
}

// people drives what is about people.
func (w *witness) people(t *testing.T, o tenant, do func(op string, c client, method, path, body string, status int) answer) {
	t.Helper()
	post, nobody := http.MethodPost, w.client(t)
	proven := `{"current_password":"` + memberPassword + `"}`
	chosen := func(link string) string {
		return fmt.Sprintf(`{"token":%q,"password":%q}`, tokenOf(t, link), memberPassword)
	}
	join := func(email string) (path string, signedIn client) {
		invited := do("invite-member", o.client, post, "/org-users/invite", fmt.Sprintf(`{"email":%q,"name":"Some One","role":"admin"}`, email), 201)
		do("accept-invite", nobody, post, "/auth/accept-invite", chosen(invited.text("accept_url")), 200)
		login := do("user-login", nobody, post, "/auth/user-login", fmt.Sprintf(`{"email":%q,"password":%q}`, email, memberPassword), 200)
		return "/org-users/" + invited.text("id"), nobody.bearer(login.text("token"))
	}
	path, asha := join("asha@example.com")
	do("update-member", o.client, http.MethodPatch, path, `{"name":"Asha"}`, 200)
	do("put-member", o.client, http.MethodPut, path, `{"name":"Asha Nair"}`, 200)
	setup := do("start-totp", asha, post, "/org-users/me/totp", proven, 200)
	code, err := totp.GenerateCode(setup.text("seed"), time.Now())
	require.NoError(t, err)
	do("confirm-totp", asha, post, "/org-users/me/totp/confirm", `{"code":"`+code+`"}`, 200)
	// A wrong code is counted, which is no write of its own.
	do("user-login", nobody, post, "/auth/user-login", `{"email":"asha@example.com","password":"`+memberPassword+`","code":"zzzz"}`, 401)
	do("drop-totp", asha, post, "/org-users/me/totp/drop", proven, 204)
	do("remove-member-totp", o.client, http.MethodDelete, path+"/totp", "", 204)
	do("request-password-reset", nobody, post, "/auth/request-password-reset", `{"email":"asha@example.com"}`, 204)
	link := do("send-member-link", o.client, post, path+"/link", "", 200)
	reset := regexp.MustCompile(`https://[^"]+#token=[^"]+`).FindString(string(link.body))
	w.secrets = append(w.secrets, tokenOf(t, reset))
	do("reset-password", nobody, post, "/auth/reset-password", chosen(reset), 200)
	do("delete-member", o.client, http.MethodDelete, path, "", 204)
	_, ravi := join("ravi@example.com")
	do("logout-everywhere", ravi, post, "/auth/logout-everywhere", "", 204)
	_, mina := join("mina@example.com")
	do("change-password", mina, post, "/org-users/me/password", `{"current_password":"`+memberPassword+`","password":"even more horses"}`, 204)
	w.secrets = append(w.secrets, "even more horses")
	_, lena := join("lena@example.com")
	do("leave", lena, http.MethodDelete, "/org-users/me", "", 204)
}

func (a answer) expectRefused() {
	a.t.Helper()
	require.GreaterOrEqual(a.t, a.status, 400)
	require.Less(a.t, a.status, 500)
}

func TestTheAuditLogSaysWhoChangedWhat(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o, other := s.newTenant(t, "Delta One"), s.newTenant(t, "Delta Two")
	user := o.post("/users", `{"extension":"1001"}`).expect(http.StatusCreated).text("id")
	o.patch("/users/"+user, `{"full_name":"Asha Nair"}`).expect(http.StatusOK)
	o.patch("/users/"+user, `{"extension":"x"}`).breaks("extension")
	other.patch("/users/"+user, `{"full_name":"Mine now"}`).problem(http.StatusNotFound, "not_found")

	list := o.get("/audit-log?object=" + user).items()
	require.Len(t, list, 3)
	require.Equal(t, "validation_failed", at[string](t, list[0], "outcome"))
	changed := list[1]
	require.Equal(t, "update-user", at[string](t, changed, "operation"))
	require.Equal(t, "organization", at[string](t, changed, "actor", "kind"))
	require.Equal(t, o.key, at[string](t, changed, "actor", "name"))
	diff := at[map[string]any](t, at[[]any](t, changed, "changes")[0], "fields", "full_name")
	require.Equal(t, map[string]any{"before": "", "after": "Asha Nair"}, diff)

	first := o.get("/audit-log?limit=1").expect(http.StatusOK)
	second := o.get("/audit-log?limit=3&cursor=" + first.text("next_cursor")).items()
	require.Len(t, second, 3)
	require.Equal(t, "create-organization", at[string](t, second[2], "operation"))
	require.Len(t, o.get("/audit-log?outcome=validation_failed&operation=update-user&actor="+o.id).items(), 1)
	o.get("/audit-log?from=x&actor=%00").breaks("from", "actor")

	export := o.get("/audit-log/export").expect(http.StatusOK)
	require.Equal(t, "application/x-ndjson", export.header.Get("Content-Type"))
	lines := 0
	for scanner := bufio.NewScanner(bytes.NewReader(export.body)); scanner.Scan(); lines++ {
		var e map[string]any
		require.NoError(t, json.Unmarshal(scanner.Bytes(), &e))
		require.EqualValues(t, lines+1, e["sequence"])
	}
	require.Equal(t, 4, lines)
	verdict := o.get("/audit-log/verify").expect(http.StatusOK)
	require.Equal(t, true, verdict.value("ok"))
	require.Equal(t, at[string](t, o.get("/audit-log?limit=1").items()[0], "hash"), verdict.text("head"))

	// What nobody did is the platform's, which is the administrator's to read.
	s.client(t).post("/users", `{}`).problem(http.StatusUnauthorized, "unauthenticated")
	require.Equal(t, "anonymous", at[string](t, s.admin.get("/audit-log").items()[0], "actor", "kind"))
	s.admin.on(unknownID).get("/audit-log").problem(http.StatusNotFound, "not_found")

	s.admin.delete("/organizations/" + o.id).expect(http.StatusNoContent)
	gone := s.admin.on(o.id).get("/audit-log").expect(http.StatusOK)
	require.Equal(t, "delete-organization", at[string](t, gone.items()[0], "operation"))
	require.NotContains(t, string(gone.body), "Asha Nair")
	require.Equal(t, true, s.admin.on(o.id).get("/audit-log/verify").expect(http.StatusOK).value("ok"))
}
