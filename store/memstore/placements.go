package memstore

import (
	"context"
	"maps"
	"slices"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// Placement implements [resource.Placements].
func (s *Store) Placement(ctx context.Context, contextPrefix string) (resource.Placement, error) {
	if err := ctx.Err(); err != nil {
		return resource.Placement{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	p, ok := s.placements[contextPrefix]
	if !ok {
		return resource.Placement{}, org.ErrNotFound
	}
	return p, nil
}

// Placements implements [resource.Placements].
func (s *Store) Placements(ctx context.Context) ([]resource.Placement, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]resource.Placement, 0, len(s.placements))
	for _, prefix := range slices.Sorted(maps.Keys(s.placements)) {
		list = append(list, s.placements[prefix])
	}
	return list, nil
}

// Place implements [resource.Placements].
func (s *Store) Place(ctx context.Context, p resource.Placement) (resource.Placement, error) {
	if err := ctx.Err(); err != nil {
		return resource.Placement{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept, ok := s.placements[p.ContextPrefix]; ok {
		return kept, nil
	}
	s.placements[p.ContextPrefix] = p
	return p, nil
}

// Replace implements [resource.Placements].
func (s *Store) Replace(ctx context.Context, old, p resource.Placement) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept, ok := s.placements[old.ContextPrefix]; !ok || kept != old {
		return false, nil
	}
	s.placements[old.ContextPrefix] = p
	return true, nil
}

// Unplace implements [resource.Placements].
func (s *Store) Unplace(ctx context.Context, contextPrefix string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.placements, contextPrefix)
	return nil
}
