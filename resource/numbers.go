package resource

import (
	"context"
	"errors"
	"slices"

	"github.com/orgpbx/orgpbx/org"
)

// checkNumber makes sure that a number can be dialled: it is no emergency
// number, which would go before it, and nothing but self has it. Users, queues,
// IVRs, conferences and AI agents share one space of numbers.
func checkNumber(ctx context.Context, tx Tx, organizationID, field, number string, self Ref) error {
	if slices.Contains(tx.Organization().EmergencyNumbers, number) {
		return org.Invalid(field, "emergency", "must not be an emergency number of the organisation")
	}
	holder, err := tx.Holder(ctx, organizationID, number)
	if errors.Is(err, org.ErrNotFound) || err == nil && holder == self {
		return nil
	}
	if err != nil {
		return err
	}
	return &org.DuplicateError{Field: field}
}

// lostNumber returns the destination that is no more when a number changes.
func lostNumber(t DestinationType, old, edited string) []Destination {
	if old == edited {
		return nil
	}
	return []Destination{{t, old}}
}
