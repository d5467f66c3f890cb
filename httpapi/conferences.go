package httpapi

import (
	"encoding/json"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

type conferenceRequest struct {
	Name       field[string]    `json:"name" doc:"Unique in the organisation, ignoring case." example:"morning round"`
	Number     field[string]    `json:"number" doc:"What to dial: 2 to 6 digits, unique among everything of the organisation that can be dialled, and no emergency number." example:"5000"`
	PIN        nullable[string] `json:"pin" doc:"What a caller has to enter: 4 to 10 digits; null, and when left out, for nothing." example:"4711"`
	MaxMembers nullable[int]    `json:"max_members" minimum:"1" maximum:"500" doc:"How many may be in the room at a time; null, and when left out, for as many as like." example:"20"`
}

type conferenceResponse struct {
	resourceHead
	Name       string `json:"name" example:"morning round"`
	Number     string `json:"number" example:"5000"`
	PIN        string `json:"pin" doc:"Empty when nothing has to be entered." example:"4711"`
	MaxMembers *int   `json:"max_members" doc:"null is as many as like." example:"20"`
}

func (r conferenceRequest) apply(c *resource.Conference) error {
	r.Name.into(&c.Name)
	r.Number.into(&c.Number)
	r.PIN.into(&c.PIN)
	r.MaxMembers.into(&c.MaxMembers)
	if r.MaxMembers.given && !r.MaxMembers.null && r.MaxMembers.value == 0 {
		// In this API no limit is null, and 0 is none.
		return org.JoinInvalid(org.Validate(*c), org.Invalid("max_members", "min", "must be at least 1, or null for no limit"))
	}
	return nil
}

func showConference(c resource.Conference, config *configState) conferenceResponse {
	shown := conferenceResponse{
		resourceHead: showHead(c.Meta, config),
		Name:         c.Name,
		Number:       c.Number,
		PIN:          c.PIN,
	}
	if c.MaxMembers > 0 {
		shown.MaxMembers = &c.MaxMembers
	}
	return shown
}

func (a *API) registerConferences() {
	conferences := resourceKind[resource.Conference, conferenceRequest, conferenceResponse]{
		tag: "Conferences", path: "/conferences", id: "conference", name: "a conference", plural: "conferences",
		required: []string{"name", "number"},
		example:  json.RawMessage(`{"name": "morning round", "number": "5000", "pin": "4711", "max_members": 20}`),
		set:      a.config.Resources.Conferences(),
		apply:    func(_ string, req conferenceRequest, c *resource.Conference) error { return req.apply(c) },
		meta:     func(c resource.Conference) resource.Meta { return c.Meta },
		show:     showConference,
	}
	registerResource(a, conferences)
	registerCreate(a, conferences, "The PIN is the organisation's to read; it is never logged.",
		createPlain(conferences, a.config.Resources.Conferences(), func() resource.Conference { return resource.Conference{} }))
}
