package httpapi

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/orgpbx/orgpbx/resource/cdr"
)

const callsTag = "Calls"

type callResponse struct {
	ID            string           `json:"id" doc:"Made from what the PBX calls the call: it never changes." example:"019a7f10-2c40-702a-9a41-3f5b8c2d1e07"`
	Direction     cdr.Direction    `json:"direction" enum:"in,out,internal" example:"in"`
	Disposition   cdr.Disposition  `json:"disposition" enum:"answered,no_answer,busy,failed,congestion" doc:"answered when anything answered, a menu or a mailbox too." example:"answered"`
	Caller        string           `json:"caller" doc:"The number that called, as it was shown to whom it called. With compliance.pii_masking numbers that are not the organisation's own are such as +141•••••00." example:"+14155550100"`
	CallerName    string           `json:"caller_name" doc:"Masked with compliance.pii_masking, unless it is a colleague's." example:"Ada Lovelace"`
	Called        string           `json:"called" doc:"The number that was called first: a DID, or what a phone dialled. Masked as caller is." example:"+919944421125"`
	Endpoint      string           `json:"endpoint" doc:"The PJSIP endpoint that called: that of a phone is the sip_username of its user." example:"k3vq7xw2ma-x7f3q9ab"`
	AnsweredBy    string           `json:"answered_by" doc:"The PJSIP endpoint that answered last; empty where something else did." example:"k3vq7xw2ma-b2k8m4zz"`
	StartedAt     time.Time        `json:"started_at" example:"2026-01-05T09:30:00Z"`
	AnsweredAt    *time.Time       `json:"answered_at" doc:"null when nothing answered." example:"2026-01-05T09:30:04Z"`
	EndedAt       time.Time        `json:"ended_at" example:"2026-01-05T09:32:34Z"`
	BilledSeconds int              `json:"billed_seconds" doc:"For how long something had answered." example:"150"`
	Emergency     bool             `json:"emergency" doc:"It was to an emergency number." example:"false"`
	Denial        *denialResponse  `json:"denial" doc:"Why it was refused; null when it was not."`
	Consent       *consentResponse `json:"consent" doc:"How somebody agreed to being recorded; null when nobody was asked."`
	Recording     string           `json:"recording" doc:"The name of the recording; empty for none." example:"1795506778.42.wav"`
	Erased        bool             `json:"erased" doc:"true: somebody's numbers and name were taken out of it, see POST /subject-requests." example:"false"`
	RelatedTo     string           `json:"related_to" doc:"The same in all calls that belong together, such as a call and the one to where it was forwarded." example:"1795506778.42"`
}

type denialResponse struct {
	Reason string `json:"reason" doc:"suspended, concurrent_calls, trunk_channels, feature_off or no_route." example:"concurrent_calls"`
	Limit  *int   `json:"limit" doc:"The limit that refused it; null when none did." example:"30"`
	Used   *int   `json:"used" doc:"How much of it was in use." example:"30"`
}

type consentResponse struct {
	Mode   string     `json:"mode" doc:"announcement, external_consent, opt_out or explicit_opt_in." example:"opt_out"`
	Choice string     `json:"choice" doc:"recorded, refused or unannounced; empty when he hung up before." example:"recorded"`
	Digit  string     `json:"digit" doc:"The key that was pressed." example:"1"`
	Prompt string     `json:"prompt" doc:"What was played, with its version." example:"orgpbx/recording-opt-out@fb729848"`
	At     *time.Time `json:"at" doc:"When he had decided; null where that is not known." example:"2026-01-05T09:30:09Z"`
}

func showCall(c cdr.Call) callResponse {
	shown := callResponse{
		ID:            c.ID,
		Direction:     c.Direction,
		Disposition:   c.Disposition,
		Caller:        c.Caller,
		CallerName:    c.CallerName,
		Called:        c.Called,
		Endpoint:      c.Endpoint,
		AnsweredBy:    c.AnsweredBy,
		StartedAt:     c.StartedAt,
		EndedAt:       c.EndedAt,
		BilledSeconds: c.BilledSeconds,
		Emergency:     c.Emergency,
		Recording:     c.Recording,
		Erased:        c.Erased,
		RelatedTo:     c.LinkedID,
	}
	if !c.AnsweredAt.IsZero() {
		shown.AnsweredAt = &c.AnsweredAt
	}
	if c.Denial.Reason != "" {
		denial := denialResponse(c.Denial)
		shown.Denial = &denial
	}
	shown.Consent = showConsent(c.Consent)
	return shown
}

func showConsent(c cdr.Consent) *consentResponse {
	if c.Mode == "" {
		return nil
	}
	shown := consentResponse{Mode: c.Mode, Choice: c.Choice, Digit: c.Digit, Prompt: c.Prompt}
	if !c.At.IsZero() {
		shown.At = &c.At
	}
	return &shown
}

func (a *API) registerCalls() {
	register(a, operation{
		id: "list-calls", method: http.MethodGet, path: basePath + "/calls", access: organizations,
		tag: callsTag, summary: "List calls that have ended, newest first",
		description: "A page of a search looks at some 10,000 calls at most. Where these do not fill it, it is short or empty, has a next_cursor all the same, and says in searched_to how far back it has looked: go on until next_cursor is null. What an index finds, a time and the end of a number, costs no looking.",
		query:       append(pageParams(), callParams()...),
	}, a.listCalls)
	register(a, operation{
		id: "get-call", method: http.MethodGet, path: basePath + "/calls/{id}", access: organizations,
		tag: callsTag, summary: "Read a call that has ended",
	}, a.getCall)
	register(a, operation{
		id: "reveal-call", method: http.MethodPost, path: basePath + "/calls/{id}/reveal", access: organizations,
		tag: callsTag, summary: "See the numbers and the name of a call that are masked",
		description: "Each request is an entry of the trail, with the reason and without the number.",
		required:    []string{"reason"}, example: map[string]string{"reason": "Asked for a call back, case 12/2026"},
	}, a.revealCall)
}

type revealRequest struct {
	Reason field[string] `json:"reason" doc:"1 to 200 letters, digits, spaces or .,:_'&()/+-, without a number of the call." example:"Asked for a call back, case 12/2026"`
}

type revealedResponse struct {
	ID         string `json:"id" example:"019a7f10-2c40-702a-9a41-3f5b8c2d1e07"`
	Caller     string `json:"caller,omitempty" once:"true" doc:"Shown this once." example:"+14155550100"`
	CallerName string `json:"caller_name,omitempty" once:"true" doc:"Shown this once." example:"Ada Lovelace"`
	Called     string `json:"called,omitempty" once:"true" doc:"Shown this once." example:"+919944421125"`
}

func (a *API) revealCall(c *call, req revealRequest) (reply[revealedResponse], error) {
	var none reply[revealedResponse]
	id, err := c.pathID("id")
	if err != nil {
		return none, err
	}
	d := &decoder{}
	d.require("reason", req.Reason.given)
	if err := d.err(); err != nil {
		return none, err
	}
	o, err := c.organization()
	if err != nil {
		return none, err
	}
	v, err := a.config.Calls.Reveal(c.ctx(), o, id, req.Reason.value)
	if err != nil {
		return none, err
	}
	return reply[revealedResponse]{body: revealedResponse{v.ID, v.Caller, v.CallerName, v.Called}}, nil
}

func callParams() []*huma.Param {
	text := func(name, description string, enum ...any) *huma.Param {
		return &huma.Param{Name: name, In: "query", Description: description, Schema: &huma.Schema{Type: huma.TypeString, Enum: enum}}
	}
	moment := func(name, description string) *huma.Param {
		p := text(name, description)
		p.Schema.Format = "date-time"
		return p
	}
	return []*huma.Param{
		moment("from", "Only calls that started at this time or later."),
		moment("to", "Only calls that started before this time."),
		text("direction", "Only calls of this direction.", values(cdr.Directions())...),
		text("disposition", "Only calls that ended so.", values(cdr.Dispositions())...),
		{
			Name: "recorded", In: "query", Description: "true: only calls of which there is a recording.",
			Schema: &huma.Schema{Type: huma.TypeBoolean},
		},
		text("q", "Who called or was called. 7 digits or more, spaces and - ( ) . / between them left aside, are a whole number or its end, with + only as the beginning. Anything else is a part of a number or of the caller's name, ignoring case. With compliance.pii_masking only a whole extension or DID of the organisation; anything else is refused, because it would tell what is masked."),
	}
}

func values[T ~string](list []T) []any {
	all := make([]any, len(list))
	for i, v := range list {
		all[i] = string(v)
	}
	return all
}

// callsResponse is a page of calls.
type callsResponse struct {
	page[callResponse]
	SearchedTo *time.Time `json:"searched_to" doc:"Where the page stopped looking before it was full: when the last call that it looked at had started. null on a page that is full, and on the last one." example:"2026-01-05T09:30:00Z"`
}

func (a *API) listCalls(c *call, _ nothing) (reply[callsResponse], error) {
	var none reply[callsResponse]
	asked, err := c.page()
	if err != nil {
		return none, err
	}
	filter, err := c.callFilter()
	if err != nil {
		return none, err
	}
	o, err := c.organization()
	if err != nil {
		return none, err
	}
	found, err := a.config.Calls.List(c.ctx(), o, filter, asked)
	if err != nil {
		return none, err
	}
	out := callsResponse{page: page[callResponse]{Items: []callResponse{}, NextCursor: cursorBehind(found.Next)}}
	if !found.SearchedTo.IsZero() {
		out.SearchedTo = &found.SearchedTo
	}
	for _, v := range found.Calls {
		out.Items = append(out.Items, showCall(v))
	}
	return reply[callsResponse]{body: out}, nil
}

func (c *call) callFilter() (cdr.Filter, error) {
	query := c.r.URL.Query()
	d := &decoder{}
	f := cdr.Filter{
		From:        d.moment(query, "from"),
		To:          d.moment(query, "to"),
		Direction:   cdr.Direction(query.Get("direction")),
		Disposition: cdr.Disposition(query.Get("disposition")),
		Query:       query.Get("q"),
	}
	f.Recorded = d.flag(query, "recorded")
	if !isSearchable(f.Query) {
		d.fail("q", "text", "must be at most 100 characters of text")
	}
	return f, d.err()
}

// moment reads a time of the query; zero where there is none.
func (d *decoder) moment(query map[string][]string, name string) time.Time {
	given := query[name]
	if len(given) == 0 {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, given[0])
	if err != nil {
		d.fail(name, "time", "must be a time as in RFC 3339, such as 2026-01-05T09:30:00Z")
	}
	return t
}

// flag reads true or false of the query; false where there is none.
func (d *decoder) flag(query map[string][]string, name string) bool {
	given := query[name]
	if len(given) == 0 {
		return false
	}
	if given[0] != "true" && given[0] != "false" {
		d.fail(name, "boolean", "must be true or false")
	}
	return given[0] == "true"
}

func (a *API) getCall(c *call, _ nothing) (reply[callResponse], error) {
	id, err := c.pathID("id")
	if err != nil {
		return reply[callResponse]{}, err
	}
	o, err := c.organization()
	if err != nil {
		return reply[callResponse]{}, err
	}
	v, err := a.config.Calls.Get(c.ctx(), o, id)
	if err != nil {
		return reply[callResponse]{}, err
	}
	return reply[callResponse]{body: showCall(v)}, nil
}
