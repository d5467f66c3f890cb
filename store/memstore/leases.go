package memstore

import (
	"context"
	"time"

	"github.com/orgpbx/orgpbx/resource/deploy"
)

// lease is who may deploy an organisation, and until when.
type lease struct {
	token string
	ends  time.Time
}

// AcquireLease implements [deploy.Store].
func (s *Store) AcquireLease(ctx context.Context, l deploy.Lease, d time.Duration) (bool, error) {
	return s.lend(ctx, l, d, func(held lease, is bool) bool { return !is || !time.Now().Before(held.ends) })
}

// RenewLease implements [deploy.Store].
func (s *Store) RenewLease(ctx context.Context, l deploy.Lease, d time.Duration) (bool, error) {
	return s.lend(ctx, l, d, func(held lease, is bool) bool { return is && held.token == l.Token })
}

// lend gives a lease out if it may be, seeing the one that is there.
func (s *Store) lend(ctx context.Context, l deploy.Lease, d time.Duration, may func(held lease, is bool) bool) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	held, is := s.leases[l.OrganizationID]
	if !may(held, is) {
		return false, nil
	}
	s.leases[l.OrganizationID] = lease{l.Token, time.Now().Add(d)}
	return true, nil
}

// ReleaseLease implements [deploy.Store].
func (s *Store) ReleaseLease(ctx context.Context, l deploy.Lease) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.leases[l.OrganizationID].token == l.Token {
		delete(s.leases, l.OrganizationID)
	}
	return nil
}

// holds reports whether a lease is the one that was given out last.
func (s *Store) holds(l deploy.Lease) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	held, is := s.leases[l.OrganizationID]
	return is && held.token == l.Token
}
