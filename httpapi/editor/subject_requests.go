package editor

import (
	"context"
	"net/http"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource/subject"
)

// subjectKind is what requests of data subjects are called in the trail.
const subjectKind = "subject_request"

// subjectList is the page of what was asked about phone numbers.
type subjectList struct {
	head
	Path        string
	Rows        []subjectRow
	Next        string // id that the next page begins behind; empty on the last page
	First       bool
	MayWrite    bool
	MaySeeHolds bool
}

// subjectRow is one request.
type subjectRow struct {
	subject.Request
	Found, Held, Erased int // of all classes
}

// Fingerprint is the beginning of the hash of the number.
func (r subjectRow) Fingerprint() string { return r.NumberHash[:min(len(r.NumberHash), 8)] }

// Erases reports whether it deletes, or has deleted.
func (r subjectRow) Erases() bool { return r.Kind == subject.Erase && !r.DryRun }

func newSubjectRow(r subject.Request) subjectRow {
	row := subjectRow{Request: r}
	for _, c := range r.Report.Classes() {
		row.Found += c.Found.Count
		row.Held += c.Held.Count
		row.Erased += c.Erased.Count
	}
	return row
}

func (e *Editor) subjectRoutes() {
	const path = "/organizations/{id}/subject-requests"
	e.signedIn("GET "+path, e.listSubjectRequests)
	e.signedIn("GET "+path+"/new", e.askSubjectRequest)
	e.signedIn("POST "+path+"/new", e.addSubjectRequest)
	e.signedIn("GET "+path+"/{resource}", e.showSubjectRequest)
	e.signedIn("POST "+path+"/{resource}/erase", e.confirmErasure)
	e.signedIn("GET "+path+"/{resource}/export", e.fetchSubjectExport)
}

func subjectsPath(o org.Organization) string { return "/organizations/" + o.ID + "/subject-requests" }

func (e *Editor) listSubjectRequests(q *request) error {
	o, err := q.organization(member.ReadSubjectRequests)
	if err != nil {
		return err
	}
	all, err := e.config.Subjects.List(q.Context(), o.ID, org.Page{})
	if err != nil {
		return err
	}
	view := subjectList{
		head: q.head(o, "subject-requests"), Path: subjectsPath(o),
		MayWrite: q.who.May(member.WriteSubjectRequests), MaySeeHolds: e.config.Holds != nil && q.who.May(member.ReadLegalHolds),
	}
	var found []subject.Request
	found, view.Next, view.First = newestFirst(q, all, func(r subject.Request) string { return r.ID })
	for _, r := range found {
		view.Rows = append(view.Rows, newSubjectRow(r))
	}
	return q.show(http.StatusOK, "subject-requests", view)
}

// newestFirst returns the page of a list that was asked for, of which all is there,
// oldest first.
func newestFirst[T any](q *request, all []T, id func(T) string) (page []T, next string, first bool) {
	after := q.URL.Query().Get("after")
	for i := len(all) - 1; i >= 0; i-- {
		if after != "" && id(all[i]) >= after {
			continue
		}
		if len(page) == perPage {
			return page, id(page[perPage-1]), after == ""
		}
		page = append(page, all[i])
	}
	return page, "", after == ""
}

// subjectForm is the page that asks what is wanted.
type subjectForm struct {
	head
	Path     string // of the list
	Fields   []field
	Problems []field
	Others   []string // what is wrong with no field
}

func subjectInputs() []input[subject.Draft] {
	return []input[subject.Draft]{
		line("number", phoneInput, func(d *subject.Draft) *string { return &d.Number }),
		choice("kind", []string{string(subject.Find), string(subject.Export), string(subject.Erase)},
			func(d *subject.Draft) *subject.Kind { return &d.Kind }),
		line("reason", lineInput, func(d *subject.Draft) *string { return &d.Reason }),
	}
}

func (e *Editor) askSubjectRequest(q *request) error {
	o, err := q.organization(member.WriteSubjectRequests)
	if err != nil {
		return err
	}
	return q.showSubjectForm(http.StatusOK, o, subject.Draft{Kind: subject.Find}, subjectForm{}, nil)
}

func (q *request) showSubjectForm(status int, o org.Organization, draft subject.Draft, view subjectForm, problems fieldProblems) error {
	view.head, view.Path = q.head(o, "subject-requests"), subjectsPath(o)
	view.Fields = labelled("subject-requests", fieldsOf(subjectInputs(), &draft, &draft, q.form, problems))
	view.Problems = broken(view.Fields)
	return q.show(status, "subject-request-new", view)
}

// addSubjectRequest takes a request. An erasure is a dry run: its page says what would
// go, and asks.
func (e *Editor) addSubjectRequest(q *request) error {
	o, err := q.organization(member.WriteSubjectRequests)
	if err != nil {
		return err
	}
	var draft subject.Draft
	_ = apply(&draft, subjectInputs(), q.form) // lines and choices can always be read
	draft.By = q.who.AuditActor()
	made, err := e.createSubjectRequest(q, o, func(ctx context.Context) (subject.Request, error) {
		return e.config.Subjects.Create(ctx, o.ID, draft)
	})
	if err == nil {
		return q.redirect(subjectsPath(o) + "/" + made.ID)
	}
	status, others, problems, form := refusalOf(err)
	if !form {
		return err
	}
	return q.showSubjectForm(status, o, draft, subjectForm{Others: others}, problems)
}

// createSubjectRequest has a request made, with its entry of the trail.
func (e *Editor) createSubjectRequest(q *request, o org.Organization, create func(context.Context) (subject.Request, error)) (subject.Request, error) {
	var made subject.Request
	err := q.recorded("create-subject-request", subjectKind, func(ctx context.Context, record *audit.Record) (_ string, err error) {
		made, err = create(ctx)
		if err == nil {
			record.About(audit.Object{Kind: subjectKind, ID: made.ID})
		}
		return o.ID, err
	})
	return made, err
}
