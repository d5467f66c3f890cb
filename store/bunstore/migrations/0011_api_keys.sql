-- The named API keys of organisations, beside the main one.
CREATE TABLE orgpbx_api_keys (
    organization_id  {{.ID}} NOT NULL REFERENCES orgpbx_organizations (id) ON DELETE CASCADE,
    id               {{.ID}} NOT NULL,
    name             text NOT NULL,
    name_key         text NOT NULL, -- the name as it is compared
    api_key          text NOT NULL,
    scopes           {{.JSON}} NOT NULL,
    expires_at       {{.Time}}, -- null: never
    last_used_at     {{.Time}}, -- null: not yet; to a minute
    secret_hash      {{.Bytes}} NOT NULL,
    secret_version   bigint NOT NULL,
    old_secret_hash  {{.Bytes}} NOT NULL,
    old_secret_until {{.Time}},
    version          bigint NOT NULL,
    created_at       {{.Time}} NOT NULL,
    updated_at       {{.Time}} NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX orgpbx_api_keys_name_key ON orgpbx_api_keys (organization_id, name_key);
CREATE UNIQUE INDEX orgpbx_api_keys_api_key ON orgpbx_api_keys (api_key);

-- The named key that a session was opened with, and goes with; null: the main
-- one, or the platform's.
ALTER TABLE orgpbx_sessions ADD COLUMN api_key_id {{.ID}} REFERENCES orgpbx_api_keys (id) ON DELETE CASCADE;
CREATE INDEX orgpbx_sessions_api_key ON orgpbx_sessions (api_key_id);
