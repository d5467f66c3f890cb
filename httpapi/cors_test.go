package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/httpapi"
)

const (
	corsPage  = "https://panel.example.com"
	corsOther = "https://panel.example.com.example.net"
)

// preflight asks as a browser does before a page's request.
func (c client) preflight(origin string) answer {
	return c.with("Origin", origin).with("Access-Control-Request-Method", http.MethodPatch).
		with("Access-Control-Request-Headers", "authorization,content-type,if-match").do(http.MethodOptions, "/users/"+unknownID, "")
}

func TestNoOtherPageMayUseTheAPIUnlessItIsNamed(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	for name := range s.admin.with("Origin", corsPage).get("/presets").expect(http.StatusOK).header {
		require.NotContains(t, name, "Access-Control")
	}
	s.client(t).preflight(corsPage).problem(http.StatusMethodNotAllowed, "method_not_allowed")
}

func TestANamedPageMayUseTheAPIWithItsOwnCredential(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{config: func(c *httpapi.Config) { c.AllowedOrigins = []string{corsPage} }})
	asked := s.client(t).preflight(corsPage).expect(http.StatusNoContent).header
	require.Equal(t, corsPage, asked.Get("Access-Control-Allow-Origin"))
	require.Equal(t, http.MethodPatch, asked.Get("Access-Control-Allow-Methods"))
	require.Equal(t, "authorization,content-type,if-match", asked.Get("Access-Control-Allow-Headers"))
	require.Empty(t, asked.Get("Access-Control-Allow-Credentials"))

	read := s.admin.with("Origin", corsPage).get("/presets").expect(http.StatusOK).header
	require.Equal(t, corsPage, read.Get("Access-Control-Allow-Origin"))
	require.Contains(t, read.Get("Access-Control-Expose-Headers"), "Etag")
	require.Empty(t, read.Get("Access-Control-Allow-Credentials"))
	refused := s.client(t).with("Origin", corsPage).get("/users").problem(http.StatusUnauthorized, "unauthenticated").header
	require.Equal(t, corsPage, refused.Get("Access-Control-Allow-Origin"), "the page can read why")

	require.Empty(t, s.client(t).preflight(corsOther).header.Get("Access-Control-Allow-Origin"))
	require.Empty(t, s.admin.with("Origin", corsOther).get("/presets").header.Get("Access-Control-Allow-Origin"))
	require.Empty(t, s.admin.with("Origin", corsPage).raw(http.MethodGet, "/metrics", "").header.Get("Access-Control-Allow-Origin"), "the API alone")
}

func TestAnOriginIsNoPatternAndHasNoPath(t *testing.T) {
	t.Parallel()
	for _, good := range []string{corsPage, "http://127.0.0.1:8080", "https://[::1]:8443"} {
		require.NoError(t, httpapi.CheckOrigin(good), good)
	}
	for _, bad := range []string{"", "*", "null", "panel.example.com", "https://*.example.com", corsPage + "/", corsPage + "?x", "ftp://panel.example.com", "https://user@panel.example.com"} {
		require.Error(t, httpapi.CheckOrigin(bad), bad)
	}
	_, err := httpapi.New(httpapi.Config{AllowedOrigins: []string{"*"}})
	require.Error(t, err)
}
