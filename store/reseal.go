package store

import (
	"context"

	"github.com/orgpbx/orgpbx/org"
)

// Resealing is how what is sealed is sealed anew. A function that returns the
// bytes it got changes nothing.
type Resealing struct {
	// Value gets every sealed value that is not empty: passwords of trunks, seeds
	// of second factors, secrets of webhooks.
	Value func(org.Sealed) (org.Sealed, error)
	// Archive gets the snapshot of every revision that is kept, which has sealed
	// values in it; see [github.com/orgpbx/orgpbx/resource.ResealArchive].
	Archive func([]byte) ([]byte, error)
}

// Resealer changes what is sealed, and nothing else.
type Resealer interface {
	// Reseal replaces everything sealed of one organisation, in one transaction
	// under the lock of its changes: when a function returns an error, which
	// comes back, nothing is replaced. Versions, times and the revision stay as
	// they are. It returns [org.ErrNotFound].
	Reseal(ctx context.Context, organizationID string, r Resealing) error
}
