package editor

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/subject"
)

// mostProofs is how many entries of the trail the page of a request shows.
const mostProofs = 50

// subjectPage is the page of one request.
type subjectPage struct {
	head
	Request     subjectRow
	Path        string // of the request
	List        string
	Classes     []subjectClass
	Own         []deedLink // to what the organisation itself entered; without a path where it cannot be edited
	NotCovered  []string
	MayWrite    bool
	MaySeeHolds bool
	MaySeeTrail bool
	Erase       []field // the form that confirms an erasure; nil where there is nothing to confirm
	Told        []string
	Proof       []proofRow // newest first
}

// subjectClass is what was found of one class.
type subjectClass struct {
	Name                string
	Found, Held, Erased shownAmount
	Left                int // what would go
}

// shownAmount is how much there is of something.
type shownAmount struct {
	Count int
	Range string // days, of the organisation's time zone
	Size  string // "" where it has none
}

// proofRow is an entry of the trail about a request.
type proofRow struct {
	audit.Entry
	Who  string
	Gone []gone
}

// gone is what went with it.
type gone struct {
	Class string
	cdr.Deletion
}

func (e *Editor) showSubjectRequest(q *request) error {
	o, r, err := q.subjectRequest(member.ReadSubjectRequests)
	if err != nil {
		return err
	}
	return e.renderSubjectRequest(q, http.StatusOK, o, r, nil, nil)
}

// subjectRequest returns the request of the path.
func (q *request) subjectRequest(asked member.Permission) (o org.Organization, r subject.Request, err error) {
	if o, err = q.organization(asked); err != nil {
		return o, r, err
	}
	id, err := q.resource()
	if err != nil {
		return o, r, err
	}
	r, err = q.editor.config.Subjects.Get(q.Context(), o.ID, id)
	return o, r, err
}

func (e *Editor) renderSubjectRequest(q *request, status int, o org.Organization, r subject.Request, told []string, problems fieldProblems) error {
	view := subjectPage{
		head: q.head(o, "subject-requests"), Request: newSubjectRow(r), List: subjectsPath(o), Path: subjectsPath(o) + "/" + r.ID,
		NotCovered: r.Report.NotCovered(), Told: told, MayWrite: q.who.May(member.WriteSubjectRequests),
		MaySeeHolds: e.config.Holds != nil && q.who.May(member.ReadLegalHolds), MaySeeTrail: q.who.May(member.ReadAudit),
	}
	amount := func(a subject.Amount) shownAmount { return showAmount(o, a) }
	for _, c := range r.Report.Classes() {
		view.Classes = append(view.Classes, subjectClass{c.Name, amount(c.Found), amount(c.Held), amount(c.Erased), c.Found.Count - c.Held.Count})
	}
	view.Own = q.ownLinks(o, r.Report.Own)
	if r.DryRun && r.State == subject.Done && view.MayWrite && view.Request.Found > view.Request.Held {
		view.Erase = eraseFields(q, problems)
	}
	if view.MaySeeTrail {
		var err error
		if view.Proof, err = e.proofOf(q.Context(), o, r.ID); err != nil {
			return err
		}
	}
	return q.show(status, "subject-request", view)
}

func showAmount(o org.Organization, a subject.Amount) shownAmount {
	shown := shownAmount{Count: a.Count}
	if a.Count > 0 {
		zone := o.Settings.Location()
		shown.Range = dayOf(a.First, zone)
		if latest := dayOf(a.Latest, zone); latest != shown.Range {
			shown.Range += " – " + latest
		}
	}
	if a.Bytes > 0 {
		shown.Size = size(a.Bytes)
	}
	return shown
}

// ownLinks lead to the forms of resources.
func (q *request) ownLinks(o org.Organization, own []resource.Ref) []deedLink {
	var links []deedLink
	for _, ref := range own {
		link := deedLink{Key: "resource." + string(ref.Kind)}
		for _, s := range q.editor.screens() {
			if s.of() == ref.Kind && q.who.May(member.WriteSetup) {
				link.Path = "/organizations/" + o.ID + s.tab().Path + "/" + ref.ID
			}
		}
		links = append(links, link)
	}
	return links
}

// eraseFields ask for the number once more.
func eraseFields(q *request, problems fieldProblems) []field {
	var none subject.Draft
	fields := fieldsOf(subjectInputs()[:1], &none, &none, q.form, problems)
	fields[0].Key = "subject-requests.again"
	return fields
}

// proofOf returns what the trail has about a request.
func (e *Editor) proofOf(ctx context.Context, o org.Organization, id string) ([]proofRow, error) {
	entries, err := e.config.Trail.List(ctx, o.ID, audit.Filter{Object: id}, audit.Page{NewestFirst: true, Limit: mostProofs})
	if err != nil {
		return nil, err
	}
	var rows []proofRow
	for _, entry := range entries {
		d, err := entry.Reveal()
		if err != nil {
			return nil, err
		}
		row := proofRow{Entry: entry, Who: cmp.Or(d.ActorName, label(entry.Actor.Kind))}
		for _, diff := range d.Changes {
			if diff.Kind == subjectKind {
				continue
			}
			row.Gone = append(row.Gone, gone{diff.Kind, deletionIn(diff)})
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// deletionIn reads what went. A field that is not there is empty.
func deletionIn(d audit.Diff) cdr.Deletion {
	var found cdr.Deletion
	for name, to := range map[string]any{
		"count": &found.Count, "first_id": &found.FirstID, "last_id": &found.LastID, "ids_sha256": &found.IDsSHA256,
	} {
		_ = json.Unmarshal(d.Fields[name].After, to) // the Editor shows what it knows
	}
	return found
}

// confirmErasure erases what a dry run was about, once its number was typed again.
func (e *Editor) confirmErasure(q *request) error {
	o, dry, err := q.subjectRequest(member.WriteSubjectRequests)
	if err != nil {
		return err
	}
	var typed subject.Draft
	_ = apply(&typed, subjectInputs()[:1], q.form) // a line can always be read
	made, err := e.createSubjectRequest(q, o, func(ctx context.Context) (subject.Request, error) {
		return e.config.Subjects.Confirm(ctx, o.ID, dry.ID, typed.Number, q.who.AuditActor())
	})
	if err == nil {
		return q.redirect(subjectsPath(o) + "/" + made.ID)
	}
	status, told, problems, form := refusalOf(err)
	if !form {
		return err
	}
	return e.renderSubjectRequest(q, status, o, dry, told, problems)
}

// fetchSubjectExport sends the zip. Each request is an entry of the trail, as in the
// API.
func (e *Editor) fetchSubjectExport(q *request) error {
	var o org.Organization
	var r subject.Request
	var export *subject.Copy
	err := q.recorded("fetch-subject-export", subjectKind, func(ctx context.Context, record *audit.Record) (_ string, err error) {
		if o, r, err = q.subjectRequest(member.WriteSubjectRequests); err != nil {
			return cmp.Or(o.ID, q.who.Organization.ID), err
		}
		record.About(audit.Object{Kind: subjectKind, ID: r.ID})
		export, err = e.config.Subjects.OpenExport(ctx, o.ID, r.ID, e.config.ExportShapes)
		return o.ID, err
	})
	if problem := refusals.of(err); problem != "" {
		told, failed := text(problem)
		if failed != nil {
			return failed
		}
		return e.renderSubjectRequest(q, http.StatusConflict, o, r, []string{told}, nil)
	}
	if err != nil {
		return err
	}
	q.w.Header().Set("Content-Type", "application/zip")
	q.w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", "subject-request-"+r.ID+".zip"))
	q.w.WriteHeader(http.StatusOK)
	if err := export.Write(q.Context(), q.w); err != nil {
		e.config.Logger.WarnContext(q.Context(), "editor: an export was cut off", "request", r.ID, "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}
