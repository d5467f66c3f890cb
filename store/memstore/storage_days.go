package memstore

import (
	"context"
	"maps"
	"slices"

	"github.com/orgpbx/orgpbx/resource/cdr"
)

// KeepStorageDay implements [cdr.Store].
func (s *Store) KeepStorageDay(ctx context.Context, organizationID string, d cdr.StorageDay) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.saved[organizationID] != nil {
		s.ledger(organizationID).stored[d.Day] = d.Bytes
	}
	return nil
}

// StorageDays implements [cdr.Store].
func (s *Store) StorageDays(ctx context.Context, organizationID, first, last string) ([]cdr.StorageDay, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	l := s.ledgers[organizationID]
	if l == nil {
		return nil, nil
	}
	var days []cdr.StorageDay
	for _, day := range slices.Sorted(maps.Keys(l.stored)) {
		if day >= first && day <= last {
			days = append(days, cdr.StorageDay{Day: day, Bytes: l.stored[day]})
		}
	}
	return days, nil
}
