package editor

import (
	"context"
	"net/http"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
)

// people is the screen of who may sign in.
func (e *Editor) people() screen[member.Member] {
	return screen[member.Member]{
		editor: e, key: "people", kind: "member", adding: "invite-member", see: member.ReadPeople, write: member.WritePeople,
		set: func(q *request) resourceSet[member.Member] {
			return memberSet{e.config.Members, q.who.Actor()}
		},
		create:   e.invite,
		defaults: func() member.Member { return member.Member{Profile: member.Profile{Role: member.Viewer}} },
		meta: func(m member.Member) resource.Meta {
			return resource.Meta{ID: m.ID, Version: m.Version, CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt}
		},
		title: func(m member.Member) string { return m.Email }, columns: []string{"name", "role", "status", "totp"},
		inputs: personInputs,
		added:  []input[member.Member]{line("email", emailInput, func(m *member.Member) *string { return &m.Email })},
		facts: []input[member.Member]{
			{name: "status", kind: choiceInput, read: func(m *member.Member) string { return string(m.Status()) }},
			{name: "totp", kind: switchInput, read: func(m *member.Member) string { return on(m.TOTP.Confirmed) }},
			{name: "created", kind: lineInput, read: func(m *member.Member) string { return moment(m.CreatedAt) }},
		},
		deeds: []deedOn[member.Member]{e.newLink(), e.removeTOTP()},
	}
}

func personInputs(resource.Snapshot) []input[member.Member] {
	var roles []string
	for _, r := range member.Roles() {
		roles = append(roles, string(r))
	}
	return []input[member.Member]{
		line("name", lineInput, func(m *member.Member) *string { return &m.Name }),
		choice("role", roles, func(m *member.Member) *member.Role { return &m.Role }),
		toggle("disabled", func(m *member.Member) *bool { return &m.Disabled }),
	}
}

// memberSet manages members with the rights of an actor.
type memberSet struct {
	*member.Service

	actor member.Actor
}

// Update edits the profile of a member.
func (s memberSet) Update(ctx context.Context, organizationID, id string, ifVersion int64, edit func(*member.Member) error) (member.Member, error) {
	return s.Service.Update(ctx, s.actor, organizationID, id, ifVersion, func(m member.Member, p *member.Profile) error {
		err := edit(&m)
		*p = m.Profile
		return err
	})
}

// Delete removes a member.
func (s memberSet) Delete(ctx context.Context, organizationID, id string, ifVersion int64) error {
	return s.Service.Delete(ctx, s.actor, organizationID, id, ifVersion)
}

// invite adds a member and shows how the link reaches him.
func (e *Editor) invite(ctx context.Context, q *request, organizationID string, m member.Member) (member.Member, afterwards, error) {
	made, sent, err := e.config.Members.Invite(ctx, q.who.Actor(), organizationID, member.Invitation{Email: m.Email, Profile: m.Profile})
	return made, e.showLink(made, sent), err
}

// newLink sends a member another link.
func (e *Editor) newLink() deedOn[member.Member] {
	return deedOn[member.Member]{
		path: "link", key: "people.link", operation: "send-member-link",
		offered: func(q *request, m member.Member) bool { return q.who.Actor().MemberID != m.ID },
		do: func(ctx context.Context, q *request, o org.Organization, m member.Member, _ int64) (afterwards, error) {
			m, sent, err := e.config.Members.SendLink(ctx, q.who.Actor(), o.ID, m.ID)
			return e.showLink(m, sent), err
		},
	}
}

// removeTOTP turns the second factor of a member off who has lost it.
func (e *Editor) removeTOTP() deedOn[member.Member] {
	return deedOn[member.Member]{
		path: "totp", key: "people.totp", operation: "remove-member-totp", bad: true,
		offered: func(_ *request, m member.Member) bool { return m.TOTP.Confirmed },
		do: func(ctx context.Context, q *request, o org.Organization, m member.Member, _ int64) (afterwards, error) {
			_, err := e.config.Members.RemoveTOTP(ctx, q.who.Actor(), o.ID, m.ID)
			return nil, err
		},
	}
}

// showLink shows the link of a member where no mailer is set, and says what
// became of the mail otherwise.
func (e *Editor) showLink(m member.Member, sent member.Delivery) afterwards {
	return func(q *request, o org.Organization) error {
		view := shownOnce{head: q.head(o, "people"), Key: "people.link", Subject: m.Email, Back: "/organizations/" + o.ID + "/people"}
		switch {
		case sent.URL != "":
			view.Until = moment(sent.ExpiresAt)
			view.Values = []copyable{{"link", "people.link.url", sent.URL.Reveal(), true}}
		case sent.Mailed:
			view.Told = "people.link.mailed"
		default:
			view.Told, view.Bad = "people.link.not_mailed", true
		}
		return q.show(http.StatusCreated, "once", view)
	}
}
