package memstore

import (
	"context"
	"errors"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// Users implements [resource.Store].
func (s *Store) Users() resource.Finder[resource.User] { return finder[resource.User]{s, userKind} }

// Trunks implements [resource.Store].
func (s *Store) Trunks() resource.Finder[resource.Trunk] { return finder[resource.Trunk]{s, trunkKind} }

// DIDs implements [resource.Store].
func (s *Store) DIDs() resource.Finder[resource.DID] { return finder[resource.DID]{s, didKind} }

// Queues implements [resource.Store].
func (s *Store) Queues() resource.Finder[resource.Queue] { return finder[resource.Queue]{s, queueKind} }

// OutboundRoutes implements [resource.Store].
func (s *Store) OutboundRoutes() resource.Finder[resource.OutboundRoute] {
	return finder[resource.OutboundRoute]{s, routeKind}
}

// IVRs implements [resource.Store].
func (s *Store) IVRs() resource.Finder[resource.IVR] { return finder[resource.IVR]{s, ivrKind} }

// Conferences implements [resource.Store].
func (s *Store) Conferences() resource.Finder[resource.Conference] {
	return finder[resource.Conference]{s, conferenceKind}
}

// AIAgents implements [resource.Store].
func (s *Store) AIAgents() resource.Finder[resource.AIAgent] {
	return finder[resource.AIAgent]{s, agentKind}
}

// finder reads what is saved of one kind.
type finder[T any] struct {
	store *Store
	kind  kind[T]
}

// Get implements [resource.Finder].
func (f finder[T]) Get(ctx context.Context, organizationID, id string) (T, error) {
	saved, err := f.store.read(ctx, organizationID)
	if err != nil {
		var none T
		return none, err
	}
	return f.kind.get(*f.kind.rows(saved), id)
}

// List implements [resource.Finder].
func (f finder[T]) List(ctx context.Context, organizationID string, page org.Page) ([]T, error) {
	saved, err := f.store.read(ctx, organizationID)
	if errors.Is(err, org.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return f.kind.list(*f.kind.rows(saved), page), nil
}

// Counts implements [resource.Store].
func (s *Store) Counts(ctx context.Context, organizationID string) (resource.Counts, error) {
	saved, err := s.read(ctx, organizationID)
	if errors.Is(err, org.ErrNotFound) {
		return resource.Counts{}, nil
	}
	if err != nil {
		return nil, err
	}
	return saved.counts(), nil
}

// CountsOf implements [resource.Store].
func (s *Store) CountsOf(ctx context.Context, organizationIDs []string) (map[string]resource.Counts, error) {
	counts := map[string]resource.Counts{}
	for _, id := range organizationIDs {
		saved, err := s.read(ctx, id)
		if errors.Is(err, org.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		counts[id] = saved.counts()
	}
	return counts, nil
}

// Snapshot implements [resource.Store].
func (s *Store) Snapshot(ctx context.Context, organizationID string) (resource.Snapshot, error) {
	saved, err := s.read(ctx, organizationID)
	if err != nil {
		return resource.Snapshot{}, err
	}
	return saved.snapshot(), nil
}

// Change implements [resource.Store].
func (s *Store) Change(ctx context.Context, organizationID string, fn func(resource.Tx) error) error {
	return s.change(ctx, organizationID, func(next *state) (released, made []claim, err error) {
		t := &tx{store: s, id: organizationID, state: next, claimed: make(map[claim]bool)}
		if err := fn(t); err != nil {
			return nil, nil, err
		}
		next.organization.Config.Raise()
		released, made = t.claims()
		return released, made, nil
	})
}

func (s *state) counts() resource.Counts {
	return resource.Counts{
		limits.Users:  len(s.users),
		limits.DIDs:   len(s.dids),
		limits.Trunks: len(s.trunks),
		limits.Queues: len(s.queues),
	}
}

func (s *state) snapshot() resource.Snapshot {
	return resource.Snapshot{
		Organization:   s.organization.Clone(),
		Users:          userKind.all(s.users),
		Trunks:         trunkKind.all(s.trunks),
		DIDs:           didKind.all(s.dids),
		Queues:         queueKind.all(s.queues),
		OutboundRoutes: routeKind.all(s.routes),
		IVRs:           ivrKind.all(s.ivrs),
		Conferences:    conferenceKind.all(s.conferences),
		AIAgents:       agentKind.all(s.agents),
	}
}
