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
	if err := ctx.Err(); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if held, is := s.leases[l.OrganizationID]; is && time.Now().Before(held.ends) {
		return false, nil
	}
	s.leases[l.OrganizationID] = lease{l.Token, time.Now().Add(d)}
	return true, nil
}

// RenewLeases implements [deploy.Store].
func (s *Store) RenewLeases(ctx context.Context, leases []deploy.Lease, d time.Duration) ([]deploy.Lease, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var renewed []deploy.Lease
	for _, l := range leases {
		if held, is := s.leases[l.OrganizationID]; is && held.token == l.Token {
			s.leases[l.OrganizationID] = lease{l.Token, time.Now().Add(d)}
			renewed = append(renewed, l)
		}
	}
	return renewed, nil
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
