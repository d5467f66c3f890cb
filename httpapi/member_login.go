package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/orgpbx/orgpbx/internal/await"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/member"
)

const (
	// resetTime is how long the mails of one password reset may take.
	resetTime = 30 * time.Second
	// resetsAtOnce bounds the password resets that are mailed at a time.
	resetsAtOnce = 8
)

type memberLoginRequest struct {
	Email          field[string]     `json:"email" example:"asha@example.com"`
	Password       field[org.Secret] `json:"password" writeOnly:"true" example:"correct-horse-battery"`
	OrganizationID nullable[string]  `json:"organization_id" doc:"For an e-mail address that several organisations know: which one. When left out, the oldest three memberships are tried and the oldest that the password fits is taken." example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
	Code           field[org.Secret] `json:"code" writeOnly:"true" doc:"The code of the second factor, or a recovery code. Without one the answer is 401 totp_required where a factor is set and the password right." example:"492039"`
}

type choosePasswordRequest struct {
	Token    field[org.Secret] `json:"token" writeOnly:"true" doc:"From the link, after the #." example:"opl_Zk3m...9Q"`
	Password field[org.Secret] `json:"password" writeOnly:"true" doc:"8 to 256 characters of any kind, and none that is guessed first." example:"correct-horse-battery"`
}

type requestResetRequest struct {
	Email          field[string]    `json:"email" example:"asha@example.com"`
	OrganizationID nullable[string] `json:"organization_id" doc:"Only of this organisation; all that know the e-mail address when left out." example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
}

type acceptedResponse struct {
	OrganizationID string      `json:"organization_id" doc:"For the login." example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
	Organization   string      `json:"organization" doc:"Its name." example:"Grand-Estancia-Salem"`
	Email          string      `json:"email" doc:"For the login." example:"asha@example.com"`
	Role           member.Role `json:"role" enum:"owner,admin,supervisor,agent,viewer" example:"supervisor"`
}

func (a *API) registerMemberLogin() {
	const tag = "Sessions"
	register(a, operation{
		id: "user-login", method: http.MethodPost, path: basePath + "/auth/user-login", access: anyone,
		tag: tag, summary: "Sign a member in",
		description: "The answer to a wrong password is the same, and as slow, as to an e-mail address that nobody has.",
		required:    []string{"email", "password"}, problems: []int{http.StatusUnauthorized, http.StatusTooManyRequests},
	}, a.memberLogin)
	chosen := []int{http.StatusUnauthorized, http.StatusGone}
	register(a, operation{
		id: "accept-invite", method: http.MethodPost, path: basePath + "/auth/accept-invite", access: anyone,
		tag: tag, summary: "Accept an invitation by choosing a password",
		description: "An invitation works once.", required: []string{"token", "password"}, problems: chosen,
	}, a.acceptInvite)
	register(a, operation{
		id: "request-password-reset", method: http.MethodPost, path: basePath + "/auth/request-password-reset", access: anyone,
		tag: tag, summary: "Have a link mailed to choose a new password",
		description: "The answer is always the same, whether somebody has this e-mail address or not. At most one mail in five minutes is sent to a member. Where the server sends no mail, an owner or admin has to make the link.",
		status:      http.StatusNoContent, required: []string{"email"},
	}, a.requestReset)
	register(a, operation{
		id: "reset-password", method: http.MethodPost, path: basePath + "/auth/reset-password", access: anyone,
		tag: tag, summary: "Choose a new password by a link",
		description: "Every session of the member ends.", required: []string{"token", "password"}, problems: chosen,
	}, a.resetPassword)
	register(a, operation{
		id: "logout-everywhere", method: http.MethodPost, path: basePath + "/auth/logout-everywhere", access: members,
		tag: tag, summary: "End every session of the member", status: http.StatusNoContent,
	}, a.logoutEverywhere)
}

func (a *API) memberLogin(c *call, req memberLoginRequest) (reply[sessionResponse], error) {
	d := &decoder{}
	d.require("email", req.Email.given)
	d.require("password", req.Password.given)
	if err := d.err(); err != nil {
		return reply[sessionResponse]{}, err
	}
	var token org.Secret
	var session member.Session
	err := a.config.Guard.Try(a.config.Guard.Address(c.r), req.Email.value, func() (err error) {
		token, session, err = a.config.Members.Login(c.ctx(), member.Credentials{
			Email: req.Email.value, Password: req.Password.value,
			OrganizationID: req.OrganizationID.value, Code: req.Code.value,
		})
		return err
	})
	if err == nil {
		c.record.Identify(audit.Actor{Kind: audit.Member, ID: session.MemberID}, req.Email.value)
		c.signedIn(session.OrganizationID)
	}
	return showToken(token, session.ExpiresAt), err
}

func (a *API) acceptInvite(c *call, req choosePasswordRequest) (reply[acceptedResponse], error) {
	return choosePassword(c, req, a.config.Members.AcceptInvitation)
}

func (a *API) resetPassword(c *call, req choosePasswordRequest) (reply[acceptedResponse], error) {
	return choosePassword(c, req, a.config.Members.ResetPassword)
}

func choosePassword(c *call, req choosePasswordRequest, choose func(ctx context.Context, token, password org.Secret) (member.Membership, error)) (reply[acceptedResponse], error) {
	d := &decoder{}
	d.require("token", req.Token.given)
	d.require("password", req.Password.given)
	if err := d.err(); err != nil {
		return reply[acceptedResponse]{}, err
	}
	m, err := choose(c.ctx(), req.Token.value, req.Password.value)
	return reply[acceptedResponse]{body: acceptedResponse{
		OrganizationID: m.Organization.ID, Organization: m.Organization.Name, Email: m.Member.Email, Role: m.Member.Role,
	}}, err
}

// requestReset answers before anything is looked up, so that neither the answer
// nor its time tells whether there is somebody.
func (a *API) requestReset(c *call, req requestResetRequest) (reply[nothing], error) {
	d := &decoder{}
	d.require("email", req.Email.given)
	if err := d.err(); err != nil {
		return reply[nothing]{}, err
	}
	// It is never refused for its content, so every one counts.
	if err := a.config.Guard.Stranger(a.config.Guard.Address(c.r)); err != nil {
		return reply[nothing]{}, err
	}
	select {
	case a.resets <- struct{}{}:
	default:
		a.config.Logger.WarnContext(c.ctx(), "too many password resets at once: this one is dropped", "request_id", exchangeOf(c.ctx()).requestID)
		return reply[nothing]{}, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(audit.Without(c.ctx())), resetTime)
	go func() {
		defer func() { <-a.resets }()
		defer cancel()
		await.Guard(ctx, a.config.Logger, "mail a password reset", func(ctx context.Context) error {
			return a.config.Members.RequestReset(ctx, req.OrganizationID.value, req.Email.value)
		})
	}()
	return reply[nothing]{}, nil
}

func (a *API) logoutEverywhere(c *call, _ nothing) (reply[nothing], error) {
	return reply[nothing]{}, a.config.Members.CloseSessions(c.ctx(), c.organizationID, c.caller.Member.ID)
}
