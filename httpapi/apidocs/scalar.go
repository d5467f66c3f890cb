package apidocs

import (
	"html"
	"net/http"
	"strings"
)

// scalarScript is one version of @scalar/api-reference, and scalarIntegrity
// the hash of exactly that file: a browser runs no other. To update, set the
// version and take the hash of the file as the npm registry has it, which is
// what jsdelivr serves:
//
//	npm pack @scalar/api-reference@VERSION
//	tar xzf scalar-api-reference-VERSION.tgz package/dist/browser/standalone.js
//	openssl dgst -sha384 -binary package/dist/browser/standalone.js | base64 -w0
const (
	scalarScript    = "https://cdn.jsdelivr.net/npm/@scalar/api-reference@1.72.1/dist/browser/standalone.js"
	scalarIntegrity = "sha384-U11tb2XnKvmwt8RlTvnwUnYgrN+ur4Xyh9htLhjajWNR/Oyl5AX5DEz00qRmlrmK"
)

// scalarSettings switch off what would ask other hosts: fonts, telemetry and
// hosted services. The page's policy would stop it anyway.
const scalarSettings = `{"withDefaultFonts":false,"telemetry":false,"hideClientButton":true,` +
	`"agent":{"disabled":true},"mcp":{"disabled":true},"showDeveloperTools":"never"}`

// scalarPolicy names the one script by its full address.
var scalarPolicy = strings.Join([]string{
	"default-src 'none'",
	"script-src " + scalarScript,
	"style-src 'unsafe-inline'",
	"img-src 'self' data:",
	"font-src data:",
	"connect-src 'self'",
	"base-uri 'none'",
	"form-action 'none'",
	"frame-ancestors 'none'",
}, "; ")

// Scalar returns the page of the Scalar reference for the document at
// specPath. The browser loads one script of a pinned version and hash from
// cdn.jsdelivr.net, and nothing else from anywhere but this server.
func Scalar(title, specPath string) http.Handler {
	page := []byte(`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>` + html.EscapeString(title) + ` reference</title>
</head>
<body>
  <script id="api-reference" data-url="` + html.EscapeString(specPath) + `" data-configuration="` + html.EscapeString(scalarSettings) + `"></script>
  <script src="` + scalarScript + `" integrity="` + scalarIntegrity + `" crossorigin="anonymous"></script>
</body>
</html>
`)
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writePage(w, scalarPolicy, page)
	})
}
