package httpapi

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/subject"
)

const (
	subjectRequestsTag  = "Data subjects"
	subjectRequestsPath = basePath + "/subject-requests"
	subjectRequestPath  = subjectRequestsPath + "/{id}"
)

type subjectRequestRequest struct {
	Kind   field[subject.Kind] `json:"kind" enum:"find,export,erase" doc:"find: what is kept of the number. export: a copy of it. erase: take it out, with ?confirm=true; without, say what would go." example:"find"`
	Number field[string]       `json:"number" doc:"A phone number or an extension, 2 to 20 digits with or without a +. Give the whole one, with + and the country's code: it is found in every form, and no other number is. One without is found where it is the end of a number with a country's code too. Of an extension, calls of the phone that has it now are found too." example:"+919944421125"`
	Reason field[string]       `json:"reason" doc:"1 to 200 letters, digits, spaces or .,:_'&()/+-. It is kept for ever: name no number in it." example:"Letter of 24 November 2026"`
}

type subjectRequestResponse struct {
	ID         string                 `json:"id" doc:"UUIDv7; it never changes." example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
	Kind       subject.Kind           `json:"kind" enum:"find,export,erase" example:"find"`
	NumberHash string                 `json:"number_hash" doc:"The same for every request about a number as it was written. The number itself is never shown, and forgotten when the request is done." example:"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"`
	Reason     string                 `json:"reason" example:"Letter of 24 November 2026"`
	DryRun     bool                   `json:"dry_run" doc:"true: an erasure that was not confirmed, which erases nothing." example:"false"`
	ByKind     audit.ActorKind        `json:"by_kind" enum:"administrator,organization,api_key,member" example:"member"`
	ByID       string                 `json:"by_id" doc:"Who asked; empty for the administrator." example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
	State      subject.State          `json:"state" enum:"pending,ready,done" doc:"pending: it is worked on, or will be. ready: an export that can be fetched. done: nothing is left to do." example:"done"`
	Report     *subjectReportResponse `json:"report" doc:"null until everything was looked through."`
	FetchUntil *time.Time             `json:"fetch_until" doc:"How long an export can be fetched; null of others, and before it is ready." example:"2026-01-12T09:30:00Z"`
	FinishedAt *time.Time             `json:"finished_at" doc:"null until it is done." example:"2026-01-05T09:31:00Z"`
	CreatedAt  time.Time              `json:"created_at" example:"2026-01-05T09:30:00Z"`
	UpdatedAt  time.Time              `json:"updated_at" example:"2026-01-05T09:31:00Z"`
}

type subjectReportResponse struct {
	CountedAt         time.Time            `json:"counted_at" example:"2026-01-05T09:30:02Z"`
	Calls             subjectClassResponse `json:"calls" doc:"Calls with the number. Erasing takes the number, and the name beside it, out; the rest stays, because bills are made of it."`
	Recordings        subjectClassResponse `json:"recordings" doc:"Recordings of these calls. Erasing deletes them."`
	Voicemail         subjectClassResponse `json:"voicemail" doc:"Messages that the number left. Erasing deletes them."`
	WebhookDeliveries subjectClassResponse `json:"webhook_deliveries" doc:"Events about these calls that are kept for webhooks, sent or not. Erasing deletes them."`
	QueueLog          subjectClassResponse `json:"queue_log" doc:"Lines of Asterisk's queue log that have the number. Erasing writes x over it; the lines stay. Empty where it is not looked at: not_covered says so."`
	Own               []reference          `json:"own" nullable:"false" doc:"Resources that the organisation itself has entered the number in. They stay: edit them."`
	LegalHolds        int                  `json:"legal_holds" doc:"Legal holds on the number, released ones too. They are evidence and stay." example:"0"`
	TrailEntries      int                  `json:"trail_entries" doc:"Entries of the audit log that have the number. They are evidence and stay." example:"0"`
	Unreached         []string             `json:"unreached" nullable:"false" doc:"Classes that were not looked at, or not on every node, because the server has no folder of them." example:"[\"voicemail\"]"`
	NotCovered        []string             `json:"not_covered" nullable:"false" doc:"What no request looks at, and whoever runs it has to." example:"[\"asterisk_queue_log\"]"`
}

type subjectClassResponse struct {
	Found  amountResponse `json:"found" doc:"What was there."`
	Held   amountResponse `json:"held" doc:"What of it a legal hold keeps."`
	Erased amountResponse `json:"erased" doc:"What of it this request has erased by now."`
}

func showSubjectRequest(r subject.Request) subjectRequestResponse {
	shown := subjectRequestResponse{
		ID: r.ID, Kind: r.Kind, NumberHash: r.NumberHash, Reason: r.Reason, DryRun: r.DryRun, ByKind: r.ByKind, ByID: r.ByID,
		State: r.State, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
	}
	if !r.Report.CountedAt.IsZero() {
		shown.Report = showSubjectReport(r.Report)
	}
	if !r.FetchUntil.IsZero() {
		shown.FetchUntil = &r.FetchUntil
	}
	if !r.FinishedAt.IsZero() {
		shown.FinishedAt = &r.FinishedAt
	}
	return shown
}

func showSubjectReport(r subject.Report) *subjectReportResponse {
	shown := &subjectReportResponse{
		CountedAt: r.CountedAt, Calls: showSubjectClass(r.Calls), Recordings: showSubjectClass(r.Recordings),
		Voicemail: showSubjectClass(r.Voicemail), WebhookDeliveries: showSubjectClass(r.Deliveries), QueueLog: showSubjectClass(r.QueueLog),
		Own: []reference{}, LegalHolds: r.Holds, TrailEntries: r.TrailEntries,
		Unreached: append([]string{}, r.Unreached...), NotCovered: r.NotCovered(),
	}
	for _, ref := range r.Own {
		shown.Own = append(shown.Own, reference{Kind: string(ref.Kind), ID: ref.ID})
	}
	return shown
}

func showSubjectClass(c subject.Class) subjectClassResponse {
	amount := func(a subject.Amount) amountResponse { return showAmount(cdr.Amount(a)) }
	return subjectClassResponse{amount(c.Found), amount(c.Held), amount(c.Erased)}
}

func (a *API) registerSubjectRequests() {
	register(a, operation{
		id: "create-subject-request", method: http.MethodPost, path: subjectRequestsPath, access: organizations,
		tag: subjectRequestsTag, summary: "Find, export or erase what is kept of a phone number",
		description: "It is worked off in the background: read it until its state is ready or done. What a legal hold keeps stays. At most 100 may be open.",
		status:      http.StatusCreated, required: []string{"kind", "number", "reason"}, etag: true,
		query: []*huma.Param{{
			Name: "confirm", In: "query", Description: "true: an erasure erases. It cannot be taken back.",
			Schema: &huma.Schema{Type: huma.TypeBoolean},
		}},
		example: json.RawMessage(`{"kind": "find", "number": "+919944421125", "reason": "Letter of 24 November 2026"}`),
	}, a.createSubjectRequest)
	register(a, operation{
		id: "list-subject-requests", method: http.MethodGet, path: subjectRequestsPath, access: organizations,
		tag: subjectRequestsTag, summary: "List what was asked about phone numbers, oldest first", query: pageParams(),
	}, a.listSubjectRequests)
	register(a, operation{
		id: "get-subject-request", method: http.MethodGet, path: subjectRequestPath, access: organizations,
		tag: subjectRequestsTag, summary: "Read what came of a request", etag: true,
	}, a.getSubjectRequest)
	register(a, operation{
		id: "fetch-subject-export", method: http.MethodGet, path: subjectRequestPath + "/export", access: organizations,
		tag: subjectRequestsTag, summary: "Fetch an export, as a zip",
		description: "It is made as things are now: calls.json, evidence.json, webhook_deliveries.json, queue_log.txt, the recordings and the voicemail, and at the end manifest.json with the SHA-256 of each. An answer that ends early has no manifest, and its connection is cut. Each request is an entry of the trail. 409 export_not_ready: it is no export, or cannot be fetched yet, or any more.",
		archive:     true, problems: []int{http.StatusConflict},
	}, a.fetchSubjectExport)
}

func (a *API) createSubjectRequest(c *call, req subjectRequestRequest) (reply[subjectRequestResponse], error) {
	d := &decoder{}
	d.require("kind", req.Kind.given)
	d.require("number", req.Number.given)
	d.require("reason", req.Reason.given)
	confirmed := d.flag(c.r.URL.Query(), "confirm")
	if err := d.err(); err != nil {
		return reply[subjectRequestResponse]{}, err
	}
	r, err := a.config.Subjects.Create(c.ctx(), c.organizationID, subject.Draft{
		Kind: req.Kind.value, Number: req.Number.value, Reason: req.Reason.value, Confirmed: confirmed, By: c.caller.AuditActor(),
	})
	return reply[subjectRequestResponse]{body: showSubjectRequest(r), version: r.Version}, err
}

func (a *API) listSubjectRequests(c *call, _ nothing) (reply[page[subjectRequestResponse]], error) {
	asked, err := c.page()
	if err != nil {
		return reply[page[subjectRequestResponse]]{}, err
	}
	read := func(p org.Page) ([]subject.Request, error) {
		return a.config.Subjects.List(c.ctx(), c.organizationID, p)
	}
	out, err := pageOf(asked, read, func(r subject.Request) string { return r.ID }, showSubjectRequest)
	if err == nil && len(out.Items) == 0 {
		err = c.mustExist()
	}
	return reply[page[subjectRequestResponse]]{body: out}, err
}

func (a *API) getSubjectRequest(c *call, _ nothing) (reply[subjectRequestResponse], error) {
	id, err := c.pathID("id")
	if err != nil {
		return reply[subjectRequestResponse]{}, err
	}
	r, err := a.config.Subjects.Get(c.ctx(), c.organizationID, id)
	return reply[subjectRequestResponse]{body: showSubjectRequest(r), version: r.Version}, err
}

func (a *API) fetchSubjectExport(c *call, _ nothing) (reply[nothing], error) {
	id, err := c.pathID("id")
	if err != nil {
		return reply[nothing]{}, err
	}
	export, err := a.config.Subjects.OpenExport(c.ctx(), c.organizationID, id, ExportShapes())
	if err != nil {
		return reply[nothing]{}, err
	}
	return reply[nothing]{archive: archive{
		name: "subject-request-" + id + ".zip", write: func(w io.Writer) error { return export.Write(c.ctx(), w) },
	}}, nil
}

// ExportShapes show calls in the exports of data subjects as the API does, for whoever
// else hands exports out.
func ExportShapes() subject.Shapes {
	return subject.Shapes{
		Call:     func(c cdr.Call) any { return showCall(c) },
		Evidence: func(organizationID string, e cdr.Evidence) any { return showEvidence(organizationID, e) },
	}
}

// archive is an answer that is a zip.
type archive struct {
	name  string // of letters that mean nothing in a header
	write func(io.Writer) error
}

// writeArchive sends a zip.
func (a *API) writeArchive(w http.ResponseWriter, r *http.Request, z archive) {
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", z.name))
	a.stream(w, r, "application/zip", z.write)
}
