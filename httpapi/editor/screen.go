package editor

import (
	"context"

	"github.com/google/uuid"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
)

// screen is the pages of one kind of resource, T in the domain: a list, a form
// and a way to delete. What differs between kinds is in here.
type screen[T any] struct {
	editor   *Editor
	key      string        // of its path and texts
	kind     resource.Kind // of its objects, and in the operations of the trail
	see      member.Permission
	set      resourceSet[T]
	create   func(ctx context.Context, organizationID string, v T) (T, org.Secret, error)
	defaults func() T
	meta     func(T) resource.Meta
	title    func(T) string
	columns  []string // names of inputs that the list shows
	inputs   func(resource.Snapshot) []input[T]
	password bool // each has a SIP password, which can be rotated
}

// resourceSet is what [resource.Set] and [resource.Users] have in common.
type resourceSet[T any] interface {
	Get(ctx context.Context, organizationID, id string) (T, error)
	List(ctx context.Context, organizationID string, page org.Page) ([]T, error)
	Update(ctx context.Context, organizationID, id string, ifVersion int64, edit func(*T) error) (T, error)
	Delete(ctx context.Context, organizationID, id string, ifVersion int64) error
}

// mounted is a screen whose kind does not matter.
type mounted interface {
	tab() tab
	routes()
}

func (s screen[T]) tab() tab { return tab{s.key, "/" + s.key, s.see} }

func (s screen[T]) routes() {
	path := "/organizations/{id}/" + s.key
	s.editor.signedIn("GET "+path, s.list)
	s.editor.signedIn("GET "+path+"/new", s.showNew)
	s.editor.signedIn("POST "+path+"/new", s.add)
	s.editor.signedIn("GET "+path+"/{resource}", s.show)
	s.editor.signedIn("POST "+path+"/{resource}", s.save)
	s.editor.signedIn("GET "+path+"/{resource}/delete", s.askDelete)
	s.editor.signedIn("POST "+path+"/{resource}/delete", s.delete)
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
	if o, err = q.organization(member.WriteSetup); err != nil {
		return o, v, err
	}
	id, err := q.resource()
	if err != nil {
		return o, v, err
	}
	v, err = s.set.Get(q.Context(), o.ID, id)
	return o, v, err
}
