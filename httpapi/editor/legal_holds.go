package editor

import (
	"context"
	"errors"
	"net/http"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/org/member"
)

// holdKind is what legal holds are called in the trail.
const holdKind = "legal_hold"

// holdList is the page of the legal holds, with the form that places one.
type holdList struct {
	head
	Path           string
	Rows           []hold.Hold
	Next           string // id that the next page begins behind; empty on the last page
	First          bool
	Saved          bool
	MayWrite       bool
	MaySeeSubjects bool
	Fields         []field
	Problems       []field
	Others         []string // what is wrong with no field
}

func (e *Editor) holdRoutes() {
	const path = "/organizations/{id}/legal-holds"
	e.signedIn("GET "+path, e.listHolds)
	e.signedIn("POST "+path, e.placeHold)
	e.signedIn("GET "+path+"/{resource}/release", e.askRelease)
	e.signedIn("POST "+path+"/{resource}/release", e.releaseHold)
}

func holdsPath(o org.Organization) string { return "/organizations/" + o.ID + "/legal-holds" }

func holdInputs() []input[hold.Draft] {
	var targets []string
	names := map[string]string{}
	for _, t := range hold.Targets() {
		targets = append(targets, string(t))
		names[string(t)] = texts()["legal-holds.on."+string(t)]
	}
	target := choice("target", targets, func(d *hold.Draft) *hold.Target { return &d.Target })
	target.names = names
	return []input[hold.Draft]{
		target,
		line("value", lineInput, func(d *hold.Draft) *string { return &d.Value }),
		line("reason", lineInput, func(d *hold.Draft) *string { return &d.Reason }),
	}
}

// listHolds shows them, newest first. The address may fill the form in.
func (e *Editor) listHolds(q *request) error {
	o, err := q.organization(member.ReadLegalHolds)
	if err != nil {
		return err
	}
	draft := hold.Draft{Target: hold.OfNumber}
	if asked := q.URL.Query(); asked.Has("target") {
		_ = apply(&draft, holdInputs(), asked) // lines and choices can always be read
	}
	return e.renderHolds(q, http.StatusOK, o, draft, holdList{}, nil)
}

func (e *Editor) renderHolds(q *request, status int, o org.Organization, draft hold.Draft, view holdList, problems fieldProblems) error {
	all, err := e.config.Holds.List(q.Context(), o, org.Page{})
	if err != nil {
		return err
	}
	view.head, view.Path, view.Saved = q.head(o, "legal-holds"), holdsPath(o), q.URL.Query().Has("saved")
	view.MayWrite = q.who.May(member.WriteLegalHolds)
	view.MaySeeSubjects = e.config.Subjects != nil && q.who.May(member.ReadSubjectRequests)
	view.Rows, view.Next, view.First = newestFirst(q, all, func(h hold.Hold) string { return h.ID })
	if view.MayWrite {
		view.Fields = labelled("legal-holds", fieldsOf(holdInputs(), &draft, &draft, q.form, problems))
		view.Problems = broken(view.Fields)
	}
	return q.show(status, "legal-holds", view)
}

func (e *Editor) placeHold(q *request) error {
	o, err := q.organization(member.WriteLegalHolds)
	if err != nil {
		return err
	}
	var draft hold.Draft
	_ = apply(&draft, holdInputs(), q.form) // lines and choices can always be read
	err = q.recorded("place-legal-hold", holdKind, func(ctx context.Context, record *audit.Record) (string, error) {
		h, err := e.config.Holds.Place(ctx, o, draft)
		if err == nil {
			record.About(audit.Object{Kind: holdKind, ID: h.ID})
		}
		return o.ID, err
	})
	if err == nil {
		return q.redirect(holdsPath(o) + "?saved")
	}
	status, others, problems, form := refusalOf(err)
	if !form {
		return err
	}
	return e.renderHolds(q, status, o, draft, holdList{Others: others}, problems)
}

// hold returns the one of the path, for whoever may release it.
func (q *request) hold() (o org.Organization, h hold.Hold, err error) {
	if o, err = q.organization(member.WriteLegalHolds); err != nil {
		return o, h, err
	}
	id, err := q.resource()
	if err != nil {
		return o, h, err
	}
	h, err = q.editor.config.Holds.Get(q.Context(), o, id)
	return o, h, err
}

// releaseInputs ask why.
func releaseInputs() []input[hold.Hold] {
	return []input[hold.Hold]{line("reason", lineInput, func(h *hold.Hold) *string { return &h.ReleaseReason })}
}

func (e *Editor) askRelease(q *request) error {
	o, h, err := q.hold()
	if err != nil {
		return err
	}
	return q.askReleaseAgain(http.StatusOK, o, h, "", nil)
}

func (q *request) askReleaseAgain(status int, o org.Organization, h hold.Hold, problem string, problems fieldProblems) error {
	view := confirmation{
		head: q.head(o, "legal-holds"), Key: "legal-holds.release", Subject: h.Reason, Action: holdsPath(o) + "/" + h.ID + "/release",
		Back: holdsPath(o), Version: h.Version, Bad: true, Problem: problem,
		Fields: fieldsOf(releaseInputs(), &h, &h, q.form, problems),
	}
	view.Fields[0].Key = "legal-holds.why"
	view.Facts = labelled("legal-holds", fieldsOf(holdInputs()[:2], &hold.Draft{Target: h.Target, Value: h.Value}, &hold.Draft{}, nil, nil))
	return q.show(status, "confirm", view)
}

// releaseHold ends a hold, unless it is another one by now than the one that was
// looked at.
func (e *Editor) releaseHold(q *request) error {
	o, h, err := q.hold()
	if err != nil {
		return err
	}
	var reason hold.Hold
	_ = apply(&reason, releaseInputs(), q.form) // a line can always be read
	err = q.recorded("release-legal-hold", holdKind, func(ctx context.Context, record *audit.Record) (string, error) {
		record.About(audit.Object{Kind: holdKind, ID: h.ID})
		_, err := e.config.Holds.Release(ctx, o, h.ID, q.seenVersion(), reason.ReleaseReason)
		return o.ID, err
	})
	problems, form := problemsOf(err)
	switch {
	case err == nil:
		return q.redirect(holdsPath(o) + "?saved")
	case errors.Is(err, org.ErrVersionMismatch):
		return q.askReleaseAgain(http.StatusConflict, o, h, "confirm.changed", nil)
	case refusals.of(err) != "":
		return q.askReleaseAgain(http.StatusConflict, o, h, refusals.of(err), nil)
	case form:
		return q.askReleaseAgain(http.StatusUnprocessableEntity, o, h, "", problems)
	}
	return err
}
