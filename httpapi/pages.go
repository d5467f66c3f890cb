package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/orgpbx/orgpbx/httpapi/apidocs"
)

// servePages adds what is not an operation of the API: the OpenAPI document,
// its two viewers, the page behind the links of mails, and the metrics. The document is rendered here, once: huma
// would do it at the first request, and twice at two.
func (a *API) servePages() error {
	finishSchemas(a.huma.OpenAPI().Components.Schemas)
	asJSON, err := json.MarshalIndent(a.huma.OpenAPI(), "", "  ")
	if err != nil {
		return fmt.Errorf("httpapi: render the OpenAPI document: %w", err)
	}
	asYAML, err := a.huma.OpenAPI().YAML()
	if err != nil {
		return fmt.Errorf("httpapi: render the OpenAPI document: %w", err)
	}
	a.page("/openapi.json", "openapi", document("application/json", asJSON))
	a.page("/openapi.yaml", "openapi", document("application/yaml", asYAML))

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
