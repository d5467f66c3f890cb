package httpapi

import (
	"net/http"
	"time"

	"github.com/orgpbx/orgpbx/httpapi/caller"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
)

type adminLoginRequest struct {
	AdminUsername field[string]     `json:"admin_username" example:"admin"`
	AdminPassword field[org.Secret] `json:"admin_password" writeOnly:"true" example:"correct-horse-battery"`
}

type loginRequest struct {
	APIKey    field[string]     `json:"api_key" example:"opk_mfzwizltoq2gk3tv5a2x"`
	APISecret field[org.Secret] `json:"api_secret" writeOnly:"true" example:"ops_Zk3m...9Q"`
}

type sessionResponse struct {
	Token     string    `json:"token" once:"true" doc:"Send it as Authorization: Bearer. Shown this once." example:"opt_Zk3m...9Q"`
	TokenType string    `json:"token_type" enum:"Bearer" example:"Bearer"`
	ExpiresAt time.Time `json:"expires_at" example:"2026-01-05T21:30:00Z"`
}

func (a *API) registerSessions() {
	const tag = "Sessions"
	refused := []int{http.StatusUnauthorized}
	register(a, operation{
		id: "admin-login", method: http.MethodPost, path: basePath + "/admin/auth", access: anyone,
		tag: tag, summary: "Sign the platform administrator in", problems: refused,
		required: []string{"admin_username", "admin_password"},
	}, a.adminLogin)
	register(a, operation{
		id: "login", method: http.MethodPost, path: basePath + "/auth/login", access: anyone,
		tag: tag, summary: "Sign an organisation in", problems: refused,
		required: []string{"api_key", "api_secret"},
	}, a.login)
	register(a, operation{
		id: "logout", method: http.MethodPost, path: basePath + "/auth/logout", access: sessions,
		tag: tag, summary: "End the session of the token", status: http.StatusNoContent,
	}, a.logout)
}

func (a *API) adminLogin(c *call, req adminLoginRequest) (reply[sessionResponse], error) {
	d := &decoder{}
	d.require("admin_username", req.AdminUsername.given)
	d.require("admin_password", req.AdminPassword.given)
	if err := d.err(); err != nil {
		return reply[sessionResponse]{}, err
	}
	if err := a.tryAdministrator(c.r, req.AdminUsername.value, req.AdminPassword.value); err != nil {
		return reply[sessionResponse]{}, err
	}
	c.record.Identify(audit.Actor{Kind: audit.Administrator}, a.config.AdminUsername)
	c.signedIn(audit.Platform)
	token, session, err := a.config.Organizations.OpenPlatformSession(c.ctx())
	return showToken(token, session.ExpiresAt), err
}

func (a *API) login(c *call, req loginRequest) (reply[sessionResponse], error) {
	d := &decoder{}
	d.require("api_key", req.APIKey.given)
	d.require("api_secret", req.APISecret.given)
	if err := d.err(); err != nil {
		return reply[sessionResponse]{}, err
	}
	credential, err := a.config.Organizations.Authenticate(c.ctx(), storable(req.APIKey.value), req.APISecret.value)
	if err != nil {
		return reply[sessionResponse]{}, err
	}
	who := caller.OfKey(credential)
	who.Identify(c.record, a.config.AdminUsername)
	c.signedIn(credential.ID)
	token, session, err := a.config.Organizations.OpenSession(c.ctx(), credential)
	return showToken(token, session.ExpiresAt), err
}

func (a *API) logout(c *call, _ nothing) (reply[nothing], error) {
	return reply[nothing]{}, a.sessions.Close(c.ctx(), c.caller)
}

func showToken(token org.Secret, expiresAt time.Time) reply[sessionResponse] {
	return reply[sessionResponse]{body: sessionResponse{Token: token.Reveal(), TokenType: "Bearer", ExpiresAt: expiresAt}}
}
