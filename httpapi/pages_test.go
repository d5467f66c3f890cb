package httpapi_test

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/httpapi"
)

func TestHealthAndReadiness(t *testing.T) {
	t.Parallel()
	ready := errors.New("dial postgres://u:pw@db: refused")
	s := newServer(t, options{config: func(c *httpapi.Config) { c.Ready = func(context.Context) error { return ready } }})
	s.client(t).raw(http.MethodGet, "/healthz", "").expect(http.StatusOK)
	a := s.client(t).raw(http.MethodGet, "/readyz", "").problem(http.StatusServiceUnavailable, "not_ready")
	require.NotContains(t, string(a.body), "postgres")
	require.Contains(t, s.logged.String(), "refused")
	newServer(t, options{}).client(t).raw(http.MethodGet, "/readyz", "").expect(http.StatusOK)
}

func TestMetricsCountOperationsAndKnowNoTenant(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	o.get("/users").expect(http.StatusOK)
	o.get("/users/" + unknownID)
	o.get("/nothing")
	metrics := string(s.client(t).raw(http.MethodGet, "/metrics", "").expect(http.StatusOK).body)
	for _, line := range []string{
		`orgpbx_http_requests_total{operation="list-users",status="200"} 1`,
		`orgpbx_http_requests_total{operation="get-user",status="404"} 1`,
		`orgpbx_http_requests_total{operation="none",status="404"} 1`,
		`orgpbx_http_request_duration_seconds_count{operation="list-users",status="200"} 1`,
	} {
		require.Contains(t, metrics, line)
	}
	require.NotContains(t, metrics, o.id)
}

func TestTheDocumentationPagesAreServed(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	page := s.client(t).raw(http.MethodGet, "/api-docs", "").expect(http.StatusOK)
	for _, match := range regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(string(page.body), -1) {
		require.True(t, strings.HasPrefix(match[1], "/api-docs/"), match[1])
		s.client(t).raw(http.MethodGet, match[1], "").expect(http.StatusOK)
	}
	require.Equal(t, page.body, s.client(t).raw(http.MethodGet, "/api-docs/", "").expect(http.StatusOK).body)
	s.client(t).raw(http.MethodGet, "/reference", "").expect(http.StatusOK)
}

func TestAnUnusableConfigurationIsRefused(t *testing.T) {
	t.Parallel()
	var whole httpapi.Config
	newServer(t, options{config: func(c *httpapi.Config) { whole = *c }})
	for name, spoil := range map[string]func(*httpapi.Config){
		"Organizations": func(c *httpapi.Config) { c.Organizations = nil },
		"Resources":     func(c *httpapi.Config) { c.Resources = nil },
		"Deployer":      func(c *httpapi.Config) { c.Deployer = nil },
		"APIKeys":       func(c *httpapi.Config) { c.APIKeys = nil },
		"Holds":         func(c *httpapi.Config) { c.Holds = nil },
		"Webhooks":      func(c *httpapi.Config) { c.Webhooks = nil },
		"AdminUsername": func(c *httpapi.Config) { c.AdminUsername = "" },
		"colon":         func(c *httpapi.Config) { c.AdminUsername = "a:b" },
		"MaxBody":       func(c *httpapi.Config) { c.MaxBody = -1 },
	} {
		config := whole
		spoil(&config)
		_, err := httpapi.New(config)
		require.ErrorContains(t, err, name)
	}
}

func TestTheFallbackAnswersWhatIsNoPathOfTheAPI(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{config: func(c *httpapi.Config) {
		c.Fallback = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	}})
	for path, want := range map[string]int{
		"/": http.StatusTeapot, "/panel/x": http.StatusTeapot, "/healthz": http.StatusOK,
		"/api/v1/nowhere": http.StatusNotFound, "/api/v1/users": http.StatusUnauthorized,
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, http.NoBody)
		require.NoError(t, err)
		answer, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, want, answer.StatusCode, path)
	}
}
