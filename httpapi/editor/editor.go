package editor

import (
	"net/http"

	"github.com/orgpbx/orgpbx/httpapi/caller"
)

// Editor is the panel. It is an [http.Handler], safe for concurrent use, and
// starts nothing.
type Editor struct {
	config   Config
	sessions caller.Sessions
	mux      *http.ServeMux
	guard    *http.CrossOriginProtection
	pages    pages
}

// New returns the Editor. It returns an error when the configuration is not
// usable.
func New(config Config) (*Editor, error) {
	if err := config.validate(); err != nil {
		return nil, err
	}
	e := &Editor{config: config.withDefaults(), mux: http.NewServeMux(), guard: http.NewCrossOriginProtection()}
	e.sessions = caller.Sessions{
		Organizations: config.Organizations, Members: config.Members,
		Administrator: caller.NewAdministrator(config.AdminUsername, config.AdminPassword),
	}
	e.pages = newPages(e.config.Prefix)
	e.routes()
	return e, nil
}

func (e *Editor) routes() {
	e.anyone("GET /sign-in", e.showSignIn)
	e.anyone("POST /sign-in", e.signIn)
	e.signedIn("POST /sign-out", e.signOut)
	e.signedIn("GET /{$}", e.home)
	e.accountRoutes()
	e.administrator("GET /organizations", e.listOrganizations)
	e.administrator("GET /organizations/new", e.startWizard)
	e.administrator("POST /organizations/new", e.continueWizard)
	e.signedIn("GET /organizations/{id}", e.showOrganization)
	e.signedIn("GET /organizations/{id}/deploy-state", e.showDeployState)
	e.signedIn("GET /organizations/{id}/settings", e.showSettings)
	e.signedIn("POST /organizations/{id}/settings", e.saveSettings)
	e.signedIn("GET /organizations/{id}/confirm-compliance", e.askCompliance)
	e.signedIn("POST /organizations/{id}/confirm-compliance", e.confirmCompliance)
	e.signedIn("GET /organizations/{id}/deploys", e.showDeploys)
	e.signedIn("POST /organizations/{id}/deploys", e.deployNow)
	e.signedIn("GET /organizations/{id}/usage", e.showUsage)
	e.signedIn("GET /organizations/{id}/calls", e.listCalls)
	e.signedIn("GET /organizations/{id}/calls/{resource}", e.showCall)
	e.signedIn("GET /organizations/{id}/calls/{resource}/recording", e.playRecording)
	e.signedIn("POST /organizations/{id}/calls/{resource}/reveal", e.revealCall)
	e.signedIn("GET /organizations/{id}/trail", e.showTrail)
	e.administrator("GET /trail", e.showPlatformTrail)
	e.signedIn("GET /organizations/{id}/rollback", e.askRollback)
	e.signedIn("POST /organizations/{id}/rollback", e.rollBack)
	for _, s := range e.screens() {
		s.routes()
	}
	e.signedIn("GET /organizations/{id}/dids/range", e.showRange)
	e.signedIn("POST /organizations/{id}/dids/range", e.addRange)
	if e.config.Webhooks != nil {
		e.signedIn("GET /organizations/{id}/webhooks/{resource}/deliveries", e.listDeliveries)
		e.signedIn("POST /organizations/{id}/webhooks/{resource}/deliveries/{delivery}/replay", e.replay)
	}
	if e.config.Subjects != nil {
		e.subjectRoutes()
	}
	if e.config.Holds != nil {
		e.holdRoutes()
	}
	for _, d := range e.deeds() {
		e.administrator("GET /organizations/{id}/"+d.key, e.ask(d))
		e.administrator("POST /organizations/{id}/"+d.key, e.confirmed(d))
	}
	e.signedIn("GET /", func(*request) error { return errNoPage })
	e.mux.HandleFunc("GET "+e.config.Prefix+"/assets/{name}", e.asset)
}

// policy lets pages use what comes with the Editor, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// ServeHTTP answers one request.
func (e *Editor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	e.mux.ServeHTTP(w, r)
}
