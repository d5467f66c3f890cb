-- Which organisation a placement is of, so that a move can be ended by whoever
-- looks later.
ALTER TABLE orgpbx_placements ADD COLUMN organization_id text NOT NULL DEFAULT '';
