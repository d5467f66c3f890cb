package httpapi

import (
	"net/http"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
)

const selfPath = peoplePath + "/me"

type meResponse struct {
	memberResponse
	Organization organizationName    `json:"organization"`
	Permissions  []member.Permission `json:"permissions" nullable:"false" doc:"What the role may do." example:"[\"directory:read\",\"self\"]"`
}

type organizationName struct {
	ID   string `json:"id" example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
	Name string `json:"name" example:"Grand-Estancia-Salem"`
}

type changePasswordRequest struct {
	CurrentPassword field[org.Secret] `json:"current_password" writeOnly:"true" example:"correct-horse-battery"`
	Password        field[org.Secret] `json:"password" writeOnly:"true" doc:"8 to 256 characters of any kind, and none that is guessed first." example:"even-more-correct-horses"`
}

type provenRequest struct {
	CurrentPassword field[org.Secret] `json:"current_password" writeOnly:"true" doc:"The member's password, once more." example:"correct-horse-battery"`
}

type totpRequest struct {
	Code field[org.Secret] `json:"code" writeOnly:"true" doc:"What the authenticator app shows." example:"492039"`
}

type totpSetupResponse struct {
	Seed string `json:"seed" once:"true" doc:"In base32, to type into an authenticator app. Shown this once." example:"JBSWY3DPEHPK3PXP"`
	URI  string `json:"uri" once:"true" doc:"The same as otpauth://, for a QR code." example:"otpauth://totp/Grand-Estancia-Salem:asha@example.com?..."`
}

type recoveryCodesResponse struct {
	RecoveryCodes []string `json:"recovery_codes" once:"true" nullable:"false" doc:"Each works once in place of a code. Shown this once." example:"[\"k3vq-7xw2-ma9f-j2kd\"]"`
}

func (a *API) registerOneself() {
	register(a, operation{
		id: "get-me", method: http.MethodGet, path: selfPath, access: members,
		tag: peopleTag, summary: "Read oneself", etag: true,
	}, a.getMe)
	register(a, operation{
		id: "leave", method: http.MethodDelete, path: selfPath, access: members,
		tag: peopleTag, summary: "Leave the organisation", description: "The last owner cannot.",
		status: http.StatusNoContent, problems: []int{http.StatusConflict},
	}, a.leave)
	register(a, operation{
		id: "change-password", method: http.MethodPost, path: selfPath + "/password", access: members,
		tag: peopleTag, summary: "Change the own password", description: "Every session of the member ends, this one too.",
		status: http.StatusNoContent, required: []string{"current_password", "password"},
	}, a.changePassword)
	register(a, operation{
		id: "start-totp", method: http.MethodPost, path: selfPath + "/totp", access: members,
		tag: peopleTag, summary: "Begin with a second factor", description: "It is asked for at login once a code was confirmed.",
		required: []string{"current_password"}, problems: []int{http.StatusConflict},
	}, a.startTOTP)
	register(a, operation{
		id: "confirm-totp", method: http.MethodPost, path: selfPath + "/totp/confirm", access: members,
		tag: peopleTag, summary: "Turn the second factor on", description: "Answers recovery codes, this once.",
		required: []string{"code"}, problems: []int{http.StatusConflict},
	}, a.confirmTOTP)
	register(a, operation{
		id: "drop-totp", method: http.MethodPost, path: selfPath + "/totp/drop", access: members,
		tag: peopleTag, summary: "Turn the own second factor off",
		status: http.StatusNoContent, required: []string{"current_password"},
	}, a.dropTOTP)
}

func (a *API) getMe(c *call, _ nothing) (reply[meResponse], error) {
	m, o := *c.caller.Member, c.caller.Organization
	return reply[meResponse]{
		body:    meResponse{showMember(m), organizationName{o.ID, o.Name}, m.Role.Permissions()},
		version: m.Version,
	}, nil
}

func (a *API) leave(c *call, _ nothing) (reply[nothing], error) {
	return reply[nothing]{}, a.config.Members.Delete(c.ctx(), c.caller.Actor(), c.organizationID, c.caller.Member.ID, 0)
}

func (a *API) changePassword(c *call, req changePasswordRequest) (reply[nothing], error) {
	d := &decoder{}
	d.require("current_password", req.CurrentPassword.given)
	d.require("password", req.Password.given)
	if err := d.err(); err != nil {
		return reply[nothing]{}, err
	}
	return reply[nothing]{}, a.config.Members.ChangePassword(c.ctx(), c.organizationID, c.caller.Member.ID,
		req.CurrentPassword.value, req.Password.value)
}

func (a *API) startTOTP(c *call, req provenRequest) (reply[totpSetupResponse], error) {
	if err := req.check(); err != nil {
		return reply[totpSetupResponse]{}, err
	}
	setup, err := a.config.Members.StartTOTP(c.ctx(), c.caller.Organization, c.caller.Member.ID, req.CurrentPassword.value)
	return reply[totpSetupResponse]{body: totpSetupResponse{setup.Seed.Reveal(), setup.URI.Reveal()}}, err
}

func (a *API) confirmTOTP(c *call, req totpRequest) (reply[recoveryCodesResponse], error) {
	d := &decoder{}
	d.require("code", req.Code.given)
	if err := d.err(); err != nil {
		return reply[recoveryCodesResponse]{}, err
	}
	codes, err := a.config.Members.ConfirmTOTP(c.ctx(), c.organizationID, c.caller.Member.ID, req.Code.value)
	out := recoveryCodesResponse{RecoveryCodes: []string{}}
	for _, code := range codes {
		out.RecoveryCodes = append(out.RecoveryCodes, code.Reveal())
	}
	return reply[recoveryCodesResponse]{body: out}, err
}

func (a *API) dropTOTP(c *call, req provenRequest) (reply[nothing], error) {
	if err := req.check(); err != nil {
		return reply[nothing]{}, err
	}
	return reply[nothing]{}, a.config.Members.DropTOTP(c.ctx(), c.organizationID, c.caller.Member.ID, req.CurrentPassword.value)
}

func (r provenRequest) check() error {
	d := &decoder{}
	d.require("current_password", r.CurrentPassword.given)
	return d.err()
}
