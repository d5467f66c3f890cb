package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheEmbeddedAPIWritesTheConfigurationOfANewOrganisation(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	api, _, err := newAPI(dir, "password-of-the-test", make([]byte, 32))
	require.NoError(t, err)
	req := httptest.NewRequest(http.MethodPost, "/api/v1/organizations", strings.NewReader(`{"name":"Harbour Rooms","industry":"hotel"}`))
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth("admin", "password-of-the-test")
	res := httptest.NewRecorder()
	api.ServeHTTP(res, req)
	require.Equal(t, http.StatusCreated, res.Code, res.Body.String())

	files, err := filepath.Glob(filepath.Join(dir, "orgs", "*.extensions.conf"))
	require.NoError(t, err)
	require.Len(t, files, 1)
}

func TestTheReadmeShowsThisProgram(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	program, err := os.ReadFile("main.go")
	require.NoError(t, err)
	_, code, found := strings.Cut(string(program), "\nfunc main()")
	require.True(t, found)
	code, _, _ = strings.Cut("func main()"+code, " //nolint")
	require.Contains(t, string(readme), code)
	_, rest, _ := strings.Cut(string(program), "set timeouts\n")
	require.Contains(t, string(readme), rest)
}
