package subject

import (
	"context"
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/org/mask"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/webhook"
)

// Store keeps requests. Package store/storetest checks that a backend keeps every
// promise made here.
//
// Every method returns the errors of ctx, and errors of the backend wrapped.
type Store interface {
	// SubjectRequests reads the requests of organisations.
	SubjectRequests() Finder
	// ChangeSubjects runs change while no other change of the organisation can
	// happen and none of its calls is saved or deleted, and saves all it wrote or,
	// when it returns an error, nothing. It returns [org.ErrNotFound] or the error
	// of change. The PBX need not know of it: the desired revision stays.
	ChangeSubjects(ctx context.Context, organizationID string, change func(Table) error) error
	// ClaimSubjectRequest takes the request of any organisation that is not Done and
	// was due first, if it was by now, and makes it due at until, so that nobody
	// else takes it before. It returns [org.ErrNotFound] where there is none.
	ClaimSubjectRequest(ctx context.Context, now, until time.Time) (organizationID string, r Request, err error)

	// What follows is that of the other stores.

	mask.Numbers
	Organization(ctx context.Context, id string) (org.Organization, error)
	Snapshot(ctx context.Context, organizationID string) (resource.Snapshot, error)
	Holds() hold.Finder
	DueCalls(ctx context.Context, organizationID, after, callsBelow, recordingsBelow string, limit int) ([]cdr.DueCall, error)
	Call(ctx context.Context, organizationID, id string) (cdr.Call, error)
	Calls(ctx context.Context, organizationID string, filter cdr.Filter, page org.Page) ([]cdr.Call, error)
	Seal(ctx context.Context, organizationID, callID string) (cdr.Seal, error)
	Webhooks() resource.Finder[webhook.Webhook]
	Deliveries(ctx context.Context, organizationID, webhookID string, state webhook.State, page org.Page) ([]webhook.Delivery, error)
	Entries(ctx context.Context, chain string, filter audit.Filter, page audit.Page) ([]audit.Entry, error)
}

// Finder reads requests of an organisation. Those of another one are absent.
type Finder interface {
	// Get returns one request, or [org.ErrNotFound].
	Get(ctx context.Context, organizationID, id string) (Request, error)
	// List returns requests by id, oldest first; none when there is no such
	// organisation.
	List(ctx context.Context, organizationID string, page org.Page) ([]Request, error)
}

// Table reads and writes requests of the organisation that is being changed, and
// erases. Any other organisation is absent: of it there is nothing to erase.
type Table interface {
	Finder
	// Insert adds a request. It returns an [*org.DuplicateError] with field "id" when
	// that is taken.
	Insert(ctx context.Context, organizationID string, r Request) error
	// Update replaces a request, or returns [org.ErrNotFound].
	Update(ctx context.Context, organizationID string, r Request) error

	// Holds returns what the holds keep.
	Holds(ctx context.Context, organizationID string) (hold.Set, error)
	// CallsOf returns those of the calls that are there, in order of id.
	CallsOf(ctx context.Context, organizationID string, ids []string) ([]cdr.DueCall, error)
	// DoomRecordings notes of the recordings of these calls that they are
	// [cdr.Deleting], and returns them in order of the calls, those that were so
	// before too. None of them is Held.
	DoomRecordings(ctx context.Context, organizationID string, callIDs []string) ([]cdr.DoomedRecording, error)
	// ForgetRecordings forgets the recordings of these calls, and their names in the
	// calls.
	ForgetRecordings(ctx context.Context, organizationID string, callIDs []string) error
	// EraseCalls runs erase on each of these calls that is there, and saves what is
	// left as [cdr.Call.Erased]. What they added to the billed seconds stays.
	EraseCalls(ctx context.Context, organizationID string, ids []string, erase func(*cdr.Call)) error
	// DeleteDeliveries deletes deliveries, pending ones too, and returns the ids of
	// those that were there, in order.
	DeleteDeliveries(ctx context.Context, organizationID string, ids []string) ([]string, error)
}
