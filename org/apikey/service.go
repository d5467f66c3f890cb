package apikey

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/member"
)

const (
	// MaxKeys is how many named keys an organisation may have.
	MaxKeys = 50
	// MaxOverlap is how long a rotated secret may stay good.
	MaxOverlap = org.MaxOverlap

	// auditKind is what a named key is called in the trail.
	auditKind = "api_key"
	// quota is what the number of keys is called where it is exceeded.
	quota limits.Kind = "api_keys"
)

// ErrScope is returned to somebody who would make, or get the secret of, a key
// that may do more than he may himself.
var ErrScope = errors.New("a key may not do more than its maker")

// May reports whether somebody has a permission.
type May func(member.Permission) bool

// Draft is what a key is made of.
type Draft struct {
	// Name is 1 to 50 letters, digits, spaces or ._'&-. It is unique in the
	// organisation, ignoring case.
	Name string
	// Scopes are some of [Scopes]; a key without any may do nothing.
	Scopes []string
	// ExpiresAt is when the key ends; zero for never.
	ExpiresAt time.Time
}

// Options are what a [Service] needs beside its store. Every field has a
// default.
type Options struct {
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Random is where keys and secrets come from; crypto/rand when nil.
	Random io.Reader
	// NewID makes ids that rise with time; UUIDv7 when nil.
	NewID func() string
}

// Service makes, rotates and revokes named keys. It is safe for concurrent use.
type Service struct {
	store Store
	opts  Options
}

// New returns a service on a store.
func New(store Store, opts Options) *Service {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.NewID == nil {
		opts.NewID = func() string { return uuid.Must(uuid.NewV7()).String() }
	}
	return &Service{store: store, opts: opts}
}

// Get returns a named key, or [org.ErrNotFound].
func (s *Service) Get(ctx context.Context, organizationID, id string) (org.APIKey, error) {
	k, err := s.store.APIKeys().Get(ctx, organizationID, id)
	return k, named("get API key", err)
}

// List returns named keys, oldest first.
func (s *Service) List(ctx context.Context, organizationID string, page org.Page) ([]org.APIKey, error) {
	list, err := s.store.APIKeys().List(ctx, organizationID, page)
	return list, named("list API keys", err)
}

// Create adds a named key and returns it with its secret, which can never be
// read again. may is what its maker may do. It returns [org.ErrNotFound], an
// [*org.InvalidError], [ErrScope], an [*org.DuplicateError] with field "name",
// or a [*limits.ExceededError] when there are [MaxKeys]; nothing is saved then.
func (s *Service) Create(ctx context.Context, may May, organizationID string, draft Draft) (org.APIKey, org.Secret, error) {
	now := s.now()
	if err := draft.check(now); err != nil {
		return org.APIKey{}, "", named("create API key", err)
	}
	if !may.covers(draft.Scopes) {
		return org.APIKey{}, "", named("create API key", ErrScope)
	}
	key, secret, err := org.NewAPIKey(s.opts.Random)
	if err != nil {
		return org.APIKey{}, "", named("create API key", err)
	}
	k := org.APIKey{
		ID: s.opts.NewID(), Name: draft.Name, Key: key, Scopes: append([]string{}, draft.Scopes...), ExpiresAt: draft.ExpiresAt,
		SecretHash: secret.Hash(), SecretVersion: 1, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	err = s.store.ChangeAPIKeys(ctx, organizationID, func(keys Table) error {
		list, err := keys.List(ctx, organizationID, org.Page{})
		if err != nil {
			return err
		}
		if err := limits.Check(quota, limits.AtMost(MaxKeys), len(list)); err != nil {
			return err
		}
		audit.Changed(ctx, auditKind, k.ID, nil, k)
		return keys.Insert(ctx, organizationID, k)
	})
	if err != nil {
		return org.APIKey{}, "", named("create API key", err)
	}
	return k, secret, nil
}

// Rotate gives a named key a new secret and returns it this once. The one
// before, and every session opened with it, stays good for overlap: not at all
// when 0, at most [MaxOverlap]. One that is older is dead at once. may is what
// the caller may do, ifVersion the version he has seen, 0 for any. It returns
// [org.ErrNotFound], [org.ErrVersionMismatch], an [*org.InvalidError] with field
// "overlap_seconds", or [ErrScope]; nothing is saved then.
func (s *Service) Rotate(ctx context.Context, may May, organizationID, id string, ifVersion int64, overlap time.Duration) (org.APIKey, org.Secret, error) {
	if err := org.CheckOverlap(overlap); err != nil {
		return org.APIKey{}, "", named("rotate API key", err)
	}
	_, secret, err := org.NewAPIKey(s.opts.Random)
	if err != nil {
		return org.APIKey{}, "", named("rotate API key", err)
	}
	var rotated org.APIKey
	err = s.store.ChangeAPIKeys(ctx, organizationID, func(keys Table) error {
		k, err := find(ctx, keys, organizationID, id, ifVersion)
		if err != nil {
			return err
		}
		if !may.covers(k.Scopes) {
			return ErrScope
		}
		rotated = s.withSecret(k, secret, overlap)
		audit.Changed(ctx, auditKind, id, k, rotated)
		return keys.Update(ctx, organizationID, rotated)
	})
	if err != nil {
		return org.APIKey{}, "", named("rotate API key", err)
	}
	return rotated, secret, nil
}

func (s *Service) withSecret(k org.APIKey, secret org.Secret, overlap time.Duration) org.APIKey {
	k = k.Clone()
	k.OldSecretHash, k.OldSecretUntil = [32]byte{}, time.Time{}
	if overlap > 0 {
		k.OldSecretHash, k.OldSecretUntil = k.SecretHash, s.now().Add(overlap)
	}
	k.SecretHash = secret.Hash()
	k.SecretVersion++
	k.Version++
	k.UpdatedAt = s.now()
	return k
}

// Delete revokes a named key: it and its sessions are dead when Delete returns.
// ifVersion is the version the caller has seen, 0 for any. It returns
// [org.ErrNotFound] or [org.ErrVersionMismatch].
func (s *Service) Delete(ctx context.Context, organizationID, id string, ifVersion int64) error {
	return named("delete API key", s.store.ChangeAPIKeys(ctx, organizationID, func(keys Table) error {
		k, err := find(ctx, keys, organizationID, id, ifVersion)
		if err != nil {
			return err
		}
		audit.Changed(ctx, auditKind, id, k, nil)
		return keys.Delete(ctx, organizationID, id)
	}))
}

func find(ctx context.Context, keys Table, organizationID, id string, ifVersion int64) (org.APIKey, error) {
	k, err := keys.Get(ctx, organizationID, id)
	if err != nil {
		return org.APIKey{}, err
	}
	if ifVersion != 0 && ifVersion != k.Version {
		return org.APIKey{}, org.ErrVersionMismatch
	}
	return k, nil
}

// now is UTC in whole microseconds, which every backend can keep.
func (s *Service) now() time.Time { return s.opts.Now().UTC().Truncate(time.Microsecond) }

// named wraps an error with what failed.
func named(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
