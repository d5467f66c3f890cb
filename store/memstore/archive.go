package memstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/orgpbx/orgpbx/resource/cdr"
)

// move is what became of a recording that somebody has claimed.
type move struct {
	claimedUntil time.Time
	archived     bool
}

// UnarchivedRecordings implements [cdr.ArchiveStore].
func (s *Store) UnarchivedRecordings(ctx context.Context, after cdr.RecordingRef, limit int) ([]cdr.SealedRecording, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []cdr.SealedRecording
	for _, ref := range s.recordings(after, cdr.Sealed) {
		l := s.ledgers[ref.OrganizationID]
		seal, m := l.seals[ref.CallID], l.moves[ref.CallID]
		if !m.archived && len(list) < limit {
			list = append(list, cdr.SealedRecording{
				RecordingRef: ref, SHA256: seal.SHA256, Bytes: seal.Bytes, Claimed: !m.claimedUntil.IsZero(),
			})
		}
	}
	return list, nil
}

// recordings lists those in a state, in order and behind after. The lock is held.
func (s *Store) recordings(after cdr.RecordingRef, state cdr.SealState) []cdr.RecordingRef {
	order := func(a, b cdr.RecordingRef) int {
		return cmp.Or(cmp.Compare(a.OrganizationID, b.OrganizationID), cmp.Compare(a.CallID, b.CallID))
	}
	var list []cdr.RecordingRef
	for id, l := range s.ledgers {
		for call, seal := range l.seals {
			ref := cdr.RecordingRef{
				OrganizationID: id, ContextPrefix: s.saved[id].organization.ContextPrefix, CallID: call, Name: seal.Name,
			}
			if seal.State == state && order(ref, after) > 0 {
				list = append(list, ref)
			}
		}
	}
	slices.SortFunc(list, order)
	return list
}

// ClaimRecording implements [cdr.ArchiveStore].
func (s *Store) ClaimRecording(ctx context.Context, organizationID, callID string, now, until time.Time) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.ledgers[organizationID]
	if l == nil || l.seals[callID].State != cdr.Sealed || l.moves[callID].archived || now.Before(l.moves[callID].claimedUntil) {
		return false, nil
	}
	l.moves[callID] = move{claimedUntil: until}
	return true, nil
}

// ArchiveRecording implements [cdr.ArchiveStore].
func (s *Store) ArchiveRecording(ctx context.Context, organizationID, callID string, until time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.ledgers[organizationID]
	if l == nil {
		return nil
	}
	if m, claimed := l.moves[callID]; claimed && m.claimedUntil.Equal(until) {
		l.moves[callID] = move{claimedUntil: until, archived: true}
	}
	return nil
}

// ArchivedBytes implements [cdr.ArchiveStore].
func (s *Store) ArchivedBytes(ctx context.Context, organizationID string) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	l := s.ledgers[organizationID]
	if l == nil {
		return 0, nil
	}
	var sum int64
	for call, m := range l.moves {
		if m.archived {
			sum += l.seals[call].Bytes
		}
	}
	return sum, nil
}
