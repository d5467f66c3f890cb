package resource

import (
	"context"
	"fmt"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
)

// Set is one kind of resource of all organisations: the same five operations
// for every kind but users. [Users] is the same for users.
type Set[T any] struct {
	svc  *Service
	kind kind[T]
}

// kind is what is different between kinds of resource.
type kind[T any] struct {
	name   Kind
	quota  limits.Kind // "" for kinds without a quota
	finder func(Store) Finder[T]
	table  func(Tx) Table[T]
	meta   func(*T) *Meta
	// check returns an error when the value breaks a rule of its own, or
	// points at something that is not there.
	check func(ctx context.Context, tx Tx, organizationID string, v *T) error
	// secrets are the fields whose values stay out of the trail.
	secrets []string
	// keep copies what no edit may change from old to edited, and returns the
	// destinations that the edit takes away. It may be nil.
	keep func(old T, edited *T) (lost []Destination)
}

// Create adds a resource and returns it with its id. It returns
// [org.ErrNotFound] when there is no such organisation, a
// [*limits.ExceededError] at the limit, an [*org.InvalidError] that lists the
// broken rules, or an [*org.DuplicateError]; nothing is saved then.
func (s *Set[T]) Create(ctx context.Context, organizationID string, v T) (T, error) {
	return s.create(ctx, organizationID, func(org.Organization) (T, error) { return v, nil })
}

// create is Create for a value that is made once the organisation is known.
func (s *Set[T]) create(ctx context.Context, organizationID string, build func(org.Organization) (T, error)) (T, error) {
	var v T
	err := s.svc.store.Change(ctx, organizationID, func(tx Tx) (err error) {
		v, err = s.insert(ctx, tx, organizationID, build)
		return err
	})
	return s.written(organizationID, v, "create", err)
}

// insert adds a resource in a transaction.
func (s *Set[T]) insert(ctx context.Context, tx Tx, organizationID string, build func(org.Organization) (T, error)) (T, error) {
	var none T
	if err := s.checkQuota(ctx, tx, organizationID); err != nil {
		return none, err
	}
	v, err := build(tx.Organization())
	if err != nil {
		return none, err
	}
	now := s.svc.now()
	*s.kind.meta(&v) = Meta{ID: s.svc.opts.NewID(), Version: 1, CreatedAt: now, UpdatedAt: now}
	if err := s.kind.check(ctx, tx, organizationID, &v); err != nil {
		return none, err
	}
	if err := s.kind.changed(ctx, tx, now, nil, &v); err != nil {
		return none, err
	}
	return v, s.kind.table(tx).Insert(ctx, organizationID, v)
}

func (s *Set[T]) checkQuota(ctx context.Context, tx Tx, organizationID string) error {
	if s.kind.quota == "" {
		return nil
	}
	counts, err := tx.Counts(ctx, organizationID)
	if err != nil {
		return err
	}
	return limits.Check(s.kind.quota, tx.Organization().Settings.Quota(s.kind.quota), counts[s.kind.quota])
}

// Get returns one resource, or [org.ErrNotFound].
func (s *Set[T]) Get(ctx context.Context, organizationID, id string) (T, error) {
	v, err := s.kind.finder(s.svc.store).Get(ctx, organizationID, id)
	if err != nil {
		return v, fmt.Errorf("get %s: %w", s.kind.name, err)
	}
	return v, nil
}

// List returns a page of resources, oldest first.
func (s *Set[T]) List(ctx context.Context, organizationID string, page org.Page) ([]T, error) {
	list, err := s.kind.finder(s.svc.store).List(ctx, organizationID, page)
	if err != nil {
		return nil, fmt.Errorf("list %ss: %w", s.kind.name, err)
	}
	return list, nil
}

// Update runs edit on a resource and saves the result. ifVersion is the
// version the caller has seen, 0 for any. Beside the errors of Create it
// returns [org.ErrVersionMismatch], an [*InUseError] when others point at what
// the edit takes away, or the error of edit; nothing is saved then.
func (s *Set[T]) Update(ctx context.Context, organizationID, id string, ifVersion int64, edit func(*T) error) (T, error) {
	var v T
	err := s.svc.store.Change(ctx, organizationID, func(tx Tx) error {
		old, err := s.lockedAt(ctx, tx, organizationID, id, ifVersion)
		if err != nil {
			return err
		}
		// Read again rather than copied: a copy of old would share its slices.
		if v, err = s.kind.table(tx).Get(ctx, organizationID, id); err != nil {
			return err
		}
		if err := edit(&v); err != nil {
			return err
		}
		meta := *s.kind.meta(&old)
		meta.Version++
		meta.UpdatedAt = s.svc.now()
		*s.kind.meta(&v) = meta
		if err := s.keep(ctx, tx, organizationID, old, &v); err != nil {
			return err
		}
		if err := s.kind.check(ctx, tx, organizationID, &v); err != nil {
			return err
		}
		if err := s.kind.changed(ctx, tx, meta.UpdatedAt, &old, &v); err != nil {
			return err
		}
		return s.kind.table(tx).Update(ctx, organizationID, v)
	})
	return s.written(organizationID, v, "update", err)
}

// Delete removes a resource. It returns [org.ErrNotFound],
// [org.ErrVersionMismatch], or an [*InUseError] when others point at it.
func (s *Set[T]) Delete(ctx context.Context, organizationID, id string, ifVersion int64) error {
	err := s.svc.store.Change(ctx, organizationID, func(tx Tx) error {
		old, err := s.lockedAt(ctx, tx, organizationID, id, ifVersion)
		if err != nil {
			return err
		}
		if err := s.checkUnused(ctx, tx, organizationID, id); err != nil {
			return err
		}
		if err := s.kind.changed(ctx, tx, s.svc.now(), &old, nil); err != nil {
			return err
		}
		return s.kind.table(tx).Delete(ctx, organizationID, id)
	})
	var none T
	_, err = s.written(organizationID, none, "delete", err)
	return err
}

// lockedAt reads a resource inside the transaction and checks its version.
func (s *Set[T]) lockedAt(ctx context.Context, tx Tx, organizationID, id string, version int64) (T, error) {
	v, err := s.kind.table(tx).Get(ctx, organizationID, id)
	if err == nil && version != 0 && version != s.kind.meta(&v).Version {
		err = org.ErrVersionMismatch
	}
	return v, err
}

// keep restores what an edit may not change, and refuses to take away a
// destination that calls are sent to.
func (s *Set[T]) keep(ctx context.Context, tx Tx, organizationID string, old T, edited *T) error {
	if s.kind.keep == nil {
		return nil
	}
	lost := s.kind.keep(old, edited)
	if len(lost) == 0 {
		return nil
	}
	snapshot, err := tx.Snapshot(ctx, organizationID)
	if err != nil {
		return err
	}
	return inUse(snapshot.SendingTo(lost...))
}

func (s *Set[T]) checkUnused(ctx context.Context, tx Tx, organizationID, id string) error {
	snapshot, err := tx.Snapshot(ctx, organizationID)
	if err != nil {
		return err
	}
	return inUse(snapshot.References(Ref{s.kind.name, id}))
}

func inUse(by []Ref) error {
	if len(by) == 0 {
		return nil
	}
	return &InUseError{By: by}
}

// written ends every write: it tells the deployer, or wraps the error.
func (s *Set[T]) written(organizationID string, v T, verb string, err error) (T, error) {
	if err != nil {
		var none T
		return none, fmt.Errorf("%s %s: %w", verb, s.kind.name, err)
	}
	s.svc.opts.Changed(organizationID)
	return v, nil
}
