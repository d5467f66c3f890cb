package org

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Session is a login of the platform's administrator or of an organisation.
// The token is an opaque secret of which only the hash is kept, so a session
// ends at once when it is closed, its organisation is suspended or deleted, or
// its secret is rotated.
type Session struct {
	TokenHash [32]byte
	// OrganizationID is empty for the platform's administrator.
	OrganizationID string
	// SecretVersion is the organisation's at login.
	SecretVersion int64
	CreatedAt     time.Time
	ExpiresAt     time.Time
}

// IsPlatform reports whether the session is the platform administrator's.
func (s Session) IsPlatform() bool { return s.OrganizationID == "" }

// apiKeyPrefix starts every API key.
const apiKeyPrefix = "opk_"

// IsAPIKey reports whether a name has the form of an API key.
func IsAPIKey(name string) bool { return strings.HasPrefix(name, apiKeyPrefix) }

// Authenticate returns the organisation that an API key and its secret belong
// to. It takes one look at the store and no password hash. It returns
// [ErrUnauthenticated] for an unknown key or a wrong secret, and
// [ErrSuspended] for a right pair of a suspended organisation.
func (s *Service) Authenticate(ctx context.Context, apiKey string, secret Secret) (Organization, error) {
	o, err := s.store.OrganizationByAPIKey(ctx, apiKey)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Organization{}, fmt.Errorf("authenticate: %w", err)
	}
	// An unknown key compares with a zero hash, which is as slow as a real one.
	given := secret.Hash()
	same := subtle.ConstantTimeCompare(given[:], o.SecretHash[:]) == 1
	if err != nil || !same {
		return Organization{}, ErrUnauthenticated
	}
	if o.Status == Suspended {
		return Organization{}, ErrSuspended
	}
	return o, nil
}

// OpenSession logs an organisation in that [Service.Authenticate] let through.
// The token is returned this once. It returns [ErrUnauthenticated] when the
// organisation is gone.
func (s *Service) OpenSession(ctx context.Context, o Organization) (Secret, Session, error) {
	return s.openSession(ctx, Session{OrganizationID: o.ID, SecretVersion: o.SecretVersion})
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

// ResumeSession returns the session of a token and its organisation, which is
// the zero value for the platform's administrator. It returns
// [ErrUnauthenticated] when the token is unknown, expired or of a rotated
// secret, and [ErrSuspended] while the organisation is suspended.
func (s *Service) ResumeSession(ctx context.Context, token Secret) (Session, Organization, error) {
	session, o, err := s.store.Session(ctx, token.Hash())
	if errors.Is(err, ErrNotFound) {
		return Session{}, Organization{}, ErrUnauthenticated
	}
	if err != nil {
		return Session{}, Organization{}, fmt.Errorf("resume session: %w", err)
	}
	if !s.now().Before(session.ExpiresAt) {
		return Session{}, Organization{}, ErrUnauthenticated
	}
	if session.IsPlatform() {
		return session, Organization{}, nil
	}
	if session.SecretVersion != o.SecretVersion {
		return Session{}, Organization{}, ErrUnauthenticated
	}
	if o.Status == Suspended {
		return Session{}, Organization{}, ErrSuspended
	}
	return session, o, nil
}

// CloseSession ends the session of a token. It is no error when there is none.
func (s *Service) CloseSession(ctx context.Context, token Secret) error {
	if err := s.store.DeleteSession(ctx, token.Hash()); err != nil {
		return fmt.Errorf("close session: %w", err)
	}
	return nil
}
