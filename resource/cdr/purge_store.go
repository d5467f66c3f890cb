package cdr

import (
	"context"

	"github.com/orgpbx/orgpbx/org"
)

// PurgeStore is the part of a [Store] that deletes what is past its time. Every
// change holds the lock of the organisation, as [org.Store.ChangeOrganization]
// does, and saves the entry of the trail that its context has for it. Ids come in
// order, and none of an organisation that does not exist.
type PurgeStore interface {
	// PurgeCalls deletes calls of the organisation that have no recording any more
	// and whose id is below what below returns, the oldest first and at most limit.
	// It remembers the last id that was ever deleted so, and calls gone with the ids
	// in the transaction, unless there are none. It returns how many are gone.
	PurgeCalls(ctx context.Context, organizationID string, limit int,
		below func(org.Organization) string, gone func(ids []string)) (int, error)
	// DoomRecordings notes of recordings whose call has an id below what below
	// returns that they are Deleting, the oldest first and at most limit. It returns
	// of how many.
	DoomRecordings(ctx context.Context, organizationID string, limit int, below func(org.Organization) string) (int, error)
	// DoomedRecordings lists recordings that are Deleting, at most limit, in order
	// of the calls and behind after.
	DoomedRecordings(ctx context.Context, organizationID, after string, limit int) ([]DoomedRecording, error)
	// PurgeRecordings forgets those of these calls' recordings that are Deleting,
	// and their names in the calls. It calls gone with the ids of these calls in the
	// transaction, unless there are none.
	PurgeRecordings(ctx context.Context, organizationID string, callIDs []string, gone func(ids []string)) error
}

// DoomedRecording is a recording that is being deleted.
type DoomedRecording struct {
	CallID string
	// Name is that of the file, and Called the name in the call, which may have
	// been told later; "" when there is no such call.
	Name, Called string
}
