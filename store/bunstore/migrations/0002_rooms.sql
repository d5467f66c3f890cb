-- Organisations from before get what the presets had from then on.
ALTER TABLE orgpbx_organizations ADD COLUMN emergency_numbers {{.JSON}} NOT NULL DEFAULT '["112","911"]';

ALTER TABLE orgpbx_deployments ADD COLUMN warnings {{.JSON}} NOT NULL DEFAULT '[]';

CREATE TABLE orgpbx_ivrs (
    organization_id      {{.ID}} NOT NULL REFERENCES orgpbx_organizations (id) ON DELETE CASCADE,
    id                   {{.ID}} NOT NULL,
    name                 text NOT NULL,
    name_key             text NOT NULL,
    number               text NOT NULL,
    greeting             text NOT NULL,
    timeout              bigint NOT NULL,
    options              {{.JSON}} NOT NULL, -- by key
    fallback_type        text, -- null ends the call
    fallback_destination text,
    version              bigint NOT NULL,
    created_at           {{.Time}} NOT NULL,
    updated_at           {{.Time}} NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX orgpbx_ivrs_name_key ON orgpbx_ivrs (organization_id, name_key);
CREATE UNIQUE INDEX orgpbx_ivrs_number ON orgpbx_ivrs (organization_id, number);

CREATE TABLE orgpbx_conferences (
    organization_id {{.ID}} NOT NULL REFERENCES orgpbx_organizations (id) ON DELETE CASCADE,
    id              {{.ID}} NOT NULL,
    name            text NOT NULL,
    name_key        text NOT NULL,
    number          text NOT NULL,
    pin             text NOT NULL, -- empty for none
    max_members     bigint NOT NULL, -- 0 for as many as like
    version         bigint NOT NULL,
    created_at      {{.Time}} NOT NULL,
    updated_at      {{.Time}} NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX orgpbx_conferences_name_key ON orgpbx_conferences (organization_id, name_key);
CREATE UNIQUE INDEX orgpbx_conferences_number ON orgpbx_conferences (organization_id, number);

CREATE TABLE orgpbx_ai_agents (
    organization_id {{.ID}} NOT NULL REFERENCES orgpbx_organizations (id) ON DELETE CASCADE,
    id              {{.ID}} NOT NULL,
    name            text NOT NULL,
    name_key        text NOT NULL,
    number          text NOT NULL,
    protocol        text NOT NULL,
    address         text NOT NULL,
    version         bigint NOT NULL,
    created_at      {{.Time}} NOT NULL,
    updated_at      {{.Time}} NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX orgpbx_ai_agents_name_key ON orgpbx_ai_agents (organization_id, name_key);
CREATE UNIQUE INDEX orgpbx_ai_agents_number ON orgpbx_ai_agents (organization_id, number);
