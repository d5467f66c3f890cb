package httpapi

import (
	_ "embed" // the page
	"net/http"
)

var (
	//go:embed choose_password.html
	choosePasswordPage []byte
	//go:embed choose_password.js
	choosePasswordScript []byte
)

// choosePasswordPolicy lets the page run its own script and call this server.
const choosePasswordPolicy = "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'" //nolint:gosec // no credential: its name says password

// serveChoosePassword adds the page that the links of invitations and password
// resets lead to.
func (a *API) serveChoosePassword() {
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", choosePasswordPolicy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(choosePasswordPage) // the client may be gone: nothing to be done
	})
	a.page("/accept-invite", "choose-password", page)
	a.page("/reset-password", "choose-password", page)
	a.page("/choose-password.js", "choose-password", document("text/javascript; charset=utf-8", choosePasswordScript))
}
