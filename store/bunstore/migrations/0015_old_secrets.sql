-- The API secret of an organisation before the newest one, and how long it is good.
ALTER TABLE orgpbx_organizations ADD COLUMN old_secret_hash {{.Bytes}};
ALTER TABLE orgpbx_organizations ADD COLUMN old_secret_until {{.Time}};
