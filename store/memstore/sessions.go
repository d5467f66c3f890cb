package memstore

import (
	"context"
	"maps"

	"github.com/orgpbx/orgpbx/org"
)

// InsertSession implements [org.Store].
func (s *Store) InsertSession(ctx context.Context, session org.Session) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !session.IsPlatform() {
		if _, there := s.credential(session.OrganizationID, session.APIKeyID); !there {
			return org.ErrNotFound
		}
	}
	maps.DeleteFunc(s.sessions, func(_ [32]byte, old org.Session) bool {
		return old.ExpiresAt.Before(session.CreatedAt)
	})
	s.sessions[session.TokenHash] = session
	return nil
}

// Session implements [org.Store].
func (s *Store) Session(ctx context.Context, tokenHash [32]byte) (org.Session, org.Credential, error) {
	if err := ctx.Err(); err != nil {
		return org.Session{}, org.Credential{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	session, known := s.sessions[tokenHash]
	if !known {
		return org.Session{}, org.Credential{}, org.ErrNotFound
	}
	if session.IsPlatform() {
		return session, org.Credential{}, nil
	}
	c, there := s.credential(session.OrganizationID, session.APIKeyID)
	if !there {
		return org.Session{}, org.Credential{}, org.ErrNotFound
	}
	return session, c, nil
}

// DeleteSession implements [org.Store].
func (s *Store) DeleteSession(ctx context.Context, tokenHash [32]byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, tokenHash)
	return nil
}
