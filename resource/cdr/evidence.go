package cdr

import (
	"context"
	"errors"

	"github.com/orgpbx/orgpbx/org"
)

// Evidence is by what right a call was recorded, bound to what was recorded.
type Evidence struct {
	Call Call
	Seal Seal // the zero value where nothing was to be recorded
	// Check is what a look at the file has found; "" when nobody looked, or when
	// there is no hash to compare with.
	Check Check
}

// Check is how a recording compares with its seal.
type Check string

// What a check finds.
const (
	Intact  Check = "intact"
	Changed Check = "changed"
	Missing Check = "missing"
)

// Evidence returns that of a call, masked where the organisation has masking on, or
// [org.ErrNotFound]. With verify the file is read again, as it is now, and compared
// with its seal.
func (s *Service) Evidence(ctx context.Context, o org.Organization, callID string, verify bool) (Evidence, error) {
	c, err := s.Get(ctx, o, callID)
	if err != nil {
		return Evidence{}, err
	}
	seal, err := s.store.Seal(ctx, o.ID, callID)
	if err := ignore(err, org.ErrNotFound); err != nil {
		return Evidence{}, err
	}
	e := Evidence{Call: c, Seal: seal}
	if !verify || seal.State != Sealed || s.opts.Recordings == nil {
		return e, nil
	}
	e.Check, err = s.check(ctx, o.ContextPrefix, seal)
	return e, err
}

func (s *Service) check(ctx context.Context, contextPrefix string, seal Seal) (Check, error) {
	now, err := s.hash(ctx, s.Recordings(), contextPrefix, seal.Name)
	switch {
	case errors.Is(err, org.ErrNotFound):
		return Missing, nil
	case errors.Is(err, errIncomplete): // somebody writes to it
		return Changed, nil
	case err != nil:
		return "", err
	case now.SHA256 != seal.SHA256:
		return Changed, nil
	default:
		return Intact, nil
	}
}
