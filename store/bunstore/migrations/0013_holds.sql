-- What may not be deleted whatever its age. Released ones stay.
CREATE TABLE orgpbx_legal_holds (
    organization_id {{.ID}} NOT NULL REFERENCES orgpbx_organizations (id) ON DELETE CASCADE,
    id              {{.ID}} NOT NULL,
    target          text NOT NULL, -- call, number or organization
    value           text NOT NULL,
    endpoint        text NOT NULL, -- of whoever had the number; '' for nobody
    reason          text NOT NULL,
    released_at     {{.Time}}, -- null: in force
    release_reason  text NOT NULL,
    version         bigint NOT NULL,
    created_at      {{.Time}} NOT NULL,
    updated_at      {{.Time}} NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX orgpbx_legal_holds_organization ON orgpbx_legal_holds (organization_id, id);

-- From when on something may be deleted because of its age: the one row is made
-- by the first process that could.
CREATE TABLE orgpbx_retention (
    id         bigint NOT NULL,
    purge_from {{.Time}} NOT NULL,
    PRIMARY KEY (id)
);
