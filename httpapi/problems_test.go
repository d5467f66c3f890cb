package httpapi_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/httpapi"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/store"
	"github.com/orgpbx/orgpbx/store/memstore"
)

func TestUnknownPathsAndMethodsAreProblems(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	for _, path := range []string{
		"/", "/api", "/api/v1", "/api/v1/nothing", "/api/v1/users/", "/api/v1//users", "/api/v1/users/x/y", "/api/v1/../v1/users",
		"/api/v1/faxes", "/api-docs/other.js",
	} {
		s.admin.raw(http.MethodGet, path, "").problem(http.StatusNotFound, "not_found")
	}
	s.admin.raw(http.MethodPost, "/api/v1/config/undo", "{}").problem(http.StatusNotFound, "not_found")

	refused := s.admin.raw(http.MethodDelete, "/api/v1/users", "").problem(http.StatusMethodNotAllowed, "method_not_allowed")
	require.Equal(t, "GET, HEAD, POST", refused.header.Get("Allow"))
	s.admin.raw(http.MethodPost, "/healthz", "").problem(http.StatusMethodNotAllowed, "method_not_allowed")
	s.admin.raw(http.MethodOptions, "/api/v1/usage", "").problem(http.StatusMethodNotAllowed, "method_not_allowed")
}

func TestBadBodiesAreProblems(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{config: func(c *httpapi.Config) { c.MaxBody = 1000 }})
	o := s.newTenant(t, "Delta One")
	for name, body := range map[string]string{
		"cut off":          `{"extension":"10`,
		"two documents":    `{} {}`,
		"not UTF-8":        "{\"extension\":\"\xff\"}",
		"a name twice":     `{"extension":"1001","extension":"1002"}`,
		"a deep array":     strings.Repeat("[", 400) + strings.Repeat("]", 400),
		"a deep object":    strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100),
		"a trailing comma": `{"extension":"1001",}`,
	} {
		a := o.post("/users", body)
		require.Equal(t, http.StatusBadRequest, a.status, name)
		a.problem(http.StatusBadRequest, "malformed_json")
	}
	s.client(t).post("/organizations", `{"admin_username":`).problem(http.StatusBadRequest, "malformed_json")
	o.post("/users", `{"extension":"`+strings.Repeat("1", 1000)+`"}`).problem(http.StatusRequestEntityTooLarge, "payload_too_large")
	for _, header := range []struct{ name, value string }{
		{"Content-Type", "application/x-www-form-urlencoded"},
		{"Content-Type", "text/json; charset"},
		{"Content-Encoding", "gzip"},
	} {
		o.with(header.name, header.value).post("/users", `{"extension":"1001"}`).
			problem(http.StatusUnsupportedMediaType, "unsupported_media_type")
	}
	for _, body := range []string{`[]`, `null`, `"x"`, `7`} {
		o.post("/users", body).breaks("body")
	}
	o.with("Content-Type", "application/json; charset=utf-8").post("/users", `{"extension":"1001"}`).expect(http.StatusCreated)
	o.post("/config/deploy", `{"force":true}`).breaks("force")
	o.post("/config/deploy", `{}`).expect(http.StatusOK)
}

// faultyStore fails in a way nobody foresaw.
type faultyStore struct {
	store.Store
	fail func() error
}

func (s faultyStore) Organizations(context.Context, org.Filter, org.Page) ([]org.Organization, error) {
	return nil, s.fail()
}

func TestAnUnforeseenErrorIsOpaqueAndLogged(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fail   func() error
		status int
		code   string
		logged string
	}{
		"an error":   {func() error { return errors.New("disk sda1 on fire") }, http.StatusInternalServerError, "internal", "disk sda1 on fire"},
		"a panic":    {func() error { panic("index out of cheese") }, http.StatusInternalServerError, "internal", "index out of cheese"},
		"a deadline": {func() error { return context.DeadlineExceeded }, http.StatusServiceUnavailable, "timeout", "deadline exceeded"},
		"an error with a password": {
			func() error { return &url.Error{Op: "dial", URL: "postgres://u:pw@db", Err: errors.New("refused")} },
			http.StatusInternalServerError, "internal", "refused",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, options{store: faultyStore{memstore.New(), tc.fail}})
			a := s.admin.get("/organizations").problem(tc.status, tc.code)
			require.NotContains(t, string(a.body), tc.logged)
			require.NotContains(t, string(a.body), "postgres")
			require.Contains(t, s.logged.String(), tc.logged)
			require.Contains(t, s.logged.String(), "request_id="+a.header.Get("X-Request-ID"))
		})
	}
}

func TestTheRequestIDIsTakenOverIfItIsSane(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	require.Equal(t, "proxy-1234.abc", s.admin.with("X-Request-ID", "proxy-1234.abc").get("/presets").header.Get("X-Request-ID"))
	for _, odd := range []string{"", "short", "with space here", strings.Repeat("x", 65), "level=ERROR;rm"} {
		made := s.admin.with("X-Request-ID", odd).get("/presets").header.Get("X-Request-ID")
		require.Regexp(t, `^[A-Z2-7]{26}$`, made)
	}
}

func TestEveryAnswerHasTheSecurityHeaders(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	for _, path := range []string{"/api/v1/presets", "/api/v1/nothing", "/healthz", "/metrics", "/openapi.json", "/api-docs", "/reference", "/accept-invite"} {
		h := s.admin.raw(http.MethodGet, path, "").header
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
		require.Equal(t, "DENY", h.Get("X-Frame-Options"), path)
		require.Equal(t, "no-store", h.Get("Cache-Control"), path)
		require.Contains(t, h.Get("Content-Security-Policy"), "default-src 'none'", path)
		require.Contains(t, h.Get("Content-Security-Policy"), "frame-ancestors 'none'", path)
	}
}

// A client that promises a body and breaks off gets no say over the server.
func TestABodyThatBreaksOffIsAProblem(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	_, err = conn.Write([]byte("POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"))
	require.NoError(t, err)
	tcp, is := conn.(*net.TCPConn)
	require.True(t, is)
	require.NoError(t, tcp.CloseWrite())
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, resp.Body.Close()) }()
	require.Equal(t, http.StatusBadRequest, resp.StatusCode)
	require.Equal(t, "application/problem+json", resp.Header.Get("Content-Type"))
}

func TestAPBXErrorOfAReadIsAProblem(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		err    error
		status int
		code   string
	}{
		{"away", resource.ErrPBXUnavailable, http.StatusServiceUnavailable, "pbx_unavailable"},
		{"refusing", &resource.RejectedError{Object: "queue", Name: "abc-q", Reason: "no such music class"}, http.StatusBadGateway, "pbx_rejected"},
		{"odd", errors.New("/etc/asterisk is read-only"), http.StatusInternalServerError, "internal"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, options{pbx: brokenPBX{err: tc.err}})
			o := s.newTenant(t, "Delta One")
			a := o.get("/config/plan").problem(tc.status, tc.code)
			require.NotContains(t, string(a.body), "/etc")
		})
	}
}
