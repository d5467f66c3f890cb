package httpapi_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/httpapi"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/webhook"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// planted is what nobody may meet where it is masked: a number in two forms, and a
// name.
const (
	plantedNumber = "+14155559317"
	plantedDialed = "04155559317"
	plantedName   = "Wilhelmina Planted"
)

// meets reports whether a text holds what was planted.
func meets(text string) bool {
	return strings.Contains(text, "5559317") || strings.Contains(text, "Wilhelmina")
}

// planting is a server whose every exit is watched: webhooks come to an echo that
// answers what it gets as an error, and everything is logged.
type planting struct {
	*server
	furnished
	db       *memstore.Store
	hooks    *webhook.Service
	received chan string
	callers  map[string]client
}

func newPlanting(t *testing.T) *planting {
	t.Helper()
	p := &planting{db: memstore.New(), received: make(chan string, 1000)}
	sealer, err := org.NewSealer(make([]byte, 32))
	require.NoError(t, err)
	logged := &logBuffer{}
	logger := slog.New(slog.NewTextHandler(logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	p.hooks = webhook.New(p.db, webhook.Options{Sealer: sealer, AllowPrivate: true, Poll: 10 * time.Millisecond, Logger: logger})
	p.server = newServer(t, options{store: p.db, config: func(c *httpapi.Config) {
		c.Webhooks, c.Logger = p.hooks, logger
		c.Calls = cdr.New(p.db, cdr.Options{Logger: logger})
	}})
	p.logged = logged
	p.furnished = p.newFurnished(t, "Delta One", "+914440001000")
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, excerpt, _ := strings.Cut(string(body), `"data":`) // only the beginning of an answer is kept
		_, excerpt, _ = strings.Cut(excerpt, `"caller":`)
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, excerpt)
		p.received <- string(body)
	}))
	t.Cleanup(echo.Close)
	p.webhook = p.post("/webhooks", `{"url":"`+echo.URL+`","events":["call.finished"]}`).expect(http.StatusCreated).text("id")
	p.hold = p.post("/legal-holds", `{"target":"number","value":"`+plantedNumber+`","reason":"Case 12/2026"}`).expect(http.StatusCreated).text("id")
	p.signIn(t)
	return p
}

// deliver has webhooks told, until the end of the test or of what it returns.
func (p *planting) deliver(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = p.hooks.Run(ctx) }() // it ends with its context
	stop = func() { cancel(); <-ended }
	t.Cleanup(stop)
	return stop
}

// signIn makes a caller of every kind.
func (p *planting) signIn(t *testing.T) {
	t.Helper()
	var scopes []string
	for _, g := range member.Grants() {
		if g.Permission != member.Self {
			scopes = append(scopes, string(g.Permission))
		}
	}
	key := p.post("/api-keys", fmt.Sprintf(`{"name":"everything","scopes":%s}`, marshal(t, scopes))).expect(http.StatusCreated)
	p.callers = map[string]client{
		"nobody": p.client(t), "key": p.furnished.client, "token": p.login(t, p.tenant), "platform": p.admin.on(p.id),
		"named key": p.client(t).keyPair(key.text("api_key"), key.text("api_secret")),
	}
	for _, role := range member.Roles() {
		_, p.callers[string(role)] = p.join(p.server, string(role)+"@mask.example.com", string(role))
	}
}

// plant records a call from the number and one to it, and returns their ids.
func (p *planting) plant(t *testing.T, n int64) (in, out string) {
	t.Helper()
	at := time.Now().Truncate(time.Second).Add(time.Minute + time.Duration(n)*time.Second) // after all others
	in = p.newCall(t, p.tenant, cdr.Record{
		Sequence: n, StartedAt: at, Direction: cdr.In, Caller: plantedNumber, CallerName: plantedName, Called: "+914440001000", Recording: "a.wav",
	})
	out = p.newCall(t, p.tenant, cdr.Record{
		Sequence: n + 1, StartedAt: at.Add(time.Second), Direction: cdr.Out, Caller: "1001", Called: plantedDialed,
	})
	return in, out
}

// told returns all that the receiver was told until it had been told of every one of
// the calls.
func (p *planting) told(t *testing.T, calls ...string) []string {
	t.Helper()
	var bodies []string
	for len(calls) > 0 {
		select {
		case body := <-p.received:
			bodies = append(bodies, body)
			calls = slices.DeleteFunc(calls, func(call string) bool { return strings.Contains(body, call) })
		case <-time.After(time.Minute):
			require.Fail(t, "nothing was received")
		}
	}
	return bodies
}

// deliveries are those about calls, once there are so many and all were answered.
func (p *planting) deliveries(t *testing.T, n int) []any {
	t.Helper()
	var list []any
	require.Eventually(t, func() bool {
		list = p.get("/webhooks/" + p.webhook + "/deliveries?limit=200").items()
		list = slices.DeleteFunc(list, func(d any) bool {
			return at[string](t, d, "event_type") != "call.finished" || at[string](t, d, "response") == ""
		})
		return len(list) == n
	}, time.Minute, 10*time.Millisecond)
	return list
}

// walk calls every operation, with ids that are there, as one of the callers, those of
// a call for each of the calls. It returns those whose answer holds what was planted.
func (p *planting) walk(t *testing.T, c client, calls ...string) []string {
	t.Helper()
	ids := p.allIDs()
	met := map[string]bool{}
	for _, op := range p.operations(t) {
		if slices.Contains(endings, op.id) || op.id == "reveal-call" {
			continue
		}
		collection, _, _ := strings.Cut(strings.TrimPrefix(op.path, "/api/v1"), "{")
		id := ids[collection]
		if strings.HasPrefix(op.id, "delete-") || strings.HasPrefix(op.id, "rotate-") || strings.HasPrefix(op.id, "release-") {
			id = unknownID // what it would end is needed on
		}
		body := ""
		if op.spec["requestBody"] != nil {
			body = "{}"
		}
		tried := []string{id}
		if collection == "/calls/" {
			tried = calls
		}
		for _, id := range tried {
			path := strings.NewReplacer("{id}", id, "{user_id}", p.user, "{delivery_id}", unknownID).Replace(op.path)
			if a := c.raw(op.method, path, body); meets(string(a.body)) || meets(fmt.Sprint(a.header)) {
				met[op.id] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(met))
}

func TestNobodyMeetsAMaskedNumberAnywhere(t *testing.T) {
	t.Parallel()
	p := newPlanting(t)
	// Where nothing is masked it is where it belongs.
	before, outBefore := p.plant(t, 0)
	stop := p.deliver(t)
	for _, body := range p.told(t, before, outBefore) {
		require.True(t, meets(body))
	}
	for _, d := range p.deliveries(t, 2) {
		require.True(t, meets(at[string](t, d, "response")))
	}
	stop()
	calls := []string{"get-call", "get-evidence", "list-calls"}
	managed := []string{"get-call", "get-evidence", "get-legal-hold", "list-calls", "list-legal-holds", "list-webhook-deliveries"}
	for name, want := range map[string][]string{
		"nobody": nil, "key": managed, "token": managed, "named key": managed, "platform": managed,
		"owner": managed, "admin": managed, "supervisor": calls, "agent": nil, "viewer": nil,
	} {
		require.Equal(t, want, p.walk(t, p.callers[name], before), name)
	}

	p.put("/compliance", `{"pii_masking":true}`).expect(http.StatusOK)
	for len(p.received) > 0 {
		<-p.received
	}
	for _, d := range p.deliveries(t, 2) {
		require.Equal(t, "•••••", at[string](t, d, "response"))
		p.post("/webhooks/"+p.webhook+"/deliveries/"+at[string](t, d, "id")+"/replay", "").expect(http.StatusOK)
	}
	in, out := p.plant(t, 10)
	p.deliver(t)
	for _, body := range p.told(t, before, outBefore, in, out) {
		require.False(t, meets(body), "what was told before is masked too")
	}
	p.deliveries(t, 4)
	placed := p.post("/legal-holds", `{"target":"number","value":"`+plantedNumber+`","reason":"Case 13/2026"}`).expect(http.StatusCreated)
	require.Equal(t, "+141•••••17", placed.text("value"))
	released := p.post("/legal-holds/"+placed.text("id")+"/release", `{"reason":"It is over"}`).expect(http.StatusOK)
	require.Equal(t, "+141•••••17", released.text("value"))
	for name, c := range p.callers {
		require.Empty(t, p.walk(t, c, before, in, out), name)
		for _, query := range []string{plantedNumber, plantedDialed, "5559317", "Wilhelmina", "9317"} {
			a := c.get("/calls?q=" + strings.ReplaceAll(query, "+", "%2B"))
			require.NotEqual(t, http.StatusOK, a.status, "%s looks for %s", name, query)
			require.False(t, meets(string(a.body)), name)
		}
	}
	require.Len(t, p.get("/calls?q=1001").items(), 2)
	require.Equal(t, "+141•••••17", p.get("/calls/"+in).text("caller"))
	require.Equal(t, "+914440001000", p.get("/calls/"+in).text("called"))
	require.Equal(t, "041•••••17", p.get("/calls/"+out).text("called"))

	require.False(t, meets(p.logged.String()))
	require.False(t, meets(string(p.client(t).raw(http.MethodGet, "/metrics", "").expect(http.StatusOK).body)))
	require.NoError(t, audit.New(p.db).VerifyAll(t.Context(), func(v audit.Verdict) error {
		return audit.New(p.db).Each(t.Context(), v.Chain, audit.Filter{}, func(e audit.Entry) error {
			require.False(t, meets(e.Details), e.Operation)
			return nil
		})
	}))
	held, err := p.db.Holds().Get(t.Context(), p.id, p.hold)
	require.NoError(t, err)
	require.True(t, hold.InForce([]hold.Hold{held}).Keeps("", []string{plantedDialed}, nil), "a masked hold holds")
}

func TestAnOwnerRevealsACallWithAReason(t *testing.T) {
	t.Parallel()
	p := newPlanting(t)
	p.put("/compliance", `{"pii_masking":true}`).expect(http.StatusOK)
	in, _ := p.plant(t, 0)
	path := "/calls/" + in + "/reveal"
	const reason = `{"reason":"Asked for a call back"}`
	for _, role := range []string{"admin", "supervisor", "agent", "viewer"} {
		p.callers[role].post(path, reason).problem(http.StatusForbidden, "forbidden")
	}
	p.callers["nobody"].post(path, reason).problem(http.StatusUnauthorized, "unauthenticated")
	owner := p.callers["owner"]
	owner.post(path, `{}`).breaks("reason")
	a := owner.post(path, `{"reason":"call +1 415 555-9317 back"}`).breaks("reason")
	require.False(t, meets(string(a.body)))
	owner.post("/calls/"+unknownID+"/reveal", reason).problem(http.StatusNotFound, "not_found")
	for _, name := range []string{"owner", "key", "token", "named key", "platform"} {
		shown := p.callers[name].post(path, reason).expect(http.StatusOK)
		require.JSONEq(t, fmt.Sprintf(`{"id":%q,"caller":%q,"caller_name":%q,"called":"+914440001000"}`, in, plantedNumber, plantedName), string(shown.body))
	}

	var told []string
	for _, e := range p.get("/audit-log?operation=reveal-call").items() {
		require.False(t, meets(fmt.Sprint(e)))
		require.NotEmpty(t, at[string](t, e, "at"))
		told = append(told, at[string](t, e, "actor", "kind")+" "+at[string](t, e, "outcome"))
		if at[string](t, e, "outcome") == audit.OK {
			require.Equal(t, in, at[string](t, e, "object", "id"))
			require.Equal(t, "call", at[string](t, e, "object", "kind"))
			require.Contains(t, fmt.Sprint(e), "Asked for a call back")
		}
	}
	require.Equal(t, 5, count(told, " ok"), told)
	require.Equal(t, 4, count(told, " forbidden"), told)
	require.Equal(t, 2, count(told, " validation_failed"), told)
	require.False(t, meets(p.logged.String()))
}

// count is how many of the words end so.
func count(words []string, end string) int {
	n := 0
	for _, w := range words {
		if strings.HasSuffix(w, end) {
			n++
		}
	}
	return n
}

func TestOnlyWhoMayRevealSwitchesMaskingOff(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	_, owner := o.join(s, "owner@example.com", "owner")
	_, admin := o.join(s, "admin@example.com", "admin")
	key := o.post("/api-keys", `{"name":"rules","scopes":["compliance:write","setup:read"]}`).expect(http.StatusCreated)
	named := s.client(t).keyPair(key.text("api_key"), key.text("api_secret"))
	admin.post("/api-keys", `{"name":"eyes","scopes":["calls:reveal"]}`).problem(http.StatusForbidden, "scope_exceeded")
	for _, c := range []client{owner, o.client, s.admin.on(o.id)} {
		admin.put("/compliance", `{"pii_masking":true}`).expect(http.StatusOK)
		for _, other := range []client{admin, named} {
			other.put("/compliance", `{"pii_masking":false}`).problem(http.StatusForbidden, "forbidden")
			other.put("/compliance", `{"recording_consent":"opt_out"}`).expect(http.StatusOK)
			require.Equal(t, true, other.get("/compliance").value("pii_masking"))
		}
		c.put("/compliance", `{"pii_masking":false}`).expect(http.StatusOK)
		named.put("/compliance", `{"pii_masking":false}`).expect(http.StatusOK)
	}
}
