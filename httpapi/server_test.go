package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/httpapi"
	"github.com/orgpbx/orgpbx/httpapi/guard"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/apikey"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/org/idempotency"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/deploy"
	"github.com/orgpbx/orgpbx/resource/subject"
	"github.com/orgpbx/orgpbx/resource/webhook"
	"github.com/orgpbx/orgpbx/store"
	"github.com/orgpbx/orgpbx/store/memstore"
)

const (
	adminName     = "admin"
	adminPassword = "correct-horse-battery"
	sipDomain     = "sip.example.com"
	unknownID     = "01998f3a-0000-7000-8000-000000000000"
)

// quickHashing keeps the many logins of the tests from taking their time. What
// a real one costs is tested with package member.
var quickHashing = member.Argon2{MemoryKiB: 8, Passes: 1}

// server is the API on a real listener, with an empty store.
type server struct {
	url    string
	admin  client
	logged *logBuffer
	calls  *cdr.Service
	// subjects works requests off when a test says so.
	subjects *subject.Service
	api      http.Handler
}

// options are what a test may want otherwise.
type options struct {
	store  store.Store  // memory when nil
	pbx    resource.PBX // NoPBX when nil
	mailer member.Mailer
	now    func() time.Time // of the members and of idempotency keys
	config func(*httpapi.Config)

	sipDomain      resource.SIPDomain // that of the constant when ""
	nodeSIPDomains map[string]resource.SIPDomain
}

func newServer(t *testing.T, opts options) *server {
	t.Helper()
	if opts.store == nil {
		opts.store = memstore.New()
	}
	if opts.pbx == nil {
		opts.pbx = resource.NoPBX{}
	}
	if opts.sipDomain == "" {
		opts.sipDomain = sipDomain
	}
	sealer, err := resource.NewSealer(make([]byte, 32))
	require.NoError(t, err)
	logged := &logBuffer{}
	config := httpapi.Config{
		Organizations: org.New(opts.store, org.Options{}),
		Members: member.New(opts.store, member.Options{
			Sealer: sealer, Mailer: opts.mailer, PublicURL: "https://pbx.example.com", Hashing: quickHashing, Now: opts.now,
		}),
		Resources:     resource.New(opts.store, resource.Options{Sealer: sealer}),
		Deployer:      deploy.New(opts.store, opts.pbx, deploy.Options{Sealer: sealer, SIPDomain: opts.sipDomain, NodeSIPDomains: opts.nodeSIPDomains}),
		Calls:         cdr.New(opts.store, cdr.Options{}),
		Trail:         audit.New(opts.store),
		APIKeys:       apikey.New(opts.store, apikey.Options{}),
		Holds:         hold.New(opts.store, hold.Options{}),
		Subjects:      subject.New(opts.store, subject.Options{}),
		Idempotency:   idempotency.New(opts.store, idempotency.Options{Now: opts.now}),
		Webhooks:      webhook.New(opts.store, webhook.Options{Sealer: sealer, AllowPrivate: true}),
		AdminUsername: adminName,
		AdminPassword: adminPassword,
		Logger:        logged.logger(),
		// The limits are tests of their own.
		Guard: guard.New(guard.Unlimited()),
	}
	if opts.config != nil {
		opts.config(&config)
	}
	api, err := httpapi.New(config)
	require.NoError(t, err)
	listener := httptest.NewServer(api)
	t.Cleanup(listener.Close)
	s := &server{url: listener.URL, logged: logged, calls: config.Calls, subjects: config.Subjects, api: api}
	s.admin = s.client(t).basic(adminName, adminPassword)
	return s
}

// tenant is an organisation and a client that calls for it.
type tenant struct {
	client
	id, key, secret string
}

func (s *server) newTenant(t *testing.T, name string) tenant {
	t.Helper()
	created := s.admin.post("/organizations", `{"name":"`+name+`"}`).expect(http.StatusCreated)
	o := tenant{id: created.text("id"), key: created.text("api_key"), secret: created.text("api_secret")}
	o.client = s.client(t).keyPair(o.key, o.secret)
	return o
}

// client sends requests with the same headers.
type client struct {
	t      *testing.T
	url    string
	header http.Header
}

func (s *server) client(t *testing.T) client {
	return client{t: t, url: s.url, header: http.Header{}}
}

func (c client) with(name, value string) client {
	c.header = c.header.Clone()
	c.header.Set(name, value)
	return c
}

func (c client) basic(name, password string) client {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(name, password)
	return c.with("Authorization", r.Header.Get("Authorization"))
}

func (c client) bearer(token string) client { return c.with("Authorization", "Bearer "+token) }

func (c client) keyPair(key, secret string) client {
	return c.with("X-API-Key", key).with("X-API-Secret", secret)
}

func (c client) on(organizationID string) client { return c.with("X-Organization-ID", organizationID) }

func (c client) get(path string) answer         { return c.do(http.MethodGet, path, "") }
func (c client) post(path, body string) answer  { return c.do(http.MethodPost, path, body) }
func (c client) patch(path, body string) answer { return c.do(http.MethodPatch, path, body) }
func (c client) put(path, body string) answer   { return c.do(http.MethodPut, path, body) }
func (c client) delete(path string) answer      { return c.do(http.MethodDelete, path, "") }

// do sends one request below /api/v1.
func (c client) do(method, path, body string) answer {
	return c.raw(method, "/api/v1"+path, body)
}

// raw sends one request. A body is sent as JSON unless the headers say
// otherwise.
func (c client) raw(method, path, body string) answer {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, strings.NewReader(body))
	require.NoError(c.t, err)
	r.Header = c.header.Clone()
	if body != "" && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(c.t, err)
	got, err := io.ReadAll(resp.Body)
	require.NoError(c.t, err)
	require.NoError(c.t, resp.Body.Close())
	return answer{t: c.t, status: resp.StatusCode, header: resp.Header, body: got}
}

// answer is what came back.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

func (a answer) expect(status int) answer {
	a.t.Helper()
	require.Equal(a.t, status, a.status, string(a.body))
	return a
}

// problem checks that the answer is a whole problem document.
func (a answer) problem(status int, code string) answer {
	a.t.Helper()
	a.expect(status)
	require.Equal(a.t, "application/problem+json", a.header.Get("Content-Type"))
	require.Equal(a.t, code, a.text("code"))
	require.EqualValues(a.t, status, a.value("status"))
	require.Equal(a.t, http.StatusText(status), a.text("title"))
	require.NotEmpty(a.t, a.text("detail"))
	require.Equal(a.t, a.header.Get("X-Request-ID"), a.text("request_id"))
	return a
}

// breaks checks that the answer is a 422 about exactly these fields.
func (a answer) breaks(fields ...string) answer {
	a.t.Helper()
	a.problem(http.StatusUnprocessableEntity, "validation_failed")
	var got []string
	for _, broken := range at[[]any](a.t, a.value("errors")) {
		require.NotEmpty(a.t, at[string](a.t, broken, "rule"))
		require.NotEmpty(a.t, at[string](a.t, broken, "message"))
		got = append(got, at[string](a.t, broken, "field"))
	}
	require.ElementsMatch(a.t, fields, got)
	return a
}

// value returns a member by its path, such as "config.state".
func (a answer) value(path string) any {
	a.t.Helper()
	var v any
	require.NoError(a.t, json.Unmarshal(a.body, &v), string(a.body))
	return at[any](a.t, v, strings.Split(path, ".")...)
}

// at returns the member of a JSON value that the names lead to.
func at[T any](t *testing.T, v any, names ...string) T {
	t.Helper()
	for _, name := range names {
		object, is := v.(map[string]any)
		require.True(t, is, "%s of %v", name, v)
		require.Contains(t, object, name)
		v = object[name]
	}
	if v == nil {
		var null T
		return null
	}
	found, is := v.(T)
	require.True(t, is, "%v at %v", v, names)
	return found
}

func (a answer) text(path string) string {
	a.t.Helper()
	return at[string](a.t, a.value(path))
}

// withoutRequestID is the body with what differs from request to request
// blanked out.
func (a answer) withoutRequestID() string {
	return strings.ReplaceAll(string(a.body), a.header.Get("X-Request-ID"), "")
}

// items returns the objects of a list.
func (a answer) items() []any {
	a.t.Helper()
	return at[[]any](a.t, a.expect(http.StatusOK).value("items"))
}

// brokenPBX is a PBX whose deploys end as told.
type brokenPBX struct {
	resource.NoPBX
	err error
}

func (p brokenPBX) Apply(context.Context, resource.Snapshot) ([]resource.Change, error) {
	return nil, p.err
}

func (p brokenPBX) Plan(context.Context, resource.Snapshot) ([]resource.Change, error) {
	return nil, p.err
}

// stuckPBX is a PBX whose deploys end when it is let go.
type stuckPBX struct {
	resource.NoPBX
	letGo chan struct{}
}

func (p stuckPBX) Apply(ctx context.Context, _ resource.Snapshot) ([]resource.Change, error) {
	select {
	case <-p.letGo:
	case <-ctx.Done():
	case <-time.After(time.Minute):
	}
	return nil, nil
}

// logBuffer keeps what was logged.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write appends a line.
func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) logger() *slog.Logger { return slog.New(slog.NewTextHandler(b, nil)) }

// String returns everything so far.
func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
