-- When somebody was asked for consent; null where nobody was, and in calls that
-- were saved before this was noted.
ALTER TABLE orgpbx_calls ADD COLUMN consent_at {{.Time}};

-- What is known of the file of a call's recording: its hash, once it was complete.
CREATE TABLE orgpbx_recordings (
    organization_id {{.ID}} NOT NULL REFERENCES orgpbx_organizations (id) ON DELETE CASCADE,
    call_id         {{.ID}} NOT NULL,
    name            text NOT NULL,
    state           text NOT NULL, -- pending, sealed or absent
    sha256          {{.Bytes}} NOT NULL,
    bytes           bigint NOT NULL,
    sealed_at       {{.Time}}, -- null: pending
    PRIMARY KEY (organization_id, call_id)
);

CREATE INDEX orgpbx_recordings_pending ON orgpbx_recordings (organization_id, call_id) WHERE state = 'pending';

INSERT INTO orgpbx_recordings (organization_id, call_id, name, state, sha256, bytes)
SELECT organization_id, id, recording, 'pending', {{if .Postgres}}''::bytea{{else}}x''{{end}}, 0
FROM orgpbx_calls WHERE recording <> '';
