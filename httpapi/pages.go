package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2/yaml"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/orgpbx/orgpbx/httpapi/apidocs"
)

// servePages adds what is not an operation of the API: the OpenAPI document,
// its two viewers, the page behind the links of mails, and the metrics. The
// document is rendered once: huma would do it twice at two first requests.
func (a *API) servePages() error {
	finishSchemas(a.huma.OpenAPI().Components.Schemas)
	asJSON, err := json.MarshalIndent(a.huma.OpenAPI(), "", "  ")
	if err != nil {
		return fmt.Errorf("httpapi: render the OpenAPI document: %w", err)
	}
	a.page("/openapi.json", "openapi", document("application/json", asJSON))
	asYAML := sync.OnceValue(func() http.Handler { return document("application/yaml", toYAML(asJSON)) })
	a.page("/openapi.yaml", "openapi", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asYAML().ServeHTTP(w, r) }))

	swagger, err := apidocs.Swagger(apiTitle, "/openapi.json", "/api-docs")
	if err != nil {
		return fmt.Errorf("httpapi: %w", err)
	}
	a.page("/api-docs", "api-docs", swagger)
	a.page("/api-docs/{$}", "api-docs", swagger) // as people type it
	for _, asset := range apidocs.SwaggerAssets() {
		a.page("/api-docs/"+asset, "api-docs", swagger)
	}
	a.serveChoosePassword()
	a.page("/reference", "reference", apidocs.Scalar(apiTitle, "/openapi.json"))
	a.page("/metrics", "metrics", promhttp.HandlerFor(a.config.Metrics, promhttp.HandlerOpts{}))
	return nil
}

// page adds a path for everybody to read. name is its name in logs and metrics.
func (a *API) page(path, name string, h http.Handler) {
	a.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
		exchangeOf(r.Context()).operation = name
		h.ServeHTTP(w, r)
	})
}

func document(contentType string, body []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(body) // the client may be gone: nothing to be done
	})
}

// toYAML turns the OpenAPI document into YAML. That takes longer than all the
// rest of [New], and few ask for it, so it waits for the first who does.
func toYAML(asJSON []byte) []byte {
	var out bytes.Buffer
	if err := yaml.Convert(&out, bytes.NewReader(asJSON)); err != nil {
		panic("httpapi: the OpenAPI document is no JSON: " + err.Error())
	}
	return out.Bytes()
}
