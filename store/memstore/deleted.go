package memstore

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/orgpbx/orgpbx/resource/cdr"
)

// DeletedOrganizations implements [cdr.PurgeStore].
func (s *Store) DeletedOrganizations(ctx context.Context, until time.Time) ([]cdr.DeletedOrganization, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []cdr.DeletedOrganization
	for _, id := range slices.Sorted(maps.Keys(s.deleted)) {
		d := s.deleted[id]
		if d.Until.IsZero() {
			d.Until = until
			s.deleted[id] = d
		}
		if _, again := s.claims[claim{"context_prefix", d.ContextPrefix}]; !again {
			list = append(list, d)
		}
	}
	return list, nil
}

// ForgetDeleted implements [cdr.PurgeStore].
func (s *Store) ForgetDeleted(ctx context.Context, organizationID string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.deleted, organizationID)
	return nil
}
