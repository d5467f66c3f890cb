-- The last call of the organisation, by id, that was deleted because of its age:
-- what comes of it or of earlier ones later is not saved again.
ALTER TABLE orgpbx_organizations ADD COLUMN calls_purged {{.ID}} NOT NULL DEFAULT '';

-- Recordings whose files are being deleted.
CREATE INDEX orgpbx_recordings_deleting ON orgpbx_recordings (organization_id, call_id) WHERE state = 'deleting';
