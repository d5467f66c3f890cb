package editor

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
)

// resourceForm is the page that adds or edits a resource.
type resourceForm struct {
	head
	Key      string // of its kind's texts
	Subject  string // what is edited; empty for a new one
	Path     string // of the resource
	List     string // path of the list
	Version  int64
	Fields   []field
	Problems []field
	Others   []string // what is wrong with no field of the form
	Conflict bool
	Unsaved  bool
	Password bool // its phone has one
}

func (s screen[T]) showNew(q *request) error {
	o, err := q.organization(member.WriteSetup)
	if err != nil {
		return err
	}
	v := s.defaults()
	return s.render(q, http.StatusOK, o, v, v, resourceForm{}, nil)
}

func (s screen[T]) show(q *request) error {
	o, v, err := s.one(q)
	if err != nil {
		return err
	}
	return s.render(q, http.StatusOK, o, v, v, resourceForm{}, nil)
}

// add saves a new resource and gives its deploy a moment.
func (s screen[T]) add(q *request) error {
	o, err := q.organization(member.WriteSetup)
	if err != nil {
		return err
	}
	snapshot, err := s.editor.config.Resources.Snapshot(q.Context(), o.ID)
	if err != nil {
		return err
	}
	entered := s.defaults()
	unread := apply(&entered, s.inputs(snapshot), q.form)
	var made T
	var secret org.Secret
	err = q.recorded("create-"+s.operation(), string(s.kind), func(ctx context.Context, record *audit.Record) (_ string, err error) {
		if unread != nil {
			return o.ID, unread
		}
		made, secret, err = s.create(ctx, o.ID, entered)
		if err == nil {
			record.About(audit.Object{Kind: string(s.kind), ID: s.meta(made).ID})
		}
		return o.ID, err
	})
	if err != nil {
		return s.again(q, o, s.defaults(), entered, err)
	}
	if secret != "" {
		return s.editor.showSIP(q, o, s.meta(made).ID, secret)
	}
	return s.saved(q, o)
}

// save saves what was entered, unless somebody else saved meanwhile.
func (s screen[T]) save(q *request) error {
	o, v, err := s.one(q)
	if err != nil {
		return err
	}
	snapshot, err := s.editor.config.Resources.Snapshot(q.Context(), o.ID)
	if err != nil {
		return err
	}
	edit := func(v *T) error { return apply(v, s.inputs(snapshot), q.form) }
	err = q.recorded("update-"+s.operation(), string(s.kind), func(ctx context.Context, record *audit.Record) (string, error) {
		record.About(audit.Object{Kind: string(s.kind), ID: s.meta(v).ID})
		_, err := s.set.Update(ctx, o.ID, s.meta(v).ID, q.seenVersion(), edit)
		return o.ID, err
	})
	if err == nil {
		return s.saved(q, o)
	}
	entered, failed := s.set.Get(q.Context(), o.ID, s.meta(v).ID)
	if failed != nil {
		return failed
	}
	_ = edit(&entered) // what cannot be read is in err, or told when it is sent again
	return s.again(q, o, v, entered, err)
}

// saved gives the deploy its moment and goes back to the list.
func (s screen[T]) saved(q *request, o org.Organization) error {
	if _, _, err := s.editor.deploy(q, o); err != nil {
		return err
	}
	return q.redirect(s.path(o) + "?saved")
}

// again shows a form that could not be saved, with why.
func (s screen[T]) again(q *request, o org.Organization, saved, entered T, err error) error {
	view := resourceForm{Unsaved: true, Conflict: errors.Is(err, org.ErrVersionMismatch)}
	var exceeded *limits.ExceededError
	var used *resource.InUseError
	switch {
	case view.Conflict:
		return s.render(q, http.StatusConflict, o, saved, entered, view, nil)
	case errors.As(err, &exceeded):
		view.Others = []string{exceeded.Error()}
		return s.render(q, http.StatusConflict, o, saved, entered, view, nil)
	case errors.As(err, &used):
		told, failed := s.editor.usedBy(q, o, used.By)
		if failed != nil {
			return failed
		}
		view.Others = []string{told}
		return s.render(q, http.StatusConflict, o, saved, entered, view, nil)
	}
	problems, form := problemsOf(err)
	if !form {
		return err
	}
	return s.render(q, http.StatusUnprocessableEntity, o, saved, entered, view, problems)
}

func (s screen[T]) render(q *request, status int, o org.Organization, saved, entered T, view resourceForm, problems fieldProblems) error {
	snapshot, err := s.editor.config.Resources.Snapshot(q.Context(), o.ID)
	if err != nil {
		return err
	}
	view.head, view.Key, view.List = q.head(o, s.key), s.key, s.path(o)
	view.Path, view.Version = view.List+"/new", s.meta(saved).Version
	if id := s.meta(saved).ID; id != "" {
		view.Subject, view.Path, view.Password = s.title(saved), view.List+"/"+id, s.password
	}
	problems = problems.ofLists()
	view.Fields = fieldsOf(s.inputs(snapshot), &entered, &saved, q.form, problems)
	for i := range view.Fields {
		f := &view.Fields[i]
		f.Key = s.key + "." + f.Name
		f.Theirs = view.Conflict && f.Changed
		if f.Problem != "" {
			view.Problems = append(view.Problems, *f)
			delete(problems, f.Name)
		}
	}
	for name, problem := range problems {
		if strings.HasSuffix(name, "type") { // of a destination: told beside its number
			continue
		}
		view.Others = append(view.Others, name+" "+problem)
	}
	return q.show(status, "resource", view)
}
