-- What each organisation had live once, to go back to.
CREATE TABLE orgpbx_revisions (
    organization_id {{.ID}} NOT NULL REFERENCES orgpbx_organizations (id) ON DELETE CASCADE,
    revision        bigint NOT NULL,
    snapshot        {{.Bytes}} NOT NULL, -- resource.Snapshot.Archive
    PRIMARY KEY (organization_id, revision)
);

-- Which process may change an organisation in the PBX. Deleted organisations
-- too: they have to be removed from it.
CREATE TABLE orgpbx_leases (
    organization_id {{.ID}} NOT NULL,
    token           text NOT NULL,
    ends_ms         bigint NOT NULL, -- milliseconds since 1970 by the database's clock
    PRIMARY KEY (organization_id)
);
