package hold

import (
	"context"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/mask"
)

// Store keeps holds. Package store/storetest checks that a backend keeps every
// promise made here, and those about holds in [org.Store].
//
// Every method returns the errors of ctx, and errors of the backend wrapped.
type Store interface {
	mask.Numbers

	// Holds reads the holds of organisations.
	Holds() Finder
	// ChangeHolds runs change while no other change of the organisation can
	// happen, and none of its calls is deleted, and saves all it wrote or, when it
	// returns an error, nothing. It returns [org.ErrNotFound] or the error of
	// change. The PBX need not know of it: the desired revision stays.
	ChangeHolds(ctx context.Context, organizationID string, change func(Table) error) error
}

// Finder reads holds of an organisation. Those of another one are absent.
type Finder interface {
	// Get returns one hold, or [org.ErrNotFound].
	Get(ctx context.Context, organizationID, id string) (Hold, error)
	// List returns holds by id, oldest first; none when there is no such
	// organisation.
	List(ctx context.Context, organizationID string, page org.Page) ([]Hold, error)
}

// Table reads and writes the holds of the organisation that is being changed. Any
// other organisation is absent.
type Table interface {
	Finder
	// HasCall reports whether the organisation has a call.
	HasCall(ctx context.Context, organizationID, callID string) (bool, error)
	// EndpointOf returns the PJSIP endpoint of the user with an extension, or "".
	EndpointOf(ctx context.Context, organizationID, extension string) (string, error)
	// Insert adds a hold. It returns an [*org.DuplicateError] with field "id" when
	// that is taken.
	Insert(ctx context.Context, organizationID string, h Hold) error
	// Update replaces a hold, or returns [org.ErrNotFound].
	Update(ctx context.Context, organizationID string, h Hold) error
}
