-- Text in double braces is the name of a type in the database at hand.
-- The index of a unique column is named table_column: see errors.go.

CREATE TABLE orgpbx_organizations (
    id                       {{.ID}} NOT NULL,
    name                     text NOT NULL,
    name_key                 text NOT NULL, -- the name as it is compared
    industry                 text NOT NULL,
    status                   text NOT NULL,
    contact_email            text NOT NULL,
    contact_phone            text NOT NULL,
    max_users                bigint, -- a limit that is null is unlimited
    max_dids                 bigint,
    max_trunks               bigint,
    max_queues               bigint,
    recording_enabled        boolean NOT NULL,
    webhook_enabled          boolean NOT NULL,
    features                 {{.JSON}} NOT NULL,
    concurrent_calls         bigint,
    monthly_minutes          bigint,
    storage_gb               bigint,
    recording_consent        text NOT NULL,
    retention_cdr_days       bigint, -- null keeps for ever
    retention_recording_days bigint,
    pii_masking              boolean NOT NULL,
    context_prefix           text NOT NULL,
    api_key                  text NOT NULL,
    secret_hash              {{.Bytes}} NOT NULL,
    secret_version           bigint NOT NULL,
    desired_revision         bigint NOT NULL,
    applied_revision         bigint NOT NULL,
    config_state             text NOT NULL,
    users                    bigint NOT NULL DEFAULT 0 CHECK (users >= 0), -- how many rows there are
    dids                     bigint NOT NULL DEFAULT 0 CHECK (dids >= 0),
    trunks                   bigint NOT NULL DEFAULT 0 CHECK (trunks >= 0),
    queues                   bigint NOT NULL DEFAULT 0 CHECK (queues >= 0),
    version                  bigint NOT NULL,
    created_at               {{.Time}} NOT NULL,
    updated_at               {{.Time}} NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX orgpbx_organizations_name_key ON orgpbx_organizations (name_key);
CREATE UNIQUE INDEX orgpbx_organizations_api_key ON orgpbx_organizations (api_key);
CREATE UNIQUE INDEX orgpbx_organizations_context_prefix ON orgpbx_organizations (context_prefix);
CREATE INDEX orgpbx_organizations_unapplied ON orgpbx_organizations (id) WHERE config_state <> 'applied';

CREATE TABLE orgpbx_sessions (
    token_hash      {{.Bytes}} NOT NULL,
    organization_id {{.ID}} REFERENCES orgpbx_organizations (id) ON DELETE CASCADE, -- null: the platform's
    secret_version  bigint NOT NULL,
    created_at      {{.Time}} NOT NULL,
    expires_at      {{.Time}} NOT NULL,
    PRIMARY KEY (token_hash)
);
CREATE INDEX orgpbx_sessions_organization ON orgpbx_sessions (organization_id);
CREATE INDEX orgpbx_sessions_expiry ON orgpbx_sessions (expires_at);

CREATE TABLE orgpbx_users (
    organization_id    {{.ID}} NOT NULL REFERENCES orgpbx_organizations (id) ON DELETE CASCADE,
    id                 {{.ID}} NOT NULL,
    extension          text NOT NULL,
    username           text NOT NULL,
    email              text NOT NULL,
    full_name          text NOT NULL,
    role               text NOT NULL,
    ring_target        text NOT NULL,
    phone_number       text NOT NULL,
    voicemail_enabled  boolean NOT NULL,
    outbound_caller_id text NOT NULL,
    sip_username       text NOT NULL,
    sip_realm          text NOT NULL,
    sip_md5            text NOT NULL,
    version            bigint NOT NULL,
    created_at         {{.Time}} NOT NULL,
    updated_at         {{.Time}} NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX orgpbx_users_extension ON orgpbx_users (organization_id, extension);
CREATE UNIQUE INDEX orgpbx_users_username ON orgpbx_users (organization_id, username) WHERE username <> '';
CREATE UNIQUE INDEX orgpbx_users_sip_username ON orgpbx_users (sip_username);

CREATE TABLE orgpbx_trunks (
    organization_id {{.ID}} NOT NULL REFERENCES orgpbx_organizations (id) ON DELETE CASCADE,
    id              {{.ID}} NOT NULL,
    name            text NOT NULL,
    name_key        text NOT NULL,
    trunk_type      text NOT NULL,
    host            text NOT NULL,
    port            bigint NOT NULL,
    transport       text NOT NULL,
    username        text NOT NULL,
    password        {{.Bytes}}, -- sealed
    max_channels    bigint,
    retry_interval  bigint NOT NULL,
    expiration      bigint NOT NULL,
    contact_user    text NOT NULL,
    from_domain     text NOT NULL,
    sip_username    text NOT NULL, -- empty unless the other side registers
    version         bigint NOT NULL,
    created_at      {{.Time}} NOT NULL,
    updated_at      {{.Time}} NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX orgpbx_trunks_name_key ON orgpbx_trunks (organization_id, name_key);

CREATE TABLE orgpbx_dids (
    organization_id     {{.ID}} NOT NULL REFERENCES orgpbx_organizations (id) ON DELETE CASCADE,
    id                  {{.ID}} NOT NULL,
    number              text NOT NULL,
    trunk_id            text NOT NULL,
    description         text NOT NULL,
    routing_type        text NOT NULL,
    routing_destination text NOT NULL,
    recording_enabled   boolean NOT NULL,
    version             bigint NOT NULL,
    created_at          {{.Time}} NOT NULL,
    updated_at          {{.Time}} NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX orgpbx_dids_number ON orgpbx_dids (number);

CREATE TABLE orgpbx_queues (
    organization_id      {{.ID}} NOT NULL REFERENCES orgpbx_organizations (id) ON DELETE CASCADE,
    id                   {{.ID}} NOT NULL,
    name                 text NOT NULL,
    name_key             text NOT NULL,
    number               text NOT NULL,
    strategy             text NOT NULL,
    timeout              bigint NOT NULL,
    retry                bigint NOT NULL,
    max_wait             bigint NOT NULL,
    music_on_hold        text NOT NULL,
    recording_enabled    boolean NOT NULL,
    overflow_type        text, -- null ends the call
    overflow_destination text,
    members              {{.JSON}} NOT NULL,
    version              bigint NOT NULL,
    created_at           {{.Time}} NOT NULL,
    updated_at           {{.Time}} NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX orgpbx_queues_name_key ON orgpbx_queues (organization_id, name_key);
CREATE UNIQUE INDEX orgpbx_queues_number ON orgpbx_queues (organization_id, number);

CREATE TABLE orgpbx_outbound_routes (
    organization_id   {{.ID}} NOT NULL REFERENCES orgpbx_organizations (id) ON DELETE CASCADE,
    id                {{.ID}} NOT NULL,
    name              text NOT NULL,
    name_key          text NOT NULL,
    dial_pattern      text NOT NULL,
    trunk_id          text NOT NULL,
    priority          bigint NOT NULL,
    strip_digits      bigint NOT NULL,
    prepend_digits    text NOT NULL,
    caller_id         text NOT NULL,
    recording_enabled boolean NOT NULL,
    version           bigint NOT NULL,
    created_at        {{.Time}} NOT NULL,
    updated_at        {{.Time}} NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX orgpbx_outbound_routes_name_key ON orgpbx_outbound_routes (organization_id, name_key);

CREATE TABLE orgpbx_deployments (
    organization_id {{.ID}} NOT NULL REFERENCES orgpbx_organizations (id) ON DELETE CASCADE,
    id              {{.ID}} NOT NULL,
    revision        bigint NOT NULL,
    state           text NOT NULL,
    changes         {{.JSON}} NOT NULL,
    error           text NOT NULL,
    started_at      {{.Time}} NOT NULL,
    finished_at     {{.Time}} NOT NULL,
    PRIMARY KEY (organization_id, id)
);

-- Organisations that were deleted here and may still be in the PBX.
CREATE TABLE orgpbx_removals (
    organization_id {{.ID}} NOT NULL,
    context_prefix  text NOT NULL,
    PRIMARY KEY (organization_id, context_prefix)
);
