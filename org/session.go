package org

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Session is a login of the platform's administrator or of an organisation.
// The token is an opaque secret of which only the hash is kept, so a session
// ends at once when it is closed, its organisation is suspended or deleted, its
// secret is rotated, or its named key is over.
type Session struct {
	TokenHash [32]byte
	// OrganizationID is empty for the platform's administrator.
	OrganizationID string
	// APIKeyID is the named key's that it was opened with; empty for the main one.
	APIKeyID string
	// SecretVersion is the credential's at login.
	SecretVersion int64
	CreatedAt     time.Time
	ExpiresAt     time.Time
}

// IsPlatform reports whether the session is the platform administrator's.
func (s Session) IsPlatform() bool { return s.OrganizationID == "" }

// OpenSession logs a credential in that [Service.Authenticate] let through.
// The token is returned this once. It returns [ErrUnauthenticated] when the
// organisation or its named key is gone.
func (s *Service) OpenSession(ctx context.Context, c Credential) (Secret, Session, error) {
	session := Session{OrganizationID: c.ID, SecretVersion: c.Secret}
	if c.Named != nil {
		session.APIKeyID = c.Named.ID
	}
	return s.openSession(ctx, session)
}

// OpenPlatformSession logs the platform's administrator in. The caller has
// checked who it is.
func (s *Service) OpenPlatformSession(ctx context.Context) (Secret, Session, error) {
	return s.openSession(ctx, Session{})
}

func (s *Service) openSession(ctx context.Context, session Session) (Secret, Session, error) {
	token, err := NewSecret(s.opts.Random, "opt_")
	if err != nil {
		return "", Session{}, err
	}
	session.TokenHash = token.Hash()
	session.CreatedAt = s.now()
	session.ExpiresAt = session.CreatedAt.Add(s.opts.SessionTTL)
	err = s.store.InsertSession(ctx, session)
	if errors.Is(err, ErrNotFound) {
		return "", Session{}, ErrUnauthenticated
	}
	if err != nil {
		return "", Session{}, fmt.Errorf("open session: %w", err)
	}
	return token, session, nil
}

// ResumeSession returns the session of a token and its credential, which is the
// zero value for the platform's administrator. It returns [ErrUnauthenticated]
// when the token is unknown, expired, of a rotated secret, or of a named key
// that is gone or over, and [ErrSuspended] while the organisation is suspended.
func (s *Service) ResumeSession(ctx context.Context, token Secret) (Session, Credential, error) {
	session, c, err := s.store.Session(ctx, token.Hash())
	if errors.Is(err, ErrNotFound) {
		return Session{}, Credential{}, ErrUnauthenticated
	}
	if err != nil {
		return Session{}, Credential{}, fmt.Errorf("resume session: %w", err)
	}
	if !s.now().Before(session.ExpiresAt) {
		return Session{}, Credential{}, ErrUnauthenticated
	}
	if session.IsPlatform() {
		return session, Credential{}, nil
	}
	if !c.secrets(s.now()).stands(session.SecretVersion) {
		return Session{}, Credential{}, ErrUnauthenticated
	}
	if c.Status == Suspended {
		return Session{}, Credential{}, ErrSuspended
	}
	c.Secret = session.SecretVersion
	return session, c, s.used(ctx, c)
}

// CloseSession ends the session of a token. It is no error when there is none.
func (s *Service) CloseSession(ctx context.Context, token Secret) error {
	if err := s.store.DeleteSession(ctx, token.Hash()); err != nil {
		return fmt.Errorf("close session: %w", err)
	}
	return nil
}
