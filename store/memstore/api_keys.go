package memstore

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/apikey"
	"github.com/orgpbx/orgpbx/org/audit"
)

var apiKeyKind = kind[org.APIKey]{
	id:    func(k *org.APIKey) string { return k.ID },
	clone: org.APIKey.Clone,
	rows:  func(s *state) *rows[org.APIKey] { return &s.apiKeys },
	unique: []unique[org.APIKey]{
		{field: "name", value: func(k *org.APIKey) string { return org.NameKey(k.Name) }},
		{field: "api_key", value: func(k *org.APIKey) string { return k.Key }, platform: true},
	},
}

// APIKeys implements [apikey.Store].
func (s *Store) APIKeys() apikey.Finder { return finder[org.APIKey]{s, apiKeyKind} }

// ChangeAPIKeys implements [apikey.Store].
func (s *Store) ChangeAPIKeys(ctx context.Context, organizationID string, change func(apikey.Table) error) error {
	err := s.changeTables(ctx, organizationID, func(t *tx) error { return change(table[org.APIKey]{t, apiKeyKind}) })
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.sessions, func(_ [32]byte, session org.Session) bool {
		_, there := s.credential(organizationID, session.APIKeyID)
		return session.OrganizationID == organizationID && !there
	})
	return nil
}

// credential looks a credential up: the main one where id is empty. The caller
// holds mu.
func (s *Store) credential(organizationID, id string) (org.Credential, bool) {
	saved := s.saved[organizationID]
	if saved == nil {
		return org.Credential{}, false
	}
	c := org.Credential{Organization: saved.organization.Clone()}
	if id == "" {
		return c, true
	}
	k, err := apiKeyKind.get(saved.apiKeys, id)
	c.Named = &k
	return c, err == nil
}

// CredentialByAPIKey implements [org.Store].
func (s *Store) CredentialByAPIKey(ctx context.Context, key string) (org.Credential, error) {
	if err := ctx.Err(); err != nil {
		return org.Credential{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	id, known := s.claims[claim{"api_key", key}]
	if !known {
		return org.Credential{}, org.ErrNotFound
	}
	named := ""
	for _, k := range s.saved[id].apiKeys {
		if k.Key == key {
			named = k.ID
		}
	}
	c, _ := s.credential(id, named)
	return c, nil
}

// UseAPIKey implements [org.Store].
func (s *Store) UseAPIKey(ctx context.Context, organizationID, id string, at, before time.Time) error {
	err := s.changeTables(audit.Without(ctx), organizationID, func(t *tx) error {
		keys := table[org.APIKey]{t, apiKeyKind}
		k, err := keys.Get(ctx, organizationID, id)
		if err != nil || k.LastUsedAt.After(before) {
			return err
		}
		k.LastUsedAt = at
		return keys.Update(ctx, organizationID, k)
	})
	if errors.Is(err, org.ErrNotFound) { // it was revoked meanwhile
		return nil
	}
	return err
}
