package editor

import (
	"context"
	"net/http"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// revealInputs ask why somebody wants to see what is masked.
func revealInputs() []input[string] {
	return []input[string]{line("reason", lineInput, func(reason *string) *string { return reason })}
}

// revealForm returns the fields of the form on the page of a call, none where nothing
// is masked or the caller may not see it.
func (q *request) revealForm(o org.Organization, problems fieldProblems) []field {
	if !o.Compliance.PIIMasking || !q.who.May(member.RevealCalls) {
		return nil
	}
	var none string
	return labelled("calls", fieldsOf(revealInputs(), &none, &none, q.form, problems))
}

// revealCall shows a call with what is masked, this once. Each request is an entry of
// the trail, as in the API.
func (e *Editor) revealCall(q *request) error {
	id, err := q.resource()
	if err != nil {
		return err
	}
	var reason string
	_ = apply(&reason, revealInputs(), q.form) // a line can always be read
	var o org.Organization
	var revealed cdr.Call
	err = q.recorded("reveal-call", "call", func(ctx context.Context, record *audit.Record) (string, error) {
		record.About(audit.Object{Kind: "call", ID: id})
		if o, err = q.organization(member.RevealCalls); err != nil {
			return q.who.Organization.ID, err
		}
		revealed, err = e.config.Calls.Reveal(ctx, o, id, reason)
		return o.ID, err
	})
	problems, form := problemsOf(err)
	switch {
	case !form:
		return err
	case err == nil:
		return e.renderCall(q, http.StatusOK, o, revealed, callPage{Revealed: true})
	}
	c, err := e.config.Calls.Get(q.Context(), o, id)
	if err != nil {
		return err
	}
	return e.renderCall(q, http.StatusUnprocessableEntity, o, c, callPage{Reveal: q.revealForm(o, problems)})
}
