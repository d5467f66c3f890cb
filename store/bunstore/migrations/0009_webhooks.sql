CREATE TABLE orgpbx_webhooks (
    organization_id  {{.ID}} NOT NULL REFERENCES orgpbx_organizations (id) ON DELETE CASCADE,
    id               {{.ID}} NOT NULL,
    url              text NOT NULL,
    events           {{.JSON}} NOT NULL,
    enabled          boolean NOT NULL,
    disabled_reason  text NOT NULL,
    failing_since    {{.Time}}, -- null: all is well
    secret           {{.Bytes}} NOT NULL, -- sealed, as the next
    old_secret       {{.Bytes}},
    old_secret_until {{.Time}},
    version          bigint NOT NULL,
    created_at       {{.Time}} NOT NULL,
    updated_at       {{.Time}} NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX orgpbx_webhooks_order ON orgpbx_webhooks (id);

-- One event for one webhook, saved with the change that it tells of.
CREATE TABLE orgpbx_webhook_deliveries (
    organization_id {{.ID}} NOT NULL,
    webhook_id      {{.ID}} NOT NULL,
    id              {{.ID}} NOT NULL, -- rises with time
    event_id        {{.ID}} NOT NULL,
    event_type      text NOT NULL,
    event_at        {{.Time}} NOT NULL,
    event_data      text NOT NULL,
    state           text NOT NULL,
    attempts        bigint NOT NULL,
    due_ms          bigint NOT NULL, -- milliseconds since 1970; whoever claims it moves it on
    last_attempt_at {{.Time}}, -- null before the first
    status          bigint NOT NULL,
    failure         text NOT NULL,
    response        text NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (organization_id, webhook_id) REFERENCES orgpbx_webhooks (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX orgpbx_webhook_deliveries_list ON orgpbx_webhook_deliveries (organization_id, webhook_id, id);
CREATE INDEX orgpbx_webhook_deliveries_due ON orgpbx_webhook_deliveries (organization_id, webhook_id, due_ms) WHERE state = 'pending';
