-- What people asked an organisation about the data it keeps of a phone number.
CREATE TABLE orgpbx_subject_requests (
    organization_id {{.ID}} NOT NULL REFERENCES orgpbx_organizations (id) ON DELETE CASCADE,
    id              {{.ID}} NOT NULL,
    kind            text NOT NULL, -- find, export or erase
    number          text NOT NULL, -- '' once it is done
    number_hash     text NOT NULL,
    reason          text NOT NULL,
    dry_run         boolean NOT NULL,
    by_kind         text NOT NULL,
    by_id           text NOT NULL,
    state           text NOT NULL,
    report          {{.JSON}} NOT NULL, -- what was found, kept and erased
    leaving         {{.JSON}} NOT NULL, -- messages that are being deleted
    due_ms          bigint NOT NULL, -- milliseconds since 1970; whoever works on it moves it on
    fetch_until     {{.Time}}, -- of an export
    finished_at     {{.Time}}, -- null: not done
    version         bigint NOT NULL,
    created_at      {{.Time}} NOT NULL,
    updated_at      {{.Time}} NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX orgpbx_subject_requests_organization ON orgpbx_subject_requests (organization_id, id);
CREATE INDEX orgpbx_subject_requests_due ON orgpbx_subject_requests (due_ms, id) WHERE state <> 'done';

-- Calls from which somebody was erased: what comes of them later adds nobody.
ALTER TABLE orgpbx_calls ADD COLUMN erased boolean NOT NULL DEFAULT false;
