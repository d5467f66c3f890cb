package httpapi

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

type previewResponse struct {
	Calls      dueResponse `json:"calls"`
	Recordings dueResponse `json:"recordings"`
	Complete   bool        `json:"complete" doc:"false: there is more than was looked at, which is the oldest million of calls." example:"true"`
}

type dueResponse struct {
	Delete amountResponse `json:"delete" doc:"What goes."`
	Held   amountResponse `json:"held" doc:"What is past its days and kept by a legal hold."`
}

type amountResponse struct {
	Count  int        `json:"count" example:"1240"`
	Bytes  int64      `json:"bytes" doc:"Of recordings, those that are sealed; 0 of calls." example:"733184000"`
	First  *time.Time `json:"first" doc:"When the first of these calls started; null when there are none." example:"2025-01-05T09:30:00Z"`
	Latest *time.Time `json:"latest" doc:"When the latest of these calls started; null when there are none." example:"2025-03-05T18:12:00Z"`
}

func showPreview(p cdr.Preview) previewResponse {
	return previewResponse{showDue(p.Calls), showDue(p.Recordings), p.Complete}
}

func showDue(d cdr.Due) dueResponse { return dueResponse{showAmount(d.Going), showAmount(d.Held)} }

func showAmount(a cdr.Amount) amountResponse {
	shown := amountResponse{Count: a.Count, Bytes: a.Bytes}
	if a.Count > 0 {
		shown.First, shown.Latest = &a.First, &a.Latest
	}
	return shown
}

// asksFirst is told of every operation that may shorten a retention.
const asksFirst = "409 confirmation_required: it shortens a retention, and something is past the new days. retention says what the next run would delete; send the same with ?confirm=true if that is what you want. Nothing goes before the next run."

func confirmParams() []*huma.Param {
	return []*huma.Param{{
		Name: "confirm", In: "query", Description: "true: the retention may get shorter, whatever is deleted then.",
		Schema: &huma.Schema{Type: huma.TypeBoolean},
	}}
}

// updateOrganization asks before a retention gets shorter, and refuses to switch
// masking off for who may not see what is masked.
func (c *call) updateOrganization(id string, version int64, edit func(*org.Profile) error) (org.Organization, error) {
	d := &decoder{}
	confirmed := d.flag(c.r.URL.Query(), "confirm")
	if err := d.err(); err != nil {
		return org.Organization{}, err
	}
	edit = c.caller.KeepMasking(edit)
	return c.api.config.Calls.UpdateOrganization(c.ctx(), c.api.config.Organizations, id, version, confirmed, edit)
}

func (a *API) registerRetention() {
	register(a, operation{
		id: "preview-retention", method: http.MethodGet, path: basePath + "/compliance/retention/preview", access: organizations,
		tag: "Compliance", summary: "See what the next run of retention would delete",
		description: "As if it came now. A run comes every hour, and a day ends at midnight in the organisation's time zone.",
	}, a.previewRetention)
}

func (a *API) previewRetention(c *call, _ nothing) (reply[previewResponse], error) {
	o, err := c.organization()
	if err != nil {
		return reply[previewResponse]{}, err
	}
	preview, err := a.config.Calls.Preview(c.ctx(), o)
	return reply[previewResponse]{body: showPreview(preview)}, err
}
