-- Recordings that were moved to the archive, and until when somebody who moves one
-- has it for himself: null where nobody ever had.
ALTER TABLE orgpbx_recordings ADD COLUMN claimed_until {{.Time}};
ALTER TABLE orgpbx_recordings ADD COLUMN archived boolean NOT NULL DEFAULT FALSE;

CREATE INDEX orgpbx_recordings_unarchived ON orgpbx_recordings (organization_id, call_id) WHERE state = 'sealed' AND NOT archived;
