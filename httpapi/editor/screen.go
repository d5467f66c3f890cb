package editor

import (
	"context"

	"github.com/google/uuid"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
)

// screen is the pages of one kind of thing that an organisation has, T in the
// domain: a list, a form and a way to delete. What differs between kinds is in
// here.
type screen[T any] struct {
	editor     *Editor
	key        string        // of its path and texts
	kind       resource.Kind // of its objects, and in the operations of the trail
	adding     string        // what the API calls adding one; create-<kind> when empty
	see, write member.Permission
	deployed   bool // the PBX has it: a change is deployed
	set        func(*request) resourceSet[T]
	create     func(ctx context.Context, q *request, organizationID string, v T) (T, afterwards, error)
	defaults   func() T
	meta       func(T) resource.Meta
	title      func(T) string
	columns    []string                                             // names of inputs and facts that the list shows
	inputs     func(resource.Snapshot) []input[T]                   // the snapshot is empty where it is not deployed
	added      []input[T]                                           // inputs of a new one alone, before the others
	facts      []input[T]                                           // shown and never entered
	watched    func(*request, org.Organization) ([]input[T], error) // facts that are asked for, once a page; nil for none
	deeds      []deedOn[T]
	also       []deedLink // other pages of each
}

// resourceSet is what [resource.Set], [resource.Users] and others have in common.
type resourceSet[T any] interface {
	Get(ctx context.Context, organizationID, id string) (T, error)
	List(ctx context.Context, organizationID string, page org.Page) ([]T, error)
	Delete(ctx context.Context, organizationID, id string, ifVersion int64) error
}

// editable is a [resourceSet] whose resources can be edited.
type editable[T any] interface {
	Update(ctx context.Context, organizationID, id string, ifVersion int64, edit func(*T) error) (T, error)
}

// afterwards shows what a write has brought that is shown this once, such as a
// secret. The list is shown when it is nil.
type afterwards func(*request, org.Organization) error

// mounted is a screen whose kind does not matter.
type mounted interface {
	tab() tab
	of() resource.Kind
	routes()
}

func (s screen[T]) tab() tab {
	area := "access"
	if s.deployed {
		area = "telephony"
	}
	return tab{area, s.key, "/" + s.key, s.see}
}

func (s screen[T]) of() resource.Kind { return s.kind }

func (s screen[T]) routes() {
	path := "/organizations/{id}/" + s.key
	s.editor.signedIn("GET "+path, s.list)
	s.editor.signedIn("GET "+path+"/new", s.showNew)
	s.editor.signedIn("POST "+path+"/new", s.add)
	s.editor.signedIn("GET "+path+"/{resource}", s.show)
	s.editor.signedIn("POST "+path+"/{resource}", s.save)
	s.editor.signedIn("GET "+path+"/{resource}/delete", s.askDelete)
	s.editor.signedIn("POST "+path+"/{resource}/delete", s.delete)
	for _, d := range s.deeds {
		s.editor.signedIn("GET "+path+"/{resource}/"+d.path, s.askDeed(d))
		s.editor.signedIn("POST "+path+"/{resource}/"+d.path, s.doDeed(d))
	}
}

func (s screen[T]) path(o org.Organization) string { return "/organizations/" + o.ID + "/" + s.key }

// resource returns the id in the path.
func (q *request) resource() (string, error) {
	id := q.PathValue("resource")
	if uuid.Validate(id) != nil {
		return "", org.ErrNotFound
	}
	return id, nil
}

// one returns the organisation and the resource of the path, for whoever may
// change it.
func (s screen[T]) one(q *request) (o org.Organization, v T, err error) {
	if o, err = q.organization(s.write); err != nil {
		return o, v, err
	}
	id, err := q.resource()
	if err != nil {
		return o, v, err
	}
	v, err = s.set(q).Get(q.Context(), o.ID, id)
	return o, v, err
}

// snapshot is what the choices of the inputs are from.
func (s screen[T]) snapshot(q *request, o org.Organization) (resource.Snapshot, error) {
	if !s.deployed {
		return resource.Snapshot{Organization: o}, nil
	}
	return s.editor.config.Resources.Snapshot(q.Context(), o.ID)
}

// shownFacts are the facts of a page.
func (s screen[T]) shownFacts(q *request, o org.Organization) ([]input[T], error) {
	if s.watched == nil {
		return s.facts, nil
	}
	found, err := s.watched(q, o)
	return append(found, s.facts...), err
}

// newInputs are those of what is not there yet.
func (s screen[T]) newInputs(snapshot resource.Snapshot) []input[T] {
	return append(append([]input[T]{}, s.added...), s.inputs(snapshot)...)
}
