package httpapi

import (
	"net/http"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

type userRequest struct {
	Extension        field[string]              `json:"extension" doc:"2 to 6 digits, unique among everything of the organisation that can be dialled, and no emergency number." example:"1001"`
	Username         nullable[string]           `json:"username" doc:"Unique in the organisation." example:"asha"`
	Email            nullable[string]           `json:"email" example:"asha@example.com"`
	FullName         nullable[string]           `json:"full_name" example:"Asha Nair"`
	Role             field[string]              `json:"role" enum:"agent,supervisor,admin" doc:"agent when left out." example:"agent"`
	RingTarget       field[resource.RingTarget] `json:"ring_target" enum:"ext,phone" doc:"Whether a call rings the registered phone (ext, when left out) or phone_number." example:"ext"`
	PhoneNumber      nullable[string]           `json:"phone_number" doc:"E.164; needed for ring_target phone." example:"+919944421125"`
	VoicemailEnabled field[bool]                `json:"voicemail_enabled" doc:"false when left out." example:"true"`
	OutboundCallerID nullable[string]           `json:"outbound_caller_id" doc:"E.164; shown to the called party if it is a DID of the organisation." example:"+914440001000"`
}

type userResponse struct {
	resourceHead
	Extension        string              `json:"extension" example:"1001"`
	Username         string              `json:"username" example:"asha"`
	Email            string              `json:"email" example:"asha@example.com"`
	FullName         string              `json:"full_name" example:"Asha Nair"`
	Role             string              `json:"role" enum:"agent,supervisor,admin" example:"agent"`
	RingTarget       resource.RingTarget `json:"ring_target" enum:"ext,phone" example:"ext"`
	PhoneNumber      string              `json:"phone_number" example:"+919944421125"`
	VoicemailEnabled bool                `json:"voicemail_enabled" example:"true"`
	OutboundCallerID string              `json:"outbound_caller_id" example:"+914440001000"`
}

// sipCredential is what a phone registers with.
type sipCredential struct {
	SIPUsername string `json:"sip_username" doc:"The SIP user; it stays when the extension changes." example:"k3vq7xw2ma-9fj2kd8s"`
	SIPPassword string `json:"sip_password,omitempty" once:"true" doc:"Shown this once." example:"Zk3m...9Q"`
	SIPDomain   string `json:"sip_domain" doc:"Where the phone registers: a name of the organisation's own, or of its node, where the server is set up so. After a move to another node it may be another one." example:"sip.example.com"`
}

type createdUserResponse struct {
	userResponse
	sipCredential
}

type rotatedSIPPasswordResponse struct {
	sipCredential
	Config *configState `json:"config,omitempty" doc:"How far the PBX is: the phone can use the new password once it has the change."`
}

func (r userRequest) apply(u *resource.User) {
	r.Extension.into(&u.Extension)
	r.Username.into(&u.Username)
	r.Email.into(&u.Email)
	r.FullName.into(&u.FullName)
	r.Role.into(&u.Role)
	r.RingTarget.into(&u.RingTarget)
	r.PhoneNumber.into(&u.PhoneNumber)
	r.VoicemailEnabled.into(&u.VoicemailEnabled)
	r.OutboundCallerID.into(&u.OutboundCallerID)
}

func showUser(u resource.User, config *configState) userResponse {
	return userResponse{
		resourceHead:     showHead(u.Meta, config),
		Extension:        u.Extension,
		Username:         u.Username,
		Email:            u.Email,
		FullName:         u.FullName,
		Role:             u.Role,
		RingTarget:       u.RingTarget,
		PhoneNumber:      u.PhoneNumber,
		VoicemailEnabled: u.VoicemailEnabled,
		OutboundCallerID: u.OutboundCallerID,
	}
}

func (a *API) registerUsers() {
	users := resourceKind[resource.User, userRequest, userResponse]{
		tag: "Users", path: "/users", id: "user", name: "a user", plural: "users",
		required: []string{"extension"},
		set:      a.config.Resources.Users(),
		apply:    func(_ string, req userRequest, u *resource.User) error { req.apply(u); return nil },
		meta:     func(u resource.User) resource.Meta { return u.Meta },
		show:     showUser,
	}
	registerResource(a, users)
	registerCreate(a, users, "Answers the SIP password of the user's phone, this once.", a.createUser)
	register(a, operation{
		id: "rotate-sip-password", method: http.MethodPost, path: basePath + "/users/{id}/rotate-sip-password", access: organizations,
		tag: "Users", summary: "Give a user's phone a new SIP password",
		description: "Answers the new password, this once. The old one stops working when the PBX has the change.",
		ifMatch:     true, etag: true,
	}, a.rotateSIPPassword)
}

func (a *API) createUser(c *call, req userRequest) (reply[createdUserResponse], error) {
	user := resource.UserDefaults()
	req.apply(&user)
	user, password, err := a.config.Resources.Users().Create(c.ctx(), c.organizationID, user)
	if err != nil {
		return reply[createdUserResponse]{}, err
	}
	return reply[createdUserResponse]{
		body:    createdUserResponse{showUser(user, c.settle(c.organizationID)), c.showSIP(user, password)},
		version: user.Version,
	}, nil
}

func (a *API) rotateSIPPassword(c *call, _ nothing) (reply[rotatedSIPPasswordResponse], error) {
	id, version, err := c.target()
	if err != nil {
		return reply[rotatedSIPPasswordResponse]{}, err
	}
	user, password, err := a.config.Resources.Users().RotateSIPPassword(c.ctx(), c.organizationID, id, version)
	if err != nil {
		return reply[rotatedSIPPasswordResponse]{}, err
	}
	return reply[rotatedSIPPasswordResponse]{
		body:    rotatedSIPPasswordResponse{c.showSIP(user, password), c.settle(c.organizationID)},
		version: user.Version,
	}, nil
}

func (c *call) showSIP(u resource.User, password org.Secret) sipCredential {
	return sipCredential{
		SIPUsername: u.SIP.Username, SIPPassword: password.Reveal(),
		SIPDomain: c.api.config.Deployer.SIPDomain(c.ctx(), u.SIP.ContextPrefix()),
	}
}
