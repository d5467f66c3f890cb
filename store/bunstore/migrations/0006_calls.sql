-- Calls. An id holds the second in which the call started, so a month is a range
-- of ids. Rows go with their organisation without a foreign key, which would lock
-- the organisations whenever a month begins.
CREATE TABLE orgpbx_calls (
    organization_id {{.ID}} NOT NULL,
    id              {{.ID}} NOT NULL,
    unique_id       text NOT NULL,
    linked_id       text NOT NULL,
    direction       text NOT NULL,
    disposition     text NOT NULL,
    caller          text NOT NULL,
    caller_name     text NOT NULL,
    called          text NOT NULL,
    endpoint        text NOT NULL,
    answered_by     text NOT NULL,
    started_at      {{.Time}} NOT NULL,
    answered_at     {{.Time}}, -- null: nobody answered
    ended_at        {{.Time}} NOT NULL,
    billed_seconds  bigint NOT NULL,
    emergency       boolean NOT NULL,
    denial_reason   text NOT NULL,
    denial_limit    bigint,
    denial_used     bigint,
    consent_mode    text NOT NULL,
    consent_choice  text NOT NULL,
    consent_digit   text NOT NULL,
    consent_prompt  text NOT NULL,
    recording       text NOT NULL,
    agent_call      text NOT NULL,
    parts           {{.JSON}} NOT NULL,
    search          text NOT NULL, -- what a query is looked for in
    PRIMARY KEY (organization_id, id)
){{.ByMonth}};

-- Billed seconds of calls over trunks. They stay when the calls are deleted.
CREATE TABLE orgpbx_call_usage (
    organization_id {{.ID}} NOT NULL,
    quarter         bigint NOT NULL, -- quarters of an hour since 1970
    billed_seconds  bigint NOT NULL,
    PRIMARY KEY (organization_id, quarter)
);

-- Who was told of which level, once a month.
CREATE TABLE orgpbx_usage_notices (
    organization_id {{.ID}} NOT NULL REFERENCES orgpbx_organizations (id) ON DELETE CASCADE,
    month           text NOT NULL,
    kind            text NOT NULL,
    percent         bigint NOT NULL,
    PRIMARY KEY (organization_id, month, kind, percent)
);

-- How far each source of call records was read.
CREATE TABLE orgpbx_call_sources (
    source   {{.ID}} NOT NULL,
    position text NOT NULL,
    PRIMARY KEY (source)
);

ALTER TABLE orgpbx_organizations ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC';
