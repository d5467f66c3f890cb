-- Calls by the end of the numbers: 7 characters, as cdr.TailLength says.
{{if .Postgres}}
CREATE INDEX orgpbx_calls_caller ON orgpbx_calls (organization_id, right(caller, 7), id);
CREATE INDEX orgpbx_calls_called ON orgpbx_calls (organization_id, right(called, 7), id);
{{else}}
-- SQLite keeps the calls in the order of their key from here on, so that those of an
-- organisation lie side by side, to be read and to be deleted.
CREATE TABLE orgpbx_calls_in_order (
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
    answered_at     {{.Time}},
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
    search          text NOT NULL,
    consent_at      {{.Time}},
    erased          boolean NOT NULL DEFAULT false,
    PRIMARY KEY (organization_id, id)
) WITHOUT ROWID;
INSERT INTO orgpbx_calls_in_order SELECT
    organization_id, id, unique_id, linked_id, direction, disposition, caller, caller_name, called, endpoint, answered_by,
    started_at, answered_at, ended_at, billed_seconds, emergency, denial_reason, denial_limit, denial_used, consent_mode,
    consent_choice, consent_digit, consent_prompt, recording, agent_call, parts, search, consent_at, erased
FROM orgpbx_calls;
DROP TABLE orgpbx_calls;
ALTER TABLE orgpbx_calls_in_order RENAME TO orgpbx_calls;
CREATE INDEX orgpbx_calls_caller ON orgpbx_calls (organization_id, substr(caller, -7), id);
CREATE INDEX orgpbx_calls_called ON orgpbx_calls (organization_id, substr(called, -7), id);
{{end}}
