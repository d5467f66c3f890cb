package httpapi

import (
	"net/http"
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
)

const (
	peopleTag  = "People"
	peoplePath = basePath + "/org-users"
)

type inviteRequest struct {
	Email field[string]      `json:"email" doc:"Where the invitation goes, and what the member signs in with; it never changes." example:"asha@example.com"`
	Name  field[string]      `json:"name" example:"Asha Nair"`
	Role  field[member.Role] `json:"role" enum:"owner,admin,supervisor,agent,viewer" doc:"Only owners make owners." example:"supervisor"`
}

type memberRequest struct {
	Name   field[string]        `json:"name" example:"Asha Nair"`
	Role   field[member.Role]   `json:"role" enum:"owner,admin,supervisor,agent,viewer" doc:"Only owners make owners, and nobody changes his own role. A change ends the member's sessions." example:"supervisor"`
	Status field[member.Status] `json:"status" enum:"invited,active,disabled" doc:"disabled refuses every credential of the member and ends his sessions; active ends that. invited can only be repeated." example:"active"`
}

type memberResponse struct {
	ID          string        `json:"id" doc:"UUIDv7; it never changes." example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
	Email       string        `json:"email" example:"asha@example.com"`
	Name        string        `json:"name" example:"Asha Nair"`
	Role        member.Role   `json:"role" enum:"owner,admin,supervisor,agent,viewer" example:"supervisor"`
	Status      member.Status `json:"status" enum:"invited,active,disabled" doc:"invited: has not chosen a password yet." example:"active"`
	TOTPEnabled bool          `json:"totp_enabled" doc:"Whether a second factor is asked for at login." example:"false"`
	CreatedAt   time.Time     `json:"created_at" example:"2026-01-05T09:30:00Z"`
	UpdatedAt   time.Time     `json:"updated_at" example:"2026-01-05T09:30:00Z"`
}

type invitedResponse struct {
	memberResponse
	AcceptURL string    `json:"accept_url,omitempty" once:"true" doc:"Where no mailer is set: the link for the invited person alone. Shown this once." example:"https://pbx.example.com/accept-invite#token=opl_Zk3m...9Q"`
	MailSent  bool      `json:"mail_sent" doc:"false where no mailer is set, and where it did not take the mail: POST /org-users/{id}/link sends another one." example:"true"`
	ExpiresAt time.Time `json:"invite_expires_at" example:"2026-01-12T09:30:00Z"`
}

type linkResponse struct {
	URL       string    `json:"url,omitempty" once:"true" doc:"Where no mailer is set: the link for the member alone. Shown this once." example:"https://pbx.example.com/reset-password#token=opl_Zk3m...9Q"`
	MailSent  bool      `json:"mail_sent" doc:"Whether the mailer took the mail." example:"true"`
	ExpiresAt time.Time `json:"expires_at" example:"2026-01-05T10:30:00Z"`
}

func showMember(m member.Member) memberResponse {
	return memberResponse{
		ID:          m.ID,
		Email:       m.Email,
		Name:        m.Name,
		Role:        m.Role,
		Status:      m.Status(),
		TOTPEnabled: m.TOTP.Confirmed,
		CreatedAt:   m.CreatedAt,
		UpdatedAt:   m.UpdatedAt,
	}
}

// apply edits the profile of a member. "active" of somebody who is invited
// leaves him invited: only his password makes him active.
func (r memberRequest) apply(m member.Member, p *member.Profile) error {
	r.Name.into(&p.Name)
	r.Role.into(&p.Role)
	switch {
	case !r.Status.given, r.Status.value == m.Status():
	case r.Status.value == member.Active:
		p.Disabled = false
	case r.Status.value == member.Disabled:
		p.Disabled = true
	default:
		return org.Invalid("status", "oneof", "must be one of active, disabled")
	}
	return nil
}

func (a *API) registerPeople() {
	conflict := []int{http.StatusConflict}
	register(a, operation{
		id: "invite-member", method: http.MethodPost, path: peoplePath + "/invite", access: organizations,
		tag: peopleTag, summary: "Invite somebody to sign in for the organisation",
		description: "He gets a link by mail that works once, for a week. Where the server sends no mail the answer holds it.",
		status:      http.StatusCreated, required: []string{"email", "name", "role"}, etag: true, problems: conflict,
	}, a.inviteMember)
	register(a, operation{
		id: "list-members", method: http.MethodGet, path: peoplePath, access: organizations,
		tag: peopleTag, summary: "List who may sign in", query: pageParams(),
	}, a.listMembers)
	register(a, operation{
		id: "get-member", method: http.MethodGet, path: peoplePath + "/{id}", access: organizations,
		tag: peopleTag, summary: "Read a member", etag: true,
	}, a.getMember)
	for _, op := range []operation{
		{id: "update-member", method: http.MethodPatch, description: mergePatch},
		{id: "put-member", method: http.MethodPut, description: samePut},
	} {
		op.path, op.access, op.tag, op.summary = peoplePath+"/{id}", organizations, peopleTag, "Change a member"
		op.change, op.ifMatch, op.etag, op.problems = true, true, true, conflict
		register(a, op, a.updateMember)
	}
	register(a, operation{
		id: "delete-member", method: http.MethodDelete, path: peoplePath + "/{id}", access: organizations,
		tag: peopleTag, summary: "Remove a member", description: "His sessions end at once. The last owner cannot be removed.",
		status: http.StatusNoContent, ifMatch: true, problems: conflict,
	}, a.deleteMember)
	register(a, operation{
		id: "send-member-link", method: http.MethodPost, path: peoplePath + "/{id}/link", access: organizations,
		tag: peopleTag, summary: "Send a member a new link",
		description: "The invitation once more, or, for a member with a password, a link to choose a new one that works for an hour. The link before is over.",
	}, a.sendMemberLink)
	register(a, operation{
		id: "remove-member-totp", method: http.MethodDelete, path: peoplePath + "/{id}/totp", access: organizations,
		tag: peopleTag, summary: "Turn a member's second factor off",
		description: "For somebody who lost it. His sessions end.", status: http.StatusNoContent,
	}, a.removeMemberTOTP)
}

func (a *API) inviteMember(c *call, req inviteRequest) (reply[invitedResponse], error) {
	var who member.Invitation
	req.Email.into(&who.Email)
	req.Name.into(&who.Name)
	req.Role.into(&who.Role)
	m, delivery, err := a.config.Members.Invite(c.ctx(), c.caller.Actor(), c.organizationID, who)
	if err != nil {
		return reply[invitedResponse]{}, err
	}
	return reply[invitedResponse]{
		body:    invitedResponse{showMember(m), delivery.URL.Reveal(), delivery.Mailed, delivery.ExpiresAt},
		version: m.Version,
	}, nil
}

func (a *API) listMembers(c *call, _ nothing) (reply[page[memberResponse]], error) {
	asked, err := c.page()
	if err != nil {
		return reply[page[memberResponse]]{}, err
	}
	read := func(p org.Page) ([]member.Member, error) { return a.config.Members.List(c.ctx(), c.organizationID, p) }
	id := func(m member.Member) string { return m.ID }
	out, err := pageOf(asked, read, id, showMember)
	if err == nil && len(out.Items) == 0 {
		err = c.mustExist()
	}
	return reply[page[memberResponse]]{body: out}, err
}

func (a *API) getMember(c *call, _ nothing) (reply[memberResponse], error) {
	id, err := c.pathID("id")
	if err != nil {
		return reply[memberResponse]{}, err
	}
	m, err := a.config.Members.Get(c.ctx(), c.organizationID, id)
	return reply[memberResponse]{body: showMember(m), version: m.Version}, err
}

func (a *API) updateMember(c *call, req memberRequest) (reply[memberResponse], error) {
	id, version, err := c.target()
	if err != nil {
		return reply[memberResponse]{}, err
	}
	m, err := a.config.Members.Update(c.ctx(), c.caller.Actor(), c.organizationID, id, version, func(m member.Member, p *member.Profile) error {
		if err := c.echo.check(showMember(m)); err != nil {
			return err
		}
		return req.apply(m, p)
	})
	return reply[memberResponse]{body: showMember(m), version: m.Version}, err
}

func (a *API) deleteMember(c *call, _ nothing) (reply[nothing], error) {
	id, version, err := c.target()
	if err != nil {
		return reply[nothing]{}, err
	}
	return reply[nothing]{}, a.config.Members.Delete(c.ctx(), c.caller.Actor(), c.organizationID, id, version)
}

func (a *API) sendMemberLink(c *call, _ nothing) (reply[linkResponse], error) {
	id, err := c.pathID("id")
	if err != nil {
		return reply[linkResponse]{}, err
	}
	_, delivery, err := a.config.Members.SendLink(c.ctx(), c.caller.Actor(), c.organizationID, id)
	return reply[linkResponse]{body: linkResponse{delivery.URL.Reveal(), delivery.Mailed, delivery.ExpiresAt}}, err
}

func (a *API) removeMemberTOTP(c *call, _ nothing) (reply[nothing], error) {
	id, err := c.pathID("id")
	if err != nil {
		return reply[nothing]{}, err
	}
	_, err = a.config.Members.RemoveTOTP(c.ctx(), c.caller.Actor(), c.organizationID, id)
	return reply[nothing]{}, err
}
