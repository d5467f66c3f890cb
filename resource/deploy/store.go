package deploy

import (
	"context"
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// Deployment is one try to make the PBX obey one revision of an organisation.
type Deployment struct {
	ID       string `json:"id"` // UUIDv7
	Revision int64  `json:"revision"`
	// State is applied, failed (the PBX refused) or pending (it was away).
	State   org.ConfigState   `json:"state"`
	Changes []resource.Change `json:"changes"`
	// Warnings are what of the revision does not work as it looks.
	Warnings   []resource.Warning `json:"warnings"`
	StartedAt  time.Time          `json:"started_at"`
	FinishedAt time.Time          `json:"finished_at"`
	// Error says why it did not go live; empty when it did.
	Error string `json:"error,omitempty"`
}

// Removal is a deleted organisation that the PBX may still know.
type Removal struct {
	OrganizationID string
	ContextPrefix  string
}

// Lease is the right of one process to change one organisation in the PBX. It
// ends by itself when its holder dies and does not renew it any more.
type Lease struct {
	OrganizationID string
	// Token tells this lease from all others that were ever given out.
	Token string
}

// KeptRevisions is how many revisions of an organisation that were live can be
// gone back to. Older ones are forgotten.
const KeptRevisions = 100

// Record is what a deployment leaves in the store.
type Record struct {
	Deployment
	// Snapshot is what was applied, as [resource.Snapshot.Archive] writes
	// it: opaque to the store. It is nil when nothing went live.
	Snapshot []byte
}

// Store is what deploying needs from a database. Package store/storetest
// checks that a backend keeps every promise made here.
type Store interface {
	// Snapshot returns everything of one organisation as of one moment, or
	// [org.ErrNotFound].
	Snapshot(ctx context.Context, organizationID string) (resource.Snapshot, error)
	// Unapplied returns the ids of at most limit organisations whose state is
	// not applied, in order of id, after the given id; "" starts.
	Unapplied(ctx context.Context, after string, limit int) ([]string, error)
	// Applied returns the others in the same way.
	Applied(ctx context.Context, after string, limit int) ([]string, error)
	// RecordDeployment adds a deployment of the lease's organisation to the
	// history, with the event that [Deployment.Event] makes of it, if any, keeps its snapshot as that of its revision, unless there is one,
	// and forgets those before the newest [KeptRevisions]. In the same
	// transaction it brings the organisation's status up to date as
	// [org.ConfigStatus.Settle] does, for a state of pending where the lease is
	// another one's by now or was released: the PBX may have been changed by
	// two, and one of them has to look again. It returns [org.ErrNotFound] when
	// the organisation is gone.
	RecordDeployment(ctx context.Context, lease Lease, r Record) error
	// RevisionSnapshot returns the snapshot of a revision that was recorded, or
	// [org.ErrNotFound] when the organisation never had it live or it is
	// forgotten.
	RevisionSnapshot(ctx context.Context, organizationID string, revision int64) ([]byte, error)

	// AcquireLease takes the lease of an organisation for some time and reports
	// whether it did: it does not while another lease of the same organisation
	// runs. The organisation may be gone already. Times are those of the
	// database's clock, whose processes may not agree on theirs.
	AcquireLease(ctx context.Context, l Lease, d time.Duration) (bool, error)
	// RenewLeases lets leases last until d from now and returns, in any order,
	// those that do: not one that was released or, once its time was over, taken
	// by another.
	RenewLeases(ctx context.Context, leases []Lease, d time.Duration) ([]Lease, error)
	// ReleaseLease ends a lease; it is no error when it has ended.
	ReleaseLease(ctx context.Context, l Lease) error

	// Deployments returns the history, newest first. The page's After is the
	// id of the last one of the page before. An organisation that does not
	// exist has no history.
	Deployments(ctx context.Context, organizationID string, page org.Page) ([]Deployment, error)
	// Removals returns the deleted organisations that the PBX may still know,
	// in order of id.
	Removals(ctx context.Context) ([]Removal, error)
	// DeleteRemoval forgets a removal; it is no error when there is none.
	DeleteRemoval(ctx context.Context, organizationID string) error
}
