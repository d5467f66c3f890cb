-- Which Asterisk has an organisation. A deleted one keeps its row until it was
-- removed from there.
CREATE TABLE orgpbx_placements (
    context_prefix {{.ID}} NOT NULL,
    node           text NOT NULL,
    moving_to      text NOT NULL,
    leaving        text NOT NULL,
    endpoints      bigint NOT NULL,
    PRIMARY KEY (context_prefix)
);
