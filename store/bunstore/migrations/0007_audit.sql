-- The trail. A chain is the id of an organisation, or empty for the platform; it
-- stays when the organisation goes, so it is no foreign key.
CREATE TABLE orgpbx_audit (
    chain        {{.ID}} NOT NULL,
    sequence     bigint NOT NULL,
    at           {{.Time}} NOT NULL,
    actor_kind   text NOT NULL,
    actor_id     text NOT NULL,
    operation    text NOT NULL,
    object_kind  text NOT NULL,
    object_id    text NOT NULL,
    outcome      text NOT NULL,
    request_id   text NOT NULL,
    details      text NOT NULL, -- as it was hashed; empty once erased
    details_hash {{.Bytes}} NOT NULL,
    previous     {{.Bytes}} NOT NULL,
    hash         {{.Bytes}} NOT NULL,
    PRIMARY KEY (chain, sequence)
);

-- What is written stays. Only the details may go, for ever, with an organisation.
{{- if .Postgres}}
CREATE FUNCTION orgpbx_audit_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.details <> '' AND NEW.details = ''
            AND NOT EXISTS (SELECT 1 FROM orgpbx_organizations o WHERE o.id = OLD.chain)
            AND (NEW.chain, NEW.sequence, NEW.at, NEW.actor_kind, NEW.actor_id, NEW.operation, NEW.object_kind,
                NEW.object_id, NEW.outcome, NEW.request_id, NEW.details_hash, NEW.previous, NEW.hash)
            = (OLD.chain, OLD.sequence, OLD.at, OLD.actor_kind, OLD.actor_id, OLD.operation, OLD.object_kind,
                OLD.object_id, OLD.outcome, OLD.request_id, OLD.details_hash, OLD.previous, OLD.hash)
            AND OLD.chain <> '' THEN RETURN NEW; END IF; END IF; RAISE EXCEPTION 'the trail is append-only'; END $$;

CREATE TRIGGER orgpbx_audit_keep BEFORE UPDATE OR DELETE ON orgpbx_audit
    FOR EACH ROW EXECUTE FUNCTION orgpbx_audit_keep();

CREATE TRIGGER orgpbx_audit_keep_all BEFORE TRUNCATE ON orgpbx_audit
    FOR EACH STATEMENT EXECUTE FUNCTION orgpbx_audit_keep();
{{- else}}
CREATE TRIGGER orgpbx_audit_no_update BEFORE UPDATE ON orgpbx_audit
WHEN NOT (OLD.details <> '' AND NEW.details = '' AND OLD.chain <> ''
    AND NOT EXISTS (SELECT 1 FROM orgpbx_organizations o WHERE o.id = OLD.chain)
    AND (NEW.chain, NEW.sequence, NEW.at, NEW.actor_kind, NEW.actor_id, NEW.operation, NEW.object_kind,
        NEW.object_id, NEW.outcome, NEW.request_id, NEW.details_hash, NEW.previous, NEW.hash)
    = (OLD.chain, OLD.sequence, OLD.at, OLD.actor_kind, OLD.actor_id, OLD.operation, OLD.object_kind,
        OLD.object_id, OLD.outcome, OLD.request_id, OLD.details_hash, OLD.previous, OLD.hash))
BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;

CREATE TRIGGER orgpbx_audit_no_delete BEFORE DELETE ON orgpbx_audit
BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;
{{- end}}
