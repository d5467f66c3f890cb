package memstore

import (
	"context"
	"maps"
	"slices"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// purge runs edit on each call that find returns, under the lock of the
// organisation, and saves the entry of the trail that gone makes.
func (s *Store) purge(ctx context.Context, organizationID string,
	find func(org.Organization, *ledger) []string, edit func(l *ledger, id string), gone func([]string),
) (int, error) {
	saved, unlock, err := s.lock(ctx, organizationID)
	if err != nil {
		return 0, err
	}
	defer unlock()
	audit.Of(ctx).Restart()
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.ledger(organizationID)
	ids := find(saved.organization.Clone(), l)
	if len(ids) == 0 {
		return 0, nil
	}
	gone(ids)
	entry, pending, err := audit.Of(ctx).Pending(organizationID)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		edit(l, id)
	}
	if pending {
		s.appendEntry(entry)
		audit.Of(ctx).Saved()
	}
	return len(ids), nil
}

// due are keys below an id that are wanted, in order and at most limit.
func due[V any](rows map[string]V, below string, limit int, wanted func(string) bool) []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		if id < below && wanted(id) && len(ids) < limit {
			ids = append(ids, id)
		}
	}
	return ids
}

// PurgeCalls implements [cdr.PurgeStore].
func (s *Store) PurgeCalls(ctx context.Context, organizationID string, limit int, below func(org.Organization) string, gone func([]string)) (int, error) {
	return s.purge(ctx, organizationID, func(o org.Organization, l *ledger) []string {
		return due(l.calls, below(o), limit, func(id string) bool {
			_, recorded := l.seals[id]
			return !recorded
		})
	}, func(l *ledger, id string) {
		delete(l.calls, id)
		l.purged = max(l.purged, id)
	}, gone)
}

// DoomRecordings implements [cdr.PurgeStore].
func (s *Store) DoomRecordings(ctx context.Context, organizationID string, limit int, below func(org.Organization) string) (int, error) {
	return s.purge(ctx, organizationID, func(o org.Organization, l *ledger) []string {
		return due(l.seals, below(o), limit, func(id string) bool { return l.seals[id].State != cdr.Deleting })
	}, func(l *ledger, id string) {
		seal := l.seals[id]
		seal.State = cdr.Deleting
		l.seals[id] = seal
	}, func([]string) {})
}

// DoomedRecordings implements [cdr.PurgeStore].
func (s *Store) DoomedRecordings(ctx context.Context, organizationID, after string, limit int) ([]cdr.DoomedRecording, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	l := s.ledgers[organizationID]
	if l == nil {
		return nil, nil
	}
	var list []cdr.DoomedRecording
	for _, id := range slices.Sorted(maps.Keys(l.seals)) {
		if id > after && l.seals[id].State == cdr.Deleting && len(list) < limit {
			list = append(list, cdr.DoomedRecording{CallID: id, Name: l.seals[id].Name, Called: l.calls[id].Recording})
		}
	}
	return list, nil
}

// PurgeRecordings implements [cdr.PurgeStore].
func (s *Store) PurgeRecordings(ctx context.Context, organizationID string, callIDs []string, gone func([]string)) error {
	_, err := s.purge(ctx, organizationID, func(_ org.Organization, l *ledger) []string {
		ids := slices.Sorted(slices.Values(callIDs))
		return slices.DeleteFunc(ids, func(id string) bool { return l.seals[id].State != cdr.Deleting })
	}, func(l *ledger, id string) {
		delete(l.seals, id)
		if c, there := l.calls[id]; there {
			c.Recording = ""
			l.calls[id] = c
		}
	}, gone)
	return err
}
