package editor

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
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
	Moved    string // the extension of the member that a button has moved
	Fixed    bool   // it is there and cannot be edited
	Deployed bool   // saving it deploys it
	Facts    []field
	Deeds    []deedLink
}

func (s screen[T]) showNew(q *request) error {
	o, err := q.organization(s.write)
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
	o, err := q.organization(s.write)
	if err != nil {
		return err
	}
	snapshot, err := s.snapshot(q, o)
	if err != nil {
		return err
	}
	if q.form.Has(memberMove) {
		return s.rearrange(q, o, s.defaults(), s.newInputs(snapshot))
	}
	entered := s.defaults()
	unread := apply(&entered, s.newInputs(snapshot), q.form)
	var made T
	var shown afterwards
	err = q.recorded(cmp.Or(s.adding, "create-"+s.operation()), string(s.kind), func(ctx context.Context, record *audit.Record) (_ string, err error) {
		if unread != nil {
			return o.ID, unread
		}
		made, shown, err = s.create(ctx, q, o.ID, entered)
		if err == nil {
			record.About(audit.Object{Kind: string(s.kind), ID: s.meta(made).ID})
		}
		return o.ID, err
	})
	if err != nil {
		return s.again(q, o, s.defaults(), entered, err)
	}
	return s.saved(q, o, shown)
}

// save saves what was entered, unless somebody else saved meanwhile.
func (s screen[T]) save(q *request) error {
	o, v, err := s.one(q)
	if err != nil {
		return err
	}
	set, canBe := s.set(q).(editable[T])
	if !canBe {
		return errNoPage
	}
	snapshot, err := s.snapshot(q, o)
	if err != nil {
		return err
	}
	if q.form.Has(memberMove) {
		return s.rearrange(q, o, v, s.inputs(snapshot))
	}
	edit := func(v *T) error { return apply(v, s.inputs(snapshot), q.form) }
	err = q.recorded("update-"+s.operation(), string(s.kind), func(ctx context.Context, record *audit.Record) (string, error) {
		record.About(audit.Object{Kind: string(s.kind), ID: s.meta(v).ID})
		_, err := set.Update(ctx, o.ID, s.meta(v).ID, q.seenVersion(), edit)
		return o.ID, err
	})
	if err == nil {
		return s.saved(q, o, nil)
	}
	entered, failed := s.set(q).Get(q.Context(), o.ID, s.meta(v).ID)
	if failed != nil {
		return failed
	}
	_ = edit(&entered) // what cannot be read is in err, or told when it is sent again
	return s.again(q, o, v, entered, err)
}

// rearrange shows a form with its members in another order, or others. Nothing
// is saved.
func (s screen[T]) rearrange(q *request, o org.Organization, saved T, inputs []input[T]) error {
	moveMembers(q.form)
	entered := saved
	problems, form := problemsOf(apply(&entered, inputs, q.form))
	if !form {
		return errUnreadable
	}
	_, moved, _ := strings.Cut(q.form.Get(memberMove), " ")
	return s.render(q, http.StatusOK, o, saved, entered, resourceForm{Unsaved: true, Moved: moved}, problems)
}

// saved gives the deploy its moment, and shows what a write has brought or goes
// back to the list.
func (s screen[T]) saved(q *request, o org.Organization, shown afterwards) error {
	if s.deployed {
		var err error
		if o, _, err = s.editor.deploy(q, o); err != nil {
			return err
		}
	}
	if shown != nil {
		return shown(q, o)
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
	case refusals.of(err) != "":
		told, failed := text(refusals.of(err))
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
	snapshot, err := s.snapshot(q, o)
	if err != nil {
		return err
	}
	inputs := s.newInputs(snapshot)
	view.Deployed, view.head, view.Key, view.List = s.deployed, q.head(o, s.key), s.key, s.path(o)
	view.Path, view.Version = view.List+"/new", s.meta(saved).Version
	if id := s.meta(saved).ID; id != "" {
		inputs = s.inputs(snapshot)
		view.Subject, view.Path = s.title(saved), view.List+"/"+id
		facts, err := s.shownFacts(q, o)
		if err != nil {
			return err
		}
		view.Facts = labelled(s.key, fieldsOf(facts, &saved, &saved, nil, nil))
		_, canBe := s.set(q).(editable[T])
		view.Fixed = !canBe
		for _, page := range s.also {
			view.Deeds = append(view.Deeds, deedLink{view.Path + "/" + page.Path, page.Key})
		}
		for _, d := range s.deeds {
			if d.offered(q, saved) {
				view.Deeds = append(view.Deeds, deedLink{view.Path + "/" + d.path, d.key})
			}
		}
	}
	problems = problems.ofLists()
	view.Fields = labelled(s.key, fieldsOf(inputs, &entered, &saved, q.form, problems))
	for i := range view.Fields {
		f := &view.Fields[i]
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
