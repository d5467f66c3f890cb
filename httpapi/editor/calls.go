package editor

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// callList is the page of calls that have ended.
type callList struct {
	head
	Filter filterForm
	Rows   []callRow
	Next   string // address of the next page; empty on the last one
	First  bool
	Zone   string // time zone of the times
	Full   int    // how many rows a page has that is full
	// SearchedTo is the day that a page has looked back to which is not full; empty
	// where there is no more to look through, or the page is full.
	SearchedTo string
}

// callRow is one of them.
type callRow struct {
	cdr.Call
	Path   string // of its page
	At     string // when it began
	Took   string // for how long something had answered
	Sound  bool   // there is a recording that the caller may listen to
	Hidden bool   // there is one that the caller may not listen to
}

// callInputs narrow the list.
func callInputs(zone *time.Location) []input[cdr.Filter] {
	return []input[cdr.Filter]{
		word("q", func(f *cdr.Filter) *string { return &f.Query }),
		oneOf("direction", func(f *cdr.Filter) *cdr.Direction { return &f.Direction }, cdr.Directions()...),
		oneOf("disposition", func(f *cdr.Filter) *cdr.Disposition { return &f.Disposition }, cdr.Dispositions()...),
		since("from", zone, func(f *cdr.Filter) *time.Time { return &f.From }),
		until("to", zone, func(f *cdr.Filter) *time.Time { return &f.To }),
		toggle("recorded", func(f *cdr.Filter) *bool { return &f.Recorded }),
	}
}

func (e *Editor) listCalls(q *request) error {
	o, err := q.organization(member.ReadCalls)
	if err != nil {
		return err
	}
	zone := o.Settings.Location()
	view := callList{head: q.head(o, "calls"), First: true, Zone: zone.String(), Full: perPage}
	var filter cdr.Filter
	view.Filter = readFilter(q, "/organizations/"+o.ID+"/calls", "calls", callInputs(zone), &filter)
	part := org.Page{Limit: q.missing()}
	if after := q.URL.Query().Get("after"); uuid.Validate(after) == nil {
		part.After, view.First = after, false
	}
	var found cdr.Found
	if len(view.Filter.Problems) == 0 {
		found, err = e.config.Calls.List(q.Context(), o, filter, part)
		problems, form := problemsOf(err)
		if !form {
			return err
		}
		view.Filter.refuse(problems)
	}
	if found.Next != "" {
		view.Next = q.next(view.Filter, found.Next)
	}
	if !found.SearchedTo.IsZero() {
		view.SearchedTo = found.SearchedTo.In(zone).Format("2 January 2006")
	}
	for _, c := range found.Calls {
		view.Rows = append(view.Rows, q.callRow(o, c))
	}
	return q.show(view.Filter.status(), "calls", view)
}

// missing is how many rows are asked for: a full page, or what a script still misses of
// one.
func (q *request) missing() int {
	n, err := strconv.Atoi(q.URL.Query().Get("rows"))
	if err != nil || n < 1 || n > perPage {
		return perPage
	}
	return n
}

func (q *request) callRow(o org.Organization, c cdr.Call) callRow {
	may := q.who.May(member.ReadRecordings)
	return callRow{
		Call: c, Path: "/organizations/" + o.ID + "/calls/" + c.ID,
		At:    c.StartedAt.In(o.Settings.Location()).Format(time.DateTime),
		Took:  length(time.Duration(c.BilledSeconds) * time.Second),
		Sound: may && c.Recording != "", Hidden: !may && c.Recording != "",
	}
}

// length is such as 1:02:03.
func length(d time.Duration) string {
	seconds := int(d.Seconds())
	if seconds < 3600 {
		return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
}

// callPage is the page of one call.
type callPage struct {
	head
	Call            callRow
	Answered, Ended string
	ConsentAt       string
	Zone            string
	Reveal          []field // the form that asks for the reason; empty for who may not
	Revealed        bool    // nothing is masked on this page
	MayHold         bool    // place a legal hold on it
}

func (e *Editor) showCall(q *request) error {
	o, err := q.organization(member.ReadCalls)
	if err != nil {
		return err
	}
	id, err := q.resource()
	if err != nil {
		return err
	}
	c, err := e.config.Calls.Get(q.Context(), o, id)
	if err != nil {
		return err
	}
	return e.renderCall(q, http.StatusOK, o, c, callPage{Reveal: q.revealForm(o, nil)})
}

func (e *Editor) renderCall(q *request, status int, o org.Organization, c cdr.Call, view callPage) error {
	zone := o.Settings.Location()
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(zone).Format(time.DateTime)
	}
	view.head, view.Call, view.Zone = q.head(o, "calls"), q.callRow(o, c), zone.String()
	view.MayHold = e.config.Holds != nil && q.who.May(member.WriteLegalHolds)
	view.Answered, view.Ended, view.ConsentAt = at(c.AnsweredAt), at(c.EndedAt), at(c.Consent.At)
	return q.show(status, "call", view)
}

// playRecording sends a recording, or the part of it that was asked for. Each
// request is an entry of the trail, as in the API.
func (e *Editor) playRecording(q *request) error {
	id, err := q.resource()
	if err != nil {
		return err
	}
	var file cdr.RecordingFile
	err = q.recorded("get-recording", "recording", func(ctx context.Context, record *audit.Record) (string, error) {
		record.About(audit.Object{Kind: "recording", ID: id})
		o, err := q.organization(member.ReadRecordings)
		if err != nil {
			return q.who.Organization.ID, err
		}
		file, err = e.config.Calls.OpenRecording(ctx, o, id)
		return o.ID, err
	})
	if file.ReadSeekCloser != nil {
		defer func() { _ = file.Close() }()
	}
	if err != nil {
		return err
	}
	h := q.w.Header()
	h.Set("Content-Type", "audio/wav")
	h.Set("ETag", fmt.Sprintf(`"%x-%x"`, file.ModifiedAt.UnixNano(), file.Bytes))
	http.ServeContent(q.w, q.Request, "", file.ModifiedAt, file)
	return nil
}
