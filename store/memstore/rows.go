package memstore

import (
	"cmp"
	"slices"

	"github.com/orgpbx/orgpbx/org"
)

// rows are all objects of one kind that one organisation has, in order of id.
// Neither the slice nor what it points at is changed once it is saved, so any
// number of readers may hold it.
type rows[T any] []*T

// find returns where the id is, or where it would have to be put.
func (k kind[T]) find(r rows[T], id string) (at int, found bool) {
	return slices.BinarySearchFunc(r, id, func(v *T, id string) int { return cmp.Compare(k.id(v), id) })
}

func (k kind[T]) get(r rows[T], id string) (T, error) {
	at, found := k.find(r, id)
	if !found {
		var none T
		return none, org.ErrNotFound
	}
	return k.clone(*r[at]), nil
}

func (k kind[T]) list(r rows[T], page org.Page) []T {
	if page.After != "" {
		at, found := k.find(r, page.After)
		if found {
			at++
		}
		r = r[at:]
	}
	if page.Limit > 0 {
		r = r[:min(page.Limit, len(r))]
	}
	return k.all(r)
}

func (k kind[T]) all(r rows[T]) []T {
	list := make([]T, len(r))
	for i, v := range r {
		list[i] = k.clone(*v)
	}
	return list
}

// duplicate returns an [*org.DuplicateError] when another row of r has a value
// that v must not share.
func (k kind[T]) duplicate(r rows[T], v *T) error {
	for _, u := range k.unique {
		value := u.value(v)
		taken := func(other *T) bool { return k.id(other) != k.id(v) && u.value(other) == value }
		if value != "" && slices.ContainsFunc(r, taken) {
			return &org.DuplicateError{Field: u.field}
		}
	}
	return nil
}

// claims returns what v has that no other organisation may have.
func (k kind[T]) claims(v *T) []claim {
	var list []claim
	for _, u := range k.unique {
		if u.platform {
			list = append(list, claim{u.field, u.value(v)})
		}
	}
	return list
}
