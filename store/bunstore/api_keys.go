package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/apikey"
)

type apiKeyRow struct {
	bun.BaseModel `bun:"table:orgpbx_api_keys,alias:k"`
	metaRow

	Name           string     `bun:"name"`
	NameKey        string     `bun:"name_key"`
	APIKey         string     `bun:"api_key"`
	Scopes         []string   `bun:"scopes,type:jsonb"`
	ExpiresAt      *time.Time `bun:"expires_at"`
	LastUsedAt     *time.Time `bun:"last_used_at"`
	SecretHash     []byte     `bun:"secret_hash"`
	SecretVersion  int64      `bun:"secret_version"`
	OldSecretHash  []byte     `bun:"old_secret_hash"`
	OldSecretUntil *time.Time `bun:"old_secret_until"`
}

var apiKeys = kind[org.APIKey, apiKeyRow]{name: "API key", toRow: newAPIKeyRow, fromRow: (*apiKeyRow).apiKey}

func newAPIKeyRow(organizationID string, k org.APIKey) *apiKeyRow {
	return &apiKeyRow{
		metaRow: metaRow{
			OrganizationID: organizationID, ID: k.ID, Version: k.Version, CreatedAt: k.CreatedAt, UpdatedAt: k.UpdatedAt,
		},
		Name: k.Name, NameKey: org.NameKey(k.Name), APIKey: k.Key,
		Scopes:    append([]string{}, k.Scopes...), // nil would be stored as null
		ExpiresAt: timeOrNull(k.ExpiresAt), LastUsedAt: timeOrNull(k.LastUsedAt),
		SecretHash: k.SecretHash[:], SecretVersion: k.SecretVersion,
		OldSecretHash: k.OldSecretHash[:], OldSecretUntil: timeOrNull(k.OldSecretUntil),
	}
}

func (r *apiKeyRow) apiKey() org.APIKey {
	return org.APIKey{
		ID: r.ID, Name: r.Name, Key: r.APIKey, Scopes: r.Scopes,
		ExpiresAt: timeOrZero(r.ExpiresAt), LastUsedAt: timeOrZero(r.LastUsedAt),
		SecretHash: hash(r.SecretHash), SecretVersion: r.SecretVersion,
		OldSecretHash: hash(r.OldSecretHash), OldSecretUntil: timeOrZero(r.OldSecretUntil),
		Version: r.Version, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
}

// credential returns the named key of an organisation, or its main one.
func credential(o *organizationRow, named *apiKeyRow) org.Credential {
	c := org.Credential{Organization: o.organization()}
	if named != nil {
		k := named.apiKey()
		c.Named = &k
	}
	return c
}

// APIKeys implements [apikey.Store].
func (s *Store) APIKeys() apikey.Finder { return reader(s.db, apiKeys) }

// ChangeAPIKeys implements [apikey.Store].
func (s *Store) ChangeAPIKeys(ctx context.Context, organizationID string, change func(apikey.Table) error) error {
	return s.change(ctx, organizationID, func(_ context.Context, db bun.Tx, row *organizationRow) error {
		return change(writer(&tx{db: db, row: row}, apiKeys))
	})
}

// CredentialByAPIKey implements [org.Store].
func (s *Store) CredentialByAPIKey(ctx context.Context, key string) (org.Credential, error) {
	if !storable(key) {
		return org.Credential{}, org.ErrNotFound
	}
	row := new(organizationRow)
	err := s.db.NewSelect().Model(row).
		RelationWithOpts("Named", bun.RelationOpts{AdditionalJoinOnConditions: []schema.QueryWithArgs{
			schema.SafeQuery("named.api_key = ?", []any{key}),
		}}).
		Where("o.id IN (SELECT id FROM orgpbx_organizations WHERE api_key = ? UNION ALL "+
			"SELECT organization_id FROM orgpbx_api_keys WHERE api_key = ?)", key, key).Scan(ctx)
	if err != nil {
		return org.Credential{}, failed(ctx, "read credential", err)
	}
	return credential(row, row.Named), nil
}

// UseAPIKey implements [org.Store].
func (s *Store) UseAPIKey(ctx context.Context, organizationID, id string, at, before time.Time) error {
	if !storable(organizationID, id) {
		return nil
	}
	_, err := s.execAlone(ctx, "note the use of an API key", s.db.NewUpdate().Model((*apiKeyRow)(nil)).Set("last_used_at = ?", at).
		Where("organization_id = ?", organizationID).Where("id = ?", id).
		Where("last_used_at IS NULL OR last_used_at <= ?", before))
	return err
}
