package memstore

import (
	"context"
	"slices"
	"time"

	"github.com/orgpbx/orgpbx/org/idempotency"
)

// requestKey is what an entry of a request is found by.
type requestKey struct {
	organizationID, operation string
	hash                      [32]byte
}

func keyOf(e idempotency.Entry) requestKey {
	return requestKey{e.OrganizationID, e.Operation, e.KeyHash}
}

// ClaimRequest implements [idempotency.Store].
func (s *Store) ClaimRequest(ctx context.Context, e idempotency.Entry, now time.Time) (idempotency.Entry, error) {
	if err := ctx.Err(); err != nil {
		return idempotency.Entry{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if held, there := s.requests[keyOf(e)]; there && !e.Takes(held, now) {
		held.Answer.Body = slices.Clone(held.Answer.Body)
		return held, nil
	}
	s.requests[keyOf(e)] = e
	return e, nil
}

// AnswerRequest implements [idempotency.Store].
func (s *Store) AnswerRequest(ctx context.Context, e idempotency.Entry) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	held, claimed := s.claimedRequest(e)
	if !claimed {
		return false, nil
	}
	held.Answer = e.Answer
	held.Answer.Body = slices.Clone(e.Answer.Body)
	s.requests[keyOf(e)] = held
	return true, nil
}

// ReleaseRequest implements [idempotency.Store].
func (s *Store) ReleaseRequest(ctx context.Context, e idempotency.Entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, claimed := s.claimedRequest(e); claimed {
		delete(s.requests, keyOf(e))
	}
	return nil
}

// claimedRequest returns the entry that e is of, and whether it is claimed with
// the token of e still and has no answer.
func (s *Store) claimedRequest(e idempotency.Entry) (idempotency.Entry, bool) {
	held, there := s.requests[keyOf(e)]
	return held, there && held.Token == e.Token && held.Answer.Status == 0
}

// PurgeRequests implements [idempotency.Store].
func (s *Store) PurgeRequests(ctx context.Context, now time.Time, limit int) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for key, e := range s.requests {
		if n == limit {
			break
		}
		if !now.Before(e.ExpiresAt) {
			delete(s.requests, key)
			n++
		}
	}
	return n, nil
}
