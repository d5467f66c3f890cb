package apidocs_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/httpapi/apidocs"
)

func serve(t *testing.T, h http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
	require.Equal(t, http.StatusOK, w.Code)
	return w
}

var loaded = regexp.MustCompile(`(?:src|href|data-url)="([^"]+)"`)

func TestSwaggerLoadsFromItsOwnServerOnly(t *testing.T) {
	t.Parallel()
	h, err := apidocs.Swagger("My API", "/openapi.json", "/docs")
	require.NoError(t, err)
	page := serve(t, h, "/docs")
	body := page.Body.String()
	require.Contains(t, body, "/openapi.json")
	found := loaded.FindAllStringSubmatch(body, -1)
	require.Len(t, found, len(apidocs.SwaggerAssets()))
	for _, match := range found {
		require.True(t, strings.HasPrefix(match[1], "/docs/"), match[1])
		require.NotEmpty(t, serve(t, h, match[1]).Body.Bytes())
	}
	require.NotContains(t, strings.ReplaceAll(body, `startsWith("https://")`, ""), "https://")
}

func TestSwaggersPolicyAllowsItsScriptsByHash(t *testing.T) {
	t.Parallel()
	h, err := apidocs.Swagger("My API", "/openapi.json", "/docs")
	require.NoError(t, err)
	page := serve(t, h, "/docs")
	policy := page.Header().Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	require.NotContains(t, policy, "http")
	require.NotRegexp(t, `script-src[^;]*unsafe`, policy)
	inline := regexp.MustCompile(`(?s)<script>(.*?)</script>`).FindAllStringSubmatch(page.Body.String(), -1)
	require.NotEmpty(t, inline)
	for _, script := range inline {
		sum := sha256.Sum256([]byte(script[1]))
		require.Contains(t, policy, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
}

func TestScalarLoadsOnePinnedScript(t *testing.T) {
	t.Parallel()
	page := serve(t, apidocs.Scalar(`<b>"My" API`, "/openapi.json"), "/reference")
	body := page.Body.String()
	require.NotContains(t, body, "<b>")
	var foreign []string
	for _, match := range loaded.FindAllStringSubmatch(body, -1) {
		if match[1] != "/openapi.json" {
			foreign = append(foreign, match[1])
		}
	}
	require.Len(t, foreign, 1)
	require.Regexp(t, `^https://cdn\.jsdelivr\.net/npm/@scalar/api-reference@\d+\.\d+\.\d+/dist/browser/standalone\.js$`, foreign[0])
	require.Regexp(t, `integrity="sha384-[A-Za-z0-9+/]{64}" crossorigin="anonymous"`, body)
	require.Equal(t, 1, strings.Count(body, "https://"))

	policy := page.Header().Get("Content-Security-Policy")
	require.Contains(t, policy, "script-src "+foreign[0]+";")
	require.Contains(t, policy, "connect-src 'self'")
	require.NotRegexp(t, `script-src[^;]*unsafe`, policy)
}
