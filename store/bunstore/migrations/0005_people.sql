CREATE TABLE orgpbx_members (
    organization_id    {{.ID}} NOT NULL REFERENCES orgpbx_organizations (id) ON DELETE CASCADE,
    id                 {{.ID}} NOT NULL,
    email              text NOT NULL,
    email_key          text NOT NULL, -- the address as it is compared
    name               text NOT NULL,
    role               text NOT NULL,
    disabled           boolean NOT NULL,
    password_hash      text NOT NULL, -- empty until the invitation is accepted
    session_version    bigint NOT NULL,
    link_hash          {{.Bytes}}, -- null without a link
    link_expires_at    {{.Time}},
    totp_seed          {{.Bytes}}, -- sealed
    totp_confirmed     boolean NOT NULL,
    totp_last_step     bigint NOT NULL,
    totp_recovery      {{.JSON}} NOT NULL,
    totp_failures      bigint NOT NULL,
    totp_blocked_until {{.Time}},
    version            bigint NOT NULL,
    created_at         {{.Time}} NOT NULL,
    updated_at         {{.Time}} NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX orgpbx_members_email_key ON orgpbx_members (organization_id, email_key);
CREATE INDEX orgpbx_members_login ON orgpbx_members (email_key);
CREATE UNIQUE INDEX orgpbx_members_link_hash ON orgpbx_members (link_hash);

CREATE TABLE orgpbx_member_sessions (
    token_hash      {{.Bytes}} NOT NULL,
    organization_id {{.ID}} NOT NULL,
    member_id       {{.ID}} NOT NULL,
    session_version bigint NOT NULL,
    created_at      {{.Time}} NOT NULL,
    expires_at      {{.Time}} NOT NULL,
    PRIMARY KEY (token_hash),
    FOREIGN KEY (organization_id, member_id) REFERENCES orgpbx_members (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX orgpbx_member_sessions_member ON orgpbx_member_sessions (organization_id, member_id);
CREATE INDEX orgpbx_member_sessions_expiry ON orgpbx_member_sessions (expires_at);
