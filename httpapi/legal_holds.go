package httpapi

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/hold"
)

const (
	legalHoldsTag  = "Legal holds"
	legalHoldsPath = basePath + "/legal-holds"
	legalHoldPath  = legalHoldsPath + "/{id}"
)

type legalHoldRequest struct {
	Target field[hold.Target] `json:"target" enum:"call,number,organization" doc:"call: one call with its recording. number: every call from it or to it. organization: every call." example:"number"`
	Value  field[string]      `json:"value" doc:"The id of the call; or the number, an extension or a phone number, 2 to 20 digits with or without a +. Numbers with 7 digits or more are the same when their last 7 are, shorter ones when all are. Of an extension, calls of the phone that has it now are held too. Left out for organization." example:"+919944421125"`
	Reason field[string]      `json:"reason" doc:"1 to 200 letters, digits, spaces or .,:_'&()/+-." example:"Case 12/2026"`
}

type releaseLegalHoldRequest struct {
	Reason field[string] `json:"reason" doc:"1 to 200 letters, digits, spaces or .,:_'&()/+-." example:"The case is closed"`
}

type legalHoldResponse struct {
	ID            string      `json:"id" doc:"UUIDv7; it never changes." example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
	Target        hold.Target `json:"target" enum:"call,number,organization" example:"number"`
	Value         string      `json:"value" doc:"The id of the call, or the number, masked with compliance.pii_masking unless it is the organisation's own; empty for organization." example:"+919944421125"`
	Endpoint      string      `json:"endpoint" doc:"The sip_username of whoever had the number as his extension when the hold was placed; empty where nobody had." example:""`
	Reason        string      `json:"reason" example:"Case 12/2026"`
	ReleasedAt    *time.Time  `json:"released_at" doc:"null: the hold is in force." example:"2027-01-05T09:30:00Z"`
	ReleaseReason string      `json:"release_reason" doc:"Empty while the hold is in force." example:"The case is closed"`
	CreatedAt     time.Time   `json:"created_at" example:"2026-01-05T09:30:00Z"`
	UpdatedAt     time.Time   `json:"updated_at" example:"2026-01-05T09:30:00Z"`
}

func showLegalHold(h hold.Hold) legalHoldResponse {
	shown := legalHoldResponse{
		ID: h.ID, Target: h.Target, Value: h.Value, Endpoint: h.Endpoint, Reason: h.Reason, ReleaseReason: h.ReleaseReason,
		CreatedAt: h.CreatedAt, UpdatedAt: h.UpdatedAt,
	}
	if !h.InForce() {
		shown.ReleasedAt = &h.ReleasedAt
	}
	return shown
}

func (a *API) registerLegalHolds() {
	register(a, operation{
		id: "place-legal-hold", method: http.MethodPost, path: legalHoldsPath, access: organizations,
		tag: legalHoldsTag, summary: "Place a legal hold",
		description: "What it is on is not deleted because of its age, and the organisation not at all, until it is released. At most 1000 may be in force. What a run is deleting at that moment may be gone.",
		status:      http.StatusCreated, required: []string{"target", "reason"}, etag: true,
		example: json.RawMessage(`{"target": "number", "value": "+919944421125", "reason": "Case 12/2026"}`),
	}, a.placeLegalHold)
	register(a, operation{
		id: "list-legal-holds", method: http.MethodGet, path: legalHoldsPath, access: organizations,
		tag: legalHoldsTag, summary: "List the legal holds, released ones too", query: pageParams(),
	}, a.listLegalHolds)
	register(a, operation{
		id: "get-legal-hold", method: http.MethodGet, path: legalHoldPath, access: organizations,
		tag: legalHoldsTag, summary: "Read a legal hold", etag: true,
	}, a.getLegalHold)
	register(a, operation{
		id: "release-legal-hold", method: http.MethodPost, path: legalHoldPath + "/release", access: organizations,
		tag: legalHoldsTag, summary: "Release a legal hold",
		description: "What it alone kept may go with the next run. The hold stays in the list. 409 hold_released: it is released already.",
		required:    []string{"reason"}, ifMatch: true, etag: true, problems: []int{http.StatusConflict},
	}, a.releaseLegalHold)
}

func (a *API) placeLegalHold(c *call, req legalHoldRequest) (reply[legalHoldResponse], error) {
	d := &decoder{}
	d.require("target", req.Target.given)
	d.require("reason", req.Reason.given)
	if err := d.err(); err != nil {
		return reply[legalHoldResponse]{}, err
	}
	o, err := c.organization()
	if err != nil {
		return reply[legalHoldResponse]{}, err
	}
	h, err := a.config.Holds.Place(c.ctx(), o, hold.Draft{
		Target: req.Target.value, Value: req.Value.value, Reason: req.Reason.value,
	})
	return reply[legalHoldResponse]{body: showLegalHold(h), version: h.Version}, err
}

func (a *API) listLegalHolds(c *call, _ nothing) (reply[page[legalHoldResponse]], error) {
	asked, err := c.page()
	if err != nil {
		return reply[page[legalHoldResponse]]{}, err
	}
	o, err := c.organization()
	if err != nil {
		return reply[page[legalHoldResponse]]{}, err
	}
	read := func(p org.Page) ([]hold.Hold, error) { return a.config.Holds.List(c.ctx(), o, p) }
	out, err := pageOf(asked, read, func(h hold.Hold) string { return h.ID }, showLegalHold)
	return reply[page[legalHoldResponse]]{body: out}, err
}

func (a *API) getLegalHold(c *call, _ nothing) (reply[legalHoldResponse], error) {
	id, err := c.pathID("id")
	if err != nil {
		return reply[legalHoldResponse]{}, err
	}
	o, err := c.organization()
	if err != nil {
		return reply[legalHoldResponse]{}, err
	}
	h, err := a.config.Holds.Get(c.ctx(), o, id)
	return reply[legalHoldResponse]{body: showLegalHold(h), version: h.Version}, err
}

func (a *API) releaseLegalHold(c *call, req releaseLegalHoldRequest) (reply[legalHoldResponse], error) {
	id, version, err := c.target()
	if err != nil {
		return reply[legalHoldResponse]{}, err
	}
	d := &decoder{}
	d.require("reason", req.Reason.given)
	if err := d.err(); err != nil {
		return reply[legalHoldResponse]{}, err
	}
	o, err := c.organization()
	if err != nil {
		return reply[legalHoldResponse]{}, err
	}
	h, err := a.config.Holds.Release(c.ctx(), o, id, version, req.Reason.value)
	return reply[legalHoldResponse]{body: showLegalHold(h), version: h.Version}, err
}
