package resource

import (
	"context"
	"errors"
	"fmt"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
)

// BatchError is about one of several resources that were to be added at once.
type BatchError struct {
	Index int // of the value that was refused, from 0
	Err   error
}

// Error says which one it is about, and why.
func (e *BatchError) Error() string { return fmt.Sprintf("value %d: %v", e.Index, e.Err) }

// Unwrap returns why it was refused: an error of [Set.Create].
func (e *BatchError) Unwrap() error { return e.Err }

// CreateAll adds several resources in one change, or none of them: then it
// returns a [*BatchError] about the first that was refused, or
// [org.ErrNotFound].
func (s *Set[T]) CreateAll(ctx context.Context, organizationID string, values []T) ([]T, error) {
	made := make([]T, 0, len(values))
	err := s.svc.store.Change(ctx, organizationID, func(tx Tx) error {
		for i, v := range values {
			one, err := s.insert(ctx, tx, organizationID, func(org.Organization) (T, error) { return v, nil })
			if err != nil {
				return &BatchError{i, err}
			}
			made = append(made, one)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("create %ss: %w", s.kind.name, err)
	}
	s.svc.opts.Changed(organizationID)
	return made, nil
}

var errTried = errors.New("it was only tried")

// Try returns the error that [Set.Create] would return, and changes nothing. It
// says nothing of several values together, such as whether all fit a limit.
func (s *Set[T]) Try(ctx context.Context, organizationID string, v T) error {
	ctx = audit.Without(ctx)
	err := s.svc.store.Change(ctx, organizationID, func(tx Tx) error {
		if _, err := s.insert(ctx, tx, organizationID, func(org.Organization) (T, error) { return v, nil }); err != nil {
			return err
		}
		return errTried
	})
	if errors.Is(err, errTried) {
		return nil
	}
	return err
}
