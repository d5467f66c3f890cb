package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// resourceHead is what every resource starts with.
type resourceHead struct {
	ID        string       `json:"id" doc:"UUIDv7; it never changes." example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
	CreatedAt time.Time    `json:"created_at" example:"2026-01-05T09:30:00Z"`
	UpdatedAt time.Time    `json:"updated_at" example:"2026-01-05T09:30:00Z"`
	Config    *configState `json:"config,omitempty" doc:"How far the PBX is. Only in the answer to a write."`
}

func showHead(m resource.Meta, config *configState) resourceHead {
	return resourceHead{ID: m.ID, CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt, Config: config}
}

// resourceSet is what [resource.Set] and [resource.Users] have in common.
type resourceSet[T any] interface {
	Get(ctx context.Context, organizationID, id string) (T, error)
	List(ctx context.Context, organizationID string, page org.Page) ([]T, error)
	Update(ctx context.Context, organizationID, id string, ifVersion int64, edit func(*T) error) (T, error)
	Delete(ctx context.Context, organizationID, id string, ifVersion int64) error
}

// resourceKind is one kind of resource: T in the domain, Req in requests, Resp
// in answers.
type resourceKind[T, Req, Resp any] struct {
	tag      string
	path     string // of the collection, after basePath
	id       string // in operation ids
	name     string // for people, with article
	plural   string
	required []string // what a POST cannot leave out
	example  any      // of a POST, where the fields' own do not make a good one
	set      resourceSet[T]
	apply    func(organizationID string, req Req, v *T) error
	meta     func(T) resource.Meta
	show     func(v T, config *configState) Resp
	unseen   bool // by the PBX: a write is not deployed
}

// registerResource adds the operations that are the same for every kind: all
// but POST, whose answer may carry secrets.
func registerResource[T, Req, Resp any](a *API, k resourceKind[T, Req, Resp]) {
	register(a, k.listOperation(), k.list)
	register(a, k.getOperation(), k.get)
	for _, method := range []string{http.MethodPatch, http.MethodPut} {
		register(a, k.updateOperation(method), k.update)
	}
	register(a, k.deleteOperation(), k.delete)
}

// registerCreate adds the POST of a kind.
func registerCreate[T, Req, Resp, Created any](a *API, k resourceKind[T, Req, Resp], description string,
	create func(c *call, req Req) (reply[Created], error),
) {
	register(a, operation{
		id: "create-" + k.id, method: http.MethodPost, path: basePath + k.path, access: organizations,
		tag: k.tag, summary: "Add " + k.name, description: description,
		status: http.StatusCreated, required: k.required, example: k.example, etag: true, problems: []int{http.StatusConflict},
	}, create)
}

// createPlain is the POST of a kind without secrets.
func createPlain[T, Req, Resp any](k resourceKind[T, Req, Resp], set *resource.Set[T], defaults func() T) func(*call, Req) (reply[Resp], error) {
	return func(c *call, req Req) (reply[Resp], error) {
		v := defaults()
		if err := k.apply(c.organizationID, req, &v); err != nil {
			return reply[Resp]{}, err
		}
		v, err := set.Create(c.ctx(), c.organizationID, v)
		if err != nil {
			return reply[Resp]{}, err
		}
		return k.written(c, v), nil
	}
}

// written is the answer to a write.
func (k resourceKind[T, Req, Resp]) written(c *call, v T) reply[Resp] {
	return reply[Resp]{body: k.show(v, k.settle(c)), version: k.meta(v).Version}
}

func (k resourceKind[T, Req, Resp]) listOperation() operation {
	return operation{
		id: "list-" + k.id + "s", method: http.MethodGet, path: basePath + k.path, access: organizations,
		tag: k.tag, summary: "List the " + k.plural, query: pageParams(),
	}
}

func (k resourceKind[T, Req, Resp]) list(c *call, _ nothing) (reply[page[Resp]], error) {
	asked, err := c.page()
	if err != nil {
		return reply[page[Resp]]{}, err
	}
	read := func(p org.Page) ([]T, error) { return k.set.List(c.ctx(), c.organizationID, p) }
	id := func(v T) string { return k.meta(v).ID }
	out, err := pageOf(asked, read, id, func(v T) Resp { return k.show(v, nil) })
	if err == nil && len(out.Items) == 0 {
		err = c.mustExist()
	}
	return reply[page[Resp]]{body: out}, err
}

func (k resourceKind[T, Req, Resp]) getOperation() operation {
	return operation{
		id: "get-" + k.id, method: http.MethodGet, path: basePath + k.path + "/{id}", access: organizations,
		tag: k.tag, summary: "Read " + k.name, etag: true,
	}
}

func (k resourceKind[T, Req, Resp]) get(c *call, _ nothing) (reply[Resp], error) {
	id, err := c.pathID("id")
	if err != nil {
		return reply[Resp]{}, err
	}
	v, err := k.set.Get(c.ctx(), c.organizationID, id)
	if err != nil {
		return reply[Resp]{}, err
	}
	return reply[Resp]{body: k.show(v, nil), version: k.meta(v).Version}, nil
}

func (k resourceKind[T, Req, Resp]) updateOperation(method string) operation {
	op := operation{
		id: "update-" + k.id, method: method, path: basePath + k.path + "/{id}", access: organizations,
		tag: k.tag, summary: "Change " + k.name, description: mergePatch,
		change: true, ifMatch: true, etag: true, problems: []int{http.StatusConflict},
	}
	if method == http.MethodPut {
		op.id = "put-" + k.id
		op.description = samePut
	}
	return op
}

func (k resourceKind[T, Req, Resp]) update(c *call, req Req) (reply[Resp], error) {
	id, version, err := c.target()
	if err != nil {
		return reply[Resp]{}, err
	}
	v, err := k.set.Update(c.ctx(), c.organizationID, id, version, func(v *T) error {
		if err := c.echo.check(k.show(*v, nil)); err != nil {
			return err
		}
		return k.apply(c.organizationID, req, v)
	})
	if err != nil {
		return reply[Resp]{}, err
	}
	return k.written(c, v), nil
}

func (k resourceKind[T, Req, Resp]) deleteOperation() operation {
	return operation{
		id: "delete-" + k.id, method: http.MethodDelete, path: basePath + k.path + "/{id}", access: organizations,
		tag: k.tag, summary: "Remove " + k.name, description: "Refused while something still points at it.",
		status: http.StatusNoContent, ifMatch: true, problems: []int{http.StatusConflict},
	}
}

func (k resourceKind[T, Req, Resp]) delete(c *call, _ nothing) (reply[nothing], error) {
	id, version, err := c.target()
	if err != nil {
		return reply[nothing]{}, err
	}
	if err := k.set.Delete(c.ctx(), c.organizationID, id, version); err != nil {
		return reply[nothing]{}, err
	}
	k.settle(c)
	return reply[nothing]{}, nil
}

// settle is that of the call, where the PBX has to learn of a write.
func (k resourceKind[T, Req, Resp]) settle(c *call) *configState {
	if k.unseen {
		return nil
	}
	return c.settle(c.organizationID)
}

// target returns the object that a write is about, and the version that
// If-Match asks for.
func (c *call) target() (id string, version int64, err error) {
	if version, err = c.ifMatch(); err != nil {
		return "", 0, err
	}
	id, err = c.pathID("id")
	return id, version, err
}

// What the documents say of the two ways to change an object.
const (
	mergePatch = "A merge patch: fields that are left out stay, nested objects merge. Null clears a field that may be empty, makes a limit unlimited, and a retention endless. " + sendBack
	samePut    = "The same as PATCH: fields that are left out stay. " + sendBack
	sendBack   = "An object can be sent back as it was read: fields that cannot be changed, such as id, are refused only where they differ, and config and the times are ignored."
)
