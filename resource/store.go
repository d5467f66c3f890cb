package resource

import (
	"context"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/event"
)

// Store keeps resources. Package store/storetest checks that a backend keeps
// every promise made here.
//
// Get, List, Counts and CountsOf outside a transaction take one round trip. An
// organisation that does not exist has no resources: Get returns
// [org.ErrNotFound], List nothing, Counts none.
type Store interface {
	Users() Finder[User]
	Trunks() Finder[Trunk]
	DIDs() Finder[DID]
	Queues() Finder[Queue]
	OutboundRoutes() Finder[OutboundRoute]
	IVRs() Finder[IVR]
	Conferences() Finder[Conference]
	AIAgents() Finder[AIAgent]

	// Counts returns how many of each the organisation has.
	Counts(ctx context.Context, organizationID string) (Counts, error)
	// CountsOf returns the counts of several organisations by id, in one round
	// trip. One that does not exist is not in it.
	CountsOf(ctx context.Context, organizationIDs []string) (map[string]Counts, error)
	// Snapshot returns everything of one organisation as of one moment, or
	// [org.ErrNotFound].
	Snapshot(ctx context.Context, organizationID string) (Snapshot, error)
	// Change runs fn in one transaction that holds the organisation's lock:
	// no other Change, and no org.Store change, of the same organisation runs
	// at the same time, in this process or another. When fn returns nil the
	// organisation's desired revision is raised as by
	// [org.ConfigStatus.Raise], and all is saved together; otherwise nothing
	// is, and the error of fn comes back. Reads outside the transaction
	// neither wait for it nor see its writes before they are saved. It returns
	// [org.ErrNotFound] when the organisation does not exist, and an
	// [*org.DuplicateError] when another organisation took a value meanwhile.
	Change(ctx context.Context, organizationID string, fn func(tx Tx) error) error
}

// Tx is one transaction on one organisation. It is not safe for concurrent
// use. Its methods take the organisation's id again: for any other
// organisation they find nothing, and writes return [org.ErrNotFound]. After a
// write that failed, fn has to return an error: a database may save nothing
// of the transaction then.
type Tx interface {
	// Organization returns the locked organisation.
	Organization() org.Organization
	// Counts returns how many of each there are, this transaction's writes
	// included.
	Counts(ctx context.Context, organizationID string) (Counts, error)
	// Snapshot returns everything of the organisation, this transaction's
	// writes included.
	Snapshot(ctx context.Context, organizationID string) (Snapshot, error)
	// Tell saves an event with the change, for every webhook that asked for it,
	// where the organisation has webhooks switched on.
	Tell(ctx context.Context, organizationID string, e event.Event) error
	// Holder returns the user, queue, IVR, conference or AI agent that has an
	// internal number, or [org.ErrNotFound].
	Holder(ctx context.Context, organizationID, number string) (Ref, error)

	Users() Table[User]
	Trunks() Table[Trunk]
	DIDs() Table[DID]
	Queues() Table[Queue]
	OutboundRoutes() Table[OutboundRoute]
	IVRs() Table[IVR]
	Conferences() Table[Conference]
	AIAgents() Table[AIAgent]
}

// Finder reads one kind of resource.
type Finder[T any] interface {
	// Get returns one resource, or [org.ErrNotFound].
	Get(ctx context.Context, organizationID, id string) (T, error)
	// List returns a page of resources in order of id.
	List(ctx context.Context, organizationID string, page org.Page) ([]T, error)
}

// Table reads and writes one kind of resource. Insert and Update return an
// [*org.DuplicateError] that names the field whose value is taken: extension,
// username or sip_username of a user; name of everything else but a DID; number
// of a queue, IVR, conference or AI agent or, on the whole platform, of a DID.
// That kinds share one space of numbers is not the table's business. Names are compared by
// [org.NameKey], an empty username is never taken, and the field is "id" where
// Insert is given the id of another row. Update and Delete return
// [org.ErrNotFound] when there is no such row in the organisation.
type Table[T any] interface {
	Finder[T]
	Insert(ctx context.Context, organizationID string, v T) error
	Update(ctx context.Context, organizationID string, v T) error
	Delete(ctx context.Context, organizationID, id string) error
}

// Counts is how many of each quota kind an organisation has. Other kinds are
// not in it.
type Counts map[limits.Kind]int
