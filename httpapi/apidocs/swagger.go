package apidocs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"
)

// swaggerAssets are the files the page asks for.
var swaggerAssets = []string{
	"swagger-ui.css",
	"swagger-ui-bundle.js",
	"swagger-ui-standalone-preset.js",
	"favicon-32x32.png",
	"favicon-16x16.png",
}

// SwaggerAssets returns the names of the files below the page's path that
// Swagger UI needs. The slice is the caller's to change.
func SwaggerAssets() []string { return slices.Clone(swaggerAssets) }

// Swagger returns Swagger UI for the document at specPath. It serves the page
// at basePath and its files below; both paths are absolute. It returns an error
// when the page cannot be made.
func Swagger(title, specPath, basePath string) (http.Handler, error) {
	ui := v5emb.NewHandlerWithConfig(swgui.Config{Title: title, SwaggerJSON: specPath, BasePath: basePath})
	page, err := render(ui, basePath)
	if err != nil {
		return nil, fmt.Errorf("make the Swagger UI page: %w", err)
	}
	policy := swaggerPolicy(page)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name := strings.TrimPrefix(r.URL.Path, basePath+"/"); slices.Contains(swaggerAssets, name) {
			w.Header().Set("Cache-Control", "public, max-age=3600")
			ui.ServeHTTP(w, r)
			return
		}
		writePage(w, policy, page)
	}), nil
}

var inlineScript = regexp.MustCompile(`(?s)<script>(.*?)</script>`)

// swaggerPolicy lets the page load from its own server only, and run the
// scripts that are written in it, which it names by their hash.
func swaggerPolicy(page []byte) string {
	scripts := "'self'"
	for _, match := range inlineScript.FindAllSubmatch(page, -1) {
		sum := sha256.Sum256(match[1])
		scripts += " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return strings.Join([]string{
		"default-src 'none'",
		"script-src " + scripts,
		"style-src 'self' 'unsafe-inline'",
		"img-src 'self' data:",
		"connect-src 'self'",
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
	}, "; ")
}

func writePage(w http.ResponseWriter, policy string, page []byte) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy)
	_, _ = w.Write(page) // the client may be gone: nothing to be done
}

// render takes the page that a handler has at path.
func render(h http.Handler, path string) ([]byte, error) {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, path, http.NoBody)
	if err != nil {
		return nil, err
	}
	page := pageWriter{header: http.Header{}}
	h.ServeHTTP(&page, r)
	if page.status != 0 {
		return nil, fmt.Errorf("answered with status %d", page.status)
	}
	return page.body.Bytes(), nil
}

// pageWriter keeps an answer in memory.
type pageWriter struct {
	header http.Header
	status int // 0 where none was set, as in success
	body   bytes.Buffer
}

// Header returns the headers of the answer.
func (w *pageWriter) Header() http.Header { return w.header }

// WriteHeader keeps the status.
func (w *pageWriter) WriteHeader(status int) { w.status = status }

// Write keeps the body.
func (w *pageWriter) Write(b []byte) (int, error) { return w.body.Write(b) }
