-- What each organisation has stored, as it was measured last on each of its days.
CREATE TABLE orgpbx_storage_days (
    organization_id {{.ID}} NOT NULL REFERENCES orgpbx_organizations (id) ON DELETE CASCADE,
    day             {{.ID}} NOT NULL, -- such as 2026-11-24, by the calendar of its time zone
    bytes           bigint NOT NULL,
    PRIMARY KEY (organization_id, day)
);
