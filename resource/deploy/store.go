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

// Store is what deploying needs from a database. Package store/storetest
// checks that a backend keeps every promise made here.
type Store interface {
	// Snapshot returns everything of one organisation as of one moment, or
	// [org.ErrNotFound].
	Snapshot(ctx context.Context, organizationID string) (resource.Snapshot, error)
	// Unapplied returns the ids of at most limit organisations whose state is
	// not applied, in order of id, after the given id; "" starts.
	Unapplied(ctx context.Context, after string, limit int) ([]string, error)
	// RecordDeployment adds a deployment to the history and, in the same
	// transaction, brings the organisation's status up to date as
	// [org.ConfigStatus.Settle] does. It returns [org.ErrNotFound] when the
	// organisation is gone.
	RecordDeployment(ctx context.Context, organizationID string, d Deployment) error
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
