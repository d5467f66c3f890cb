package memstore

import (
	"context"
	"sync"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/deploy"
	"github.com/orgpbx/orgpbx/store"
)

var _ store.Store = (*Store)(nil)

// Store is a [store.Store] in memory. It is safe for concurrent use.
type Store struct {
	mu       sync.RWMutex
	tenants  map[string]*tenant // by organisation id
	claims   claims
	sessions map[[32]byte]org.Session
	removals []deploy.Removal
}

// tenant is one organisation. The holder of its lock is the only one who may
// replace what is saved.
type tenant struct {
	lock  chan struct{} // holds one while a change is being made
	saved *state        // guarded by Store.mu; nil once deleted
}

// state is everything of one organisation. A saved state is never changed: a
// change works on a copy, which then takes its place.
type state struct {
	organization org.Organization
	users        rows[resource.User]
	trunks       rows[resource.Trunk]
	dids         rows[resource.DID]
	queues       rows[resource.Queue]
	routes       rows[resource.OutboundRoute]
	deployments  rows[deploy.Deployment]
}

// New returns an empty store.
func New() *Store {
	return &Store{
		tenants:  make(map[string]*tenant),
		claims:   make(claims),
		sessions: make(map[[32]byte]org.Session),
	}
}

// Ping returns the error of ctx.
func (s *Store) Ping(ctx context.Context) error { return ctx.Err() }

// Close does nothing.
func (s *Store) Close() error { return nil }

// read returns what is saved of an organisation, or org.ErrNotFound.
func (s *Store) read(ctx context.Context, organizationID string) (*state, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.tenants[organizationID]
	if t == nil {
		return nil, org.ErrNotFound
	}
	return t.saved, nil
}

// change runs edit on a copy of the organisation's state, under its lock, and
// saves the copy unless there was an error. edit returns the claims that the
// change gives up and makes.
func (s *Store) change(ctx context.Context, organizationID string, edit func(*state) (released, made []claim, err error)) error {
	t, err := s.lock(ctx, organizationID)
	if err != nil {
		return err
	}
	defer t.unlock()

	next := *t.saved // only the holder of the lock replaces it
	next.organization = next.organization.Clone()
	released, made, err := edit(&next)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.claims.swap(organizationID, released, made); err != nil {
		return err
	}
	t.saved = &next
	return nil
}

// lock waits until no other change of the organisation is being made.
func (s *Store) lock(ctx context.Context, organizationID string) (*tenant, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	t := s.tenants[organizationID]
	s.mu.RUnlock()
	if t == nil {
		return nil, org.ErrNotFound
	}
	select {
	case t.lock <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if t.saved == nil { // deleted while we waited
		t.unlock()
		return nil, org.ErrNotFound
	}
	return t, nil
}

func (t *tenant) unlock() { <-t.lock }
