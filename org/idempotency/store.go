package idempotency

import (
	"context"
	"time"
)

// Store keeps entries. Package store/storetest checks that a backend keeps every
// promise made here.
//
// An entry is found by its organisation, operation and key hash. Those of an
// organisation go with it.
//
// Every method returns the errors of ctx, and errors of the backend wrapped.
type Store interface {
	// ClaimRequest saves e, which has no answer, where its key is free or
	// [Entry.Takes] says so, and returns the entry that has the key then: of
	// many who come at once one gets it. It returns [org.ErrNotFound] for ids
	// that cannot be any.
	ClaimRequest(ctx context.Context, e Entry, now time.Time) (Entry, error)
	// AnswerRequest saves the answer of e, and reports whether it did: it does
	// not when the entry is gone, was answered, or has another token by now.
	AnswerRequest(ctx context.Context, e Entry) (bool, error)
	// ReleaseRequest removes e, so that its key is free. It leaves an entry
	// alone that was answered or has another token by now.
	ReleaseRequest(ctx context.Context, e Entry) error
	// PurgeRequests removes at most limit entries that have expired at now, and
	// returns how many.
	PurgeRequests(ctx context.Context, now time.Time, limit int) (int, error)
}
