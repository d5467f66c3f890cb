package org

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// usedEvery is how exactly the last use of a named key is known.
const usedEvery = time.Minute

// MaxOverlap is how long a secret may stay good after its rotation.
const MaxOverlap = 7 * 24 * time.Hour

// CheckOverlap returns an [*InvalidError] with field "overlap_seconds" unless a
// secret may stay good that long after its rotation.
func CheckOverlap(overlap time.Duration) error {
	if overlap < 0 || overlap > MaxOverlap {
		return Invalid("overlap_seconds", "range", fmt.Sprintf("must be 0 to %d", int(MaxOverlap.Seconds())))
	}
	return nil
}

// apiKeyPrefix starts every API key.
const apiKeyPrefix = "opk_"

// IsAPIKey reports whether a name has the form of an API key.
func IsAPIKey(name string) bool { return strings.HasPrefix(name, apiKeyPrefix) }

// APIKey is a credential that an organisation has beside its main one: with a
// name, and with no more rights than its scopes. Package org/apikey makes them.
type APIKey struct {
	ID   string `json:"id"` // UUIDv7
	Name string `json:"name"`
	// Key is the public part, of the same form as an organisation's.
	Key string `json:"api_key"`
	// Scopes are the permissions of package org/member that it has, each once.
	Scopes []string `json:"scopes"`
	// ExpiresAt is when it ends; zero for never.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	// LastUsedAt is when it let somebody in, to a minute; zero for never.
	LastUsedAt time.Time `json:"-"`

	SecretHash [32]byte `json:"-"` // SHA-256, as the next
	// SecretVersion counts the secrets so far, as that of an organisation does.
	SecretVersion int64 `json:"-"`
	// OldSecretHash is of the secret before this one, which is good until
	// OldSecretUntil.
	OldSecretHash  [32]byte  `json:"-"`
	OldSecretUntil time.Time `json:"old_secret_until,omitzero"`

	Version   int64     `json:"version"` // what If-Match compares, from 1
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Clone returns a copy that shares no memory with k.
func (k APIKey) Clone() APIKey {
	k.Scopes = slices.Clone(k.Scopes)
	return k
}

// Credential is an API key of an organisation: the main one, or a named one.
type Credential struct {
	Organization
	Named *APIKey // nil for the main one
	// Secret counts which of the credential's secrets was shown.
	Secret int64
}

// MainCredential is the organisation's own, with all rights.
func MainCredential(o Organization) Credential {
	return Credential{Organization: o, Secret: o.SecretVersion}
}

// NewAPIKey returns the public part and the secret of a new credential. It
// reads from random as [NewSecret] does.
func NewAPIKey(random io.Reader) (key string, secret Secret, err error) {
	name, err := NewName(random, 20)
	if err != nil {
		return "", "", err
	}
	secret, err = NewSecret(random, "ops_")
	return apiKeyPrefix + name, secret, err
}

// secrets are what the secret of a credential is compared with.
type secrets struct {
	hash, old  [32]byte
	version    int64
	oldIsGood  bool
	credential bool // false where there is none: nothing fits then
}

func (c Credential) secrets(now time.Time) secrets {
	if k := c.Named; k != nil {
		return secrets{k.SecretHash, k.OldSecretHash, k.SecretVersion, now.Before(k.OldSecretUntil), !k.over(now)}
	}
	return secrets{c.SecretHash, c.OldSecretHash, c.SecretVersion, now.Before(c.OldSecretUntil), c.ID != ""}
}

// over reports whether the key's time is.
func (k APIKey) over(now time.Time) bool { return !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt) }

// accepts returns which of the secrets this is. It does the same work whatever
// it compares with.
func (s secrets) accepts(given [32]byte) (version int64, ok bool) {
	same := subtle.ConstantTimeCompare(given[:], s.hash[:]) == 1
	old := subtle.ConstantTimeCompare(given[:], s.old[:]) == 1
	switch {
	case !s.credential:
		return 0, false
	case same:
		return s.version, true
	default:
		return s.version - 1, old && s.oldIsGood
	}
}

// stands reports whether what was opened with one of the secrets is good still.
func (s secrets) stands(version int64) bool {
	return s.credential && (version == s.version || version == s.version-1 && s.oldIsGood)
}

// refusalStep is what the time to refuse a credential is rounded up to. It is far
// longer than a look into the store takes, found or not.
const refusalStep = 10 * time.Millisecond

// refuse waits until what was begun has taken a multiple of refusalStep, and
// returns [ErrUnauthenticated]: the time tells nobody why.
func refuse(ctx context.Context, begun time.Time) error {
	wait := time.NewTimer(refusalStep - time.Since(begun)%refusalStep)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
	}
	return ErrUnauthenticated
}

// Authenticate returns the credential that an API key and its secret are, with
// its organisation. It takes one look at the store and no password hash, and as
// long for an unknown key as for a wrong secret. It returns [ErrUnauthenticated]
// for an unknown key, a wrong secret and a key whose time is over, and
// [ErrSuspended] for a right pair of a suspended organisation.
func (s *Service) Authenticate(ctx context.Context, apiKey string, secret Secret) (Credential, error) {
	begun := time.Now()
	c, err := s.store.CredentialByAPIKey(ctx, apiKey)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Credential{}, fmt.Errorf("authenticate: %w", err)
	}
	version, ok := c.secrets(s.now()).accepts(secret.Hash())
	if err != nil || !ok {
		return Credential{}, refuse(ctx, begun)
	}
	if c.Status == Suspended {
		return Credential{}, ErrSuspended
	}
	c.Secret = version
	return c, s.used(ctx, c)
}

// used notes that a named key let somebody in.
func (s *Service) used(ctx context.Context, c Credential) error {
	now := s.now()
	if c.Named == nil || now.Sub(c.Named.LastUsedAt) < usedEvery {
		return nil
	}
	if err := s.store.UseAPIKey(ctx, c.ID, c.Named.ID, now, now.Add(-usedEvery)); err != nil {
		return fmt.Errorf("note the use of an API key: %w", err)
	}
	return nil
}
