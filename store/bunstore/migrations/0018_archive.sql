-- Recordings that were moved to the archive, and until when somebody who moves one
-- has it for himself: null where nobody ever had.
ALTER TABLE orgpbx_recordings ADD COLUMN claimed_until {{.Time}};
ALTER TABLE orgpbx_recordings ADD COLUMN archived boolean NOT NULL DEFAULT FALSE;

CREATE INDEX orgpbx_recordings_unarchived ON orgpbx_recordings (organization_id, call_id) WHERE state = 'sealed' AND NOT archived;

-- Organisations that were deleted, until their recordings are.
CREATE TABLE orgpbx_deleted_organizations (
    organization_id {{.ID}} NOT NULL,
    context_prefix  text NOT NULL,
    until           {{.Time}}, -- null: nobody has looked for recordings yet
    PRIMARY KEY (organization_id)
);
