-- Requests with an idempotency key, and their answers without secrets.
CREATE TABLE orgpbx_requests (
    organization_id {{.ID}} NOT NULL, -- '': the platform, so no reference; removed with the organisation
    operation       text NOT NULL,
    key_hash        {{.Bytes}} NOT NULL,
    request_hash    {{.Bytes}} NOT NULL,
    token           text NOT NULL,
    claimed_ms      bigint NOT NULL, -- how long the claim is respected
    expires_ms      bigint NOT NULL,
    status          bigint NOT NULL, -- 0: no answer yet
    version         bigint NOT NULL,
    content_type    text NOT NULL,
    body            {{.Bytes}} NOT NULL,
    PRIMARY KEY (organization_id, operation, key_hash)
);
CREATE INDEX orgpbx_requests_expiry ON orgpbx_requests (expires_ms);
