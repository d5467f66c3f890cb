package httpapi

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/orgpbx/orgpbx/org/audit"
)

const (
	auditTag  = "Audit log"
	auditPath = basePath + "/audit-log"
)

type auditEntryResponse struct {
	Sequence  int64                   `json:"sequence" doc:"From 1, without gaps, in each organisation." example:"42"`
	At        time.Time               `json:"at" doc:"When the request came." example:"2026-01-05T09:30:00Z"`
	Actor     actorResponse           `json:"actor"`
	Operation string                  `json:"operation" doc:"The operationId." example:"update-user"`
	Object    objectResponse          `json:"object"`
	Outcome   string                  `json:"outcome" doc:"ok, or the code of the problem that it was refused with." example:"ok"`
	RequestID string                  `json:"request_id" doc:"As in X-Request-ID and the server's log." example:"6QZ4VJ3PQ2T5"`
	Remote    string                  `json:"remote" doc:"The address that the request came from: of the proxy, where it is not one that the server trusts. Empty once erased." example:"192.0.2.1"`
	Changes   []auditedObjectResponse `json:"changes" nullable:"false" doc:"The objects that changed, each with the fields that differ, before and after. Secrets are not among them."`
	Untold    int                     `json:"untold" doc:"Of an outcome rate_limited: how many requests of the same caller were refused so since the entry before of that kind, and have none." example:"0"`
	Details   string                  `json:"details" doc:"What remote, name and changes were read from, byte for byte: details_hash is its SHA-256. Empty once erased." example:""`

	DetailsHash string `json:"details_hash" doc:"In hex." example:"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"`
	Previous    string `json:"previous" doc:"The hash of the entry before, in hex; zeros for the first." example:"0000000000000000000000000000000000000000000000000000000000000000"`
	Hash        string `json:"hash" doc:"SHA-256 over all the rest, in hex." example:"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"`
}

type actorResponse struct {
	Kind audit.ActorKind `json:"kind" enum:"anonymous,administrator,organization,api_key,member,system" doc:"anonymous: without a valid credential; system: the server by itself, such as what is deleted because of its age." example:"member"`
	ID   string          `json:"id" doc:"Of the organisation or the member; empty for others." example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
	Name string          `json:"name" doc:"The API key, e-mail address or user name; empty once erased." example:"asha@example.com"`
}

type objectResponse struct {
	Kind string `json:"kind" example:"user"`
	ID   string `json:"id" doc:"Empty where it did not get as far as having one." example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
}

type auditedObjectResponse struct {
	Kind   string                          `json:"kind" example:"user"`
	ID     string                          `json:"id" example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
	Fields map[string]auditedFieldResponse `json:"fields" doc:"By name. Empty where only what is secret changed."`
}

type auditedFieldResponse struct {
	Before any `json:"before,omitempty" doc:"Absent where the object is new."`
	After  any `json:"after,omitempty" doc:"Absent where the object is gone."`
}

type verdictResponse struct {
	OK      bool   `json:"ok" doc:"Whether every entry is as it was saved and follows the one before." example:"true"`
	Broken  *int64 `json:"broken" doc:"The sequence of the first entry that is not; null when there is none." example:"17"`
	Entries int64  `json:"entries" doc:"How many entries fit, from the first." example:"42"`
	Head    string `json:"head" doc:"The hash of the last entry that fits, in hex. Keep it elsewhere, with entries, to tell later whether the end was cut off." example:"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"`
	Erased  int64  `json:"erased" doc:"Entries whose details are gone: all of an organisation that was deleted." example:"0"`
}

func (a *API) registerAuditLog() {
	whose := "The administrator reads the platform's own trail where he names no organisation. The trail of a deleted organisation is kept, without what was about people."
	register(a, operation{
		id: "list-audit-log", method: http.MethodGet, path: auditPath, access: organizations, platform: true,
		tag: auditTag, summary: "List who wrote what, newest first",
		description: "Every write, and every one that was refused. " + whose,
		query:       append(pageParams(), auditParams()...),
	}, a.listAuditLog)
	register(a, operation{
		id: "verify-audit-log", method: http.MethodGet, path: auditPath + "/verify", access: organizations, platform: true,
		tag: auditTag, summary: "Check the chain of hashes", description: whose,
	}, a.verifyAuditLog)
	register(a, operation{
		id: "export-audit-log", method: http.MethodGet, path: auditPath + "/export", access: organizations, platform: true,
		tag: auditTag, summary: "Read all of it, one entry a line, oldest first",
		description: "An answer that ends early has no whole last line, or its connection is cut. " + whose,
		query:       auditParams(), lines: true,
	}, a.exportAuditLog)
}

func auditParams() []*huma.Param {
	text := func(name, description string) *huma.Param {
		return &huma.Param{Name: name, In: "query", Description: description, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	moment := func(name, description string) *huma.Param {
		p := text(name, description)
		p.Schema.Format = "date-time"
		return p
	}
	return []*huma.Param{
		moment("from", "Only entries of this time or later."),
		moment("to", "Only entries before this time."),
		text("actor", "Only of this kind of caller, or of the one with this id."),
		text("operation", "Only of this operationId."),
		text("object", "Only of this kind of object, or of the one with this id."),
		text("outcome", "ok, or a code of a problem."),
	}
}

func showEntry(e audit.Entry) (auditEntryResponse, error) {
	d, err := e.Reveal()
	return auditEntryResponse{
		Sequence: e.Sequence, At: e.At,
		Actor:     actorResponse{e.Actor.Kind, e.Actor.ID, d.ActorName},
		Operation: e.Operation, Object: objectResponse(e.Object), Outcome: e.Outcome, RequestID: e.RequestID,
		Remote: d.Remote, Changes: showDiffs(d.Changes), Untold: d.Untold, Details: e.Details,
		DetailsHash: hex.EncodeToString(e.DetailsHash[:]),
		Previous:    hex.EncodeToString(e.Previous[:]),
		Hash:        hex.EncodeToString(e.Hash[:]),
	}, err
}

func showDiffs(diffs []audit.Diff) []auditedObjectResponse {
	shown := make([]auditedObjectResponse, len(diffs))
	for i, d := range diffs {
		shown[i] = auditedObjectResponse{Kind: d.Kind, ID: d.ID, Fields: map[string]auditedFieldResponse{}}
		for name, f := range d.Fields {
			shown[i].Fields[name] = auditedFieldResponse{raw(f.Before), raw(f.After)}
		}
	}
	return shown
}

// raw is a JSON value as it is, or none.
func raw(value json.RawMessage) any {
	if value == nil {
		return nil
	}
	return value
}

func (c *call) auditFilter() (audit.Filter, *decoder) {
	query := c.r.URL.Query()
	d := &decoder{}
	f := audit.Filter{
		From: d.moment(query, "from"), To: d.moment(query, "to"),
		Actor: query.Get("actor"), Operation: query.Get("operation"), Object: query.Get("object"), Outcome: query.Get("outcome"),
	}
	for name, value := range map[string]string{"actor": f.Actor, "operation": f.Operation, "object": f.Object, "outcome": f.Outcome} {
		if !isSearchable(value) {
			d.fail(name, "text", "must be at most 100 characters of text")
		}
	}
	return f, d
}

func (a *API) listAuditLog(c *call, _ nothing) (reply[page[auditEntryResponse]], error) {
	var none reply[page[auditEntryResponse]]
	filter, d := c.auditFilter()
	asked, err := c.page()
	from, numeric := int64(0), error(nil)
	if asked.After != "" {
		from, numeric = strconv.ParseInt(asked.After, 10, 64)
	}
	if numeric != nil || from < 0 {
		d.fail("cursor", "cursor", "must be the next_cursor of an earlier answer")
	}
	if err != nil {
		return none, err
	}
	if err := d.err(); err != nil {
		return none, err
	}
	list, err := a.config.Trail.List(c.ctx(), c.organizationID, filter,
		audit.Page{From: from, NewestFirst: true, Limit: asked.Limit + 1})
	if err != nil {
		return none, err
	}
	out := page[auditEntryResponse]{Items: []auditEntryResponse{}}
	if len(list) > asked.Limit {
		list = list[:asked.Limit]
		cursor := base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(list[len(list)-1].Sequence, 10)))
		out.NextCursor = &cursor
	}
	for _, e := range list {
		shown, err := showEntry(e)
		if err != nil {
			return none, err
		}
		out.Items = append(out.Items, shown)
	}
	if len(list) == 0 {
		err = c.trailMustExist()
	}
	return reply[page[auditEntryResponse]]{body: out}, err
}

// trailMustExist returns [org.ErrNotFound] where the administrator named an
// organisation that neither is nor was.
func (c *call) trailMustExist() error {
	if c.organizationID == audit.Platform {
		return nil
	}
	list, err := c.api.config.Trail.List(c.ctx(), c.organizationID, audit.Filter{}, audit.Page{Limit: 1})
	if err != nil || len(list) > 0 {
		return err
	}
	return c.mustExist()
}

func (a *API) verifyAuditLog(c *call, _ nothing) (reply[verdictResponse], error) {
	v, err := a.config.Trail.Verify(c.ctx(), c.organizationID)
	if err == nil && v.Entries == 0 && v.Broken == 0 {
		err = c.trailMustExist()
	}
	shown := verdictResponse{OK: v.Broken == 0, Entries: v.Entries, Head: hex.EncodeToString(v.Head[:]), Erased: v.Erased}
	if v.Broken != 0 {
		shown.Broken = &v.Broken
	}
	return reply[verdictResponse]{body: shown}, err
}

func (a *API) exportAuditLog(c *call, _ nothing) (reply[auditEntryResponse], error) {
	filter, d := c.auditFilter()
	if err := d.err(); err != nil {
		return reply[auditEntryResponse]{}, err
	}
	if err := c.trailMustExist(); err != nil {
		return reply[auditEntryResponse]{}, err
	}
	return reply[auditEntryResponse]{lines: func(w io.Writer) error {
		lines := json.NewEncoder(w)
		return a.config.Trail.Each(c.ctx(), c.organizationID, filter, func(e audit.Entry) error {
			shown, err := showEntry(e)
			if err != nil {
				return err
			}
			return lines.Encode(shown)
		})
	}}, nil
}
