package memstore

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// purge runs edit on each call that find returns, under the lock of the
// organisation, and saves the entry of the trail that gone makes.
func (s *Store) purge(ctx context.Context, organizationID string,
	find func(*state, *ledger) []string, edit func(l *ledger, id string), gone func([]string),
) error {
	saved, unlock, err := s.lock(ctx, organizationID)
	if err != nil {
		return err
	}
	defer unlock()
	audit.Of(ctx).Restart()
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.ledger(organizationID)
	ids := find(saved, l)
	if len(ids) == 0 {
		return nil
	}
	gone(ids)
	entry, pending, err := audit.Of(ctx).Pending(organizationID)
	if err != nil {
		return err
	}
	for _, id := range ids {
		edit(l, id)
	}
	if pending {
		s.appendEntry(entry)
		audit.Of(ctx).Saved()
	}
	return nil
}

// due lists calls behind an id that are wanted.
func (l *ledger) due(after string, limit int, wanted func(id string, seal cdr.Seal, recorded bool) bool) []cdr.DueCall {
	var list []cdr.DueCall
	for _, id := range slices.Sorted(maps.Keys(l.calls)) {
		seal, recorded := l.seals[id]
		if id > after && wanted(id, seal, recorded) && len(list) < limit {
			list = append(list, cdr.DueCall{Call: traces(l.calls[id]), Recorded: recorded, Bytes: seal.Bytes})
		}
	}
	return list
}

// traces is what a hold knows a call by.
func traces(c cdr.Call) cdr.Call {
	return cdr.Call{
		ID: c.ID, Caller: c.Caller, CallerName: c.CallerName, Called: c.Called, Endpoint: c.Endpoint, AnsweredBy: c.AnsweredBy,
		StartedAt: c.StartedAt, Parts: slices.Clone(c.Parts),
	}
}

// kept returns what the holds keep.
func (s *state) kept() hold.Set { return hold.InForce(holdKind.list(s.holds, org.Page{})) }

// DueCalls implements [cdr.PurgeStore].
func (s *Store) DueCalls(ctx context.Context, organizationID, after, callsBelow, recordingsBelow string, limit int) ([]cdr.DueCall, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	l := s.ledgers[organizationID]
	if l == nil {
		return nil, nil
	}
	return l.due(after, limit, func(id string, _ cdr.Seal, recorded bool) bool {
		return id < callsBelow || recorded && id < recordingsBelow
	}), nil
}

// purgeDue runs edit on those of the wanted calls that nothing keeps.
func (s *Store) purgeDue(ctx context.Context, organizationID, after string, limit int, below func(org.Organization) string,
	wanted func(seal cdr.Seal, recorded bool) bool, edit func(l *ledger, id string), gone func([]string),
) (cdr.Batch, error) {
	var batch cdr.Batch
	err := s.purge(ctx, organizationID, func(saved *state, l *ledger) []string {
		kept := saved.kept()
		if kept.Everything() {
			return nil
		}
		last := below(saved.organization.Clone())
		calls := l.due(after, limit, func(id string, seal cdr.Seal, recorded bool) bool { return id < last && wanted(seal, recorded) })
		if len(calls) == limit {
			batch.Next = calls[limit-1].Call.ID
		}
		ids := cdr.Unheld(calls, kept)
		batch.Gone = len(ids)
		return ids
	}, edit, gone)
	if err != nil {
		return cdr.Batch{}, err
	}
	return batch, nil
}

// PurgeCalls implements [cdr.PurgeStore].
func (s *Store) PurgeCalls(ctx context.Context, organizationID, after string, limit int, below func(org.Organization) string, gone func([]string)) (cdr.Batch, error) {
	return s.purgeDue(ctx, organizationID, after, limit, below, func(_ cdr.Seal, recorded bool) bool {
		return !recorded
	}, func(l *ledger, id string) {
		delete(l.calls, id)
		l.purged = max(l.purged, id)
	}, gone)
}

// DoomRecordings implements [cdr.PurgeStore].
func (s *Store) DoomRecordings(ctx context.Context, organizationID, after string, limit int, below func(org.Organization) string) (cdr.Batch, error) {
	return s.purgeDue(ctx, organizationID, after, limit, below, func(seal cdr.Seal, recorded bool) bool {
		return recorded && seal.State != cdr.Deleting
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
	kept := s.saved[organizationID].kept()
	var list []cdr.DoomedRecording
	for _, id := range slices.Sorted(maps.Keys(l.seals)) {
		if id > after && l.seals[id].State == cdr.Deleting && len(list) < limit {
			held := cdr.DueCall{Call: l.calls[id]}.Held(kept)
			list = append(list, cdr.DoomedRecording{
				CallID: id, Name: l.seals[id].Name, Called: l.calls[id].Recording, Held: held,
				ClaimedUntil: l.moves[id].claimedUntil, Archived: l.moves[id].archived,
			})
		}
	}
	return list, nil
}

// PurgeRecordings implements [cdr.PurgeStore].
func (s *Store) PurgeRecordings(ctx context.Context, organizationID string, callIDs []string, gone func([]string)) error {
	return s.purge(ctx, organizationID, func(_ *state, l *ledger) []string {
		ids := slices.Sorted(slices.Values(callIDs))
		return slices.DeleteFunc(ids, func(id string) bool { return l.seals[id].State != cdr.Deleting })
	}, (*ledger).forgetRecording, gone)
}

func (l *ledger) forgetRecording(id string) {
	delete(l.seals, id)
	delete(l.moves, id)
	if c, there := l.calls[id]; there {
		c.Recording = ""
		l.calls[id] = c
	}
}

// PurgesFrom implements [cdr.PurgeStore].
func (s *Store) PurgesFrom(ctx context.Context, proposed time.Time) (time.Time, error) {
	if err := ctx.Err(); err != nil {
		return time.Time{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.purgesFrom.IsZero() {
		s.purgesFrom = proposed
	}
	return s.purgesFrom, nil
}

// DropEmptyMonths implements [cdr.PurgeStore]. There are no months in memory.
func (s *Store) DropEmptyMonths(context.Context, time.Time) error { return nil }
