package apikey

import (
	"context"

	"github.com/orgpbx/orgpbx/org"
)

// Store keeps named keys. Package store/storetest checks that a backend keeps
// every promise made here, and those about keys in [org.Store].
//
// Every method returns the errors of ctx, and errors of the backend wrapped.
type Store interface {
	// APIKeys reads the named keys of organisations.
	APIKeys() Finder
	// ChangeAPIKeys runs change while no other change of the organisation can
	// happen, and saves all it wrote or, when it returns an error, nothing. It
	// returns [org.ErrNotFound] or the error of change. The PBX need not know
	// of it: the desired revision stays.
	ChangeAPIKeys(ctx context.Context, organizationID string, change func(Table) error) error
}

// Finder reads named keys of an organisation. Those of another one are absent.
type Finder interface {
	// Get returns one key, or [org.ErrNotFound].
	Get(ctx context.Context, organizationID, id string) (org.APIKey, error)
	// List returns keys by id, oldest first; none when there is no such
	// organisation.
	List(ctx context.Context, organizationID string, page org.Page) ([]org.APIKey, error)
}

// Table reads and writes the named keys of the organisation that is being
// changed. Any other organisation is absent.
type Table interface {
	Finder
	// Insert adds a key. It returns an [*org.DuplicateError] with field "name",
	// ignoring case, "api_key" or "id" when that is taken.
	Insert(ctx context.Context, organizationID string, k org.APIKey) error
	// Update replaces a key. It returns [org.ErrNotFound], or an
	// [*org.DuplicateError] as Insert does.
	Update(ctx context.Context, organizationID string, k org.APIKey) error
	// Delete removes a key and its sessions, or returns [org.ErrNotFound].
	Delete(ctx context.Context, organizationID, id string) error
}
