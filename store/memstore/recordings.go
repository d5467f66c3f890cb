package memstore

import (
	"context"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// UnsealedRecordings implements [cdr.Store].
func (s *Store) UnsealedRecordings(ctx context.Context, after cdr.RecordingRef, limit int) ([]cdr.RecordingRef, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := s.recordings(after, cdr.Unsealed)
	return list[:min(limit, len(list))], nil
}

// SealRecording implements [cdr.Store].
func (s *Store) SealRecording(ctx context.Context, organizationID, callID string, seal cdr.Seal) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.ledgers[organizationID]
	if l == nil {
		return nil
	}
	if before, known := l.seals[callID]; known && before.State == cdr.Unsealed {
		seal.Name = before.Name
		l.seals[callID] = seal
	}
	return nil
}

// Seal implements [cdr.Store].
func (s *Store) Seal(ctx context.Context, organizationID, callID string) (cdr.Seal, error) {
	if err := ctx.Err(); err != nil {
		return cdr.Seal{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	l := s.ledgers[organizationID]
	if l == nil {
		return cdr.Seal{}, org.ErrNotFound
	}
	seal, known := l.seals[callID]
	if !known {
		return cdr.Seal{}, org.ErrNotFound
	}
	return seal, nil
}
