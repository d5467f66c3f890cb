package idempotency

import "time"

// Entry is one key, and what became of the request that came with it.
type Entry struct {
	// OrganizationID is the organisation that the request is about; "" for the
	// platform.
	OrganizationID string
	Operation      string
	// KeyHash is of the key and of the caller it is one of.
	KeyHash [32]byte
	// RequestHash is of what was sent, under a key that is not in the store:
	// there may be passwords in it.
	RequestHash [32]byte
	// Token tells claims of the same key apart.
	Token string
	// ClaimedUntil is when the request, unless it was answered, counts as
	// abandoned. It and ExpiresAt are to a millisecond.
	ClaimedUntil time.Time
	// ExpiresAt is when the key is free again.
	ExpiresAt time.Time
	// Answer is that of the request; zero while there is none.
	Answer Answer
}

// Answer is what a request was answered, without what is shown only once.
type Answer struct {
	Status      int   // of HTTP; 0 for no answer
	Version     int64 // of the object in it, for its ETag; 0 for none
	ContentType string
	Body        []byte
}

// isThere reports whether there is an answer at all.
func (a Answer) isThere() bool { return a.Status != 0 }

// Takes reports whether e, which is new, may have the key that old has: old's
// time is over, or it is the same request and whoever worked on it is gone.
func (e Entry) Takes(old Entry, now time.Time) bool {
	if !now.Before(old.ExpiresAt) {
		return true
	}
	return !old.Answer.isThere() && !now.Before(old.ClaimedUntil) && e.RequestHash == old.RequestHash
}
