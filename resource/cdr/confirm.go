package cdr

import (
	"context"
	"errors"

	"github.com/orgpbx/orgpbx/org"
)

// ConfirmationError says that a change would keep calls or recordings of an
// organisation for fewer days, and what the next run would delete then. Nothing is
// saved.
type ConfirmationError struct{ Preview Preview }

// Error says what is asked.
func (*ConfirmationError) Error() string { return "a shorter retention has to be confirmed" }

// Organizations edits organisations. An [*org.Service] is one.
type Organizations interface {
	Update(ctx context.Context, id string, ifVersion int64, edit func(*org.Profile) error) (org.Organization, error)
}

// errShorter is that of an edit that has to be confirmed first.
var errShorter = errors.New("it keeps less")

// UpdateOrganization is [org.Service.Update] that asks first: it returns a
// [*ConfirmationError] when the edit shortens a retention, it is not confirmed, and
// anything is past the new days. Nothing is deleted by it, but by the next run.
func (s *Service) UpdateOrganization(ctx context.Context, organizations Organizations, id string, ifVersion int64, confirmed bool,
	edit func(*org.Profile) error,
) (org.Organization, error) {
	if confirmed {
		return organizations.Update(ctx, id, ifVersion, edit)
	}
	var wanted org.Profile
	o, err := organizations.Update(ctx, id, ifVersion, func(p *org.Profile) error {
		before := org.Organization{Profile: *p}.Clone().Compliance
		if err := edit(p); err != nil {
			return err
		}
		// What is not valid is refused anyway, and with all that is wrong of it.
		if org.Validate(*p) == nil && p.Compliance.KeepsLessThan(before) {
			wanted = *p
			return errShorter
		}
		return nil
	})
	if !errors.Is(err, errShorter) {
		return o, err
	}
	preview, err := s.Preview(ctx, org.Organization{ID: id, Profile: wanted})
	if err != nil {
		return org.Organization{}, err
	}
	if preview.Any() {
		return org.Organization{}, &ConfirmationError{preview}
	}
	return organizations.Update(ctx, id, ifVersion, edit)
}
