-- Calls by the end of the numbers: 7 characters, as cdr.TailLength says.
{{if .Postgres}}
CREATE INDEX orgpbx_calls_caller ON orgpbx_calls (organization_id, right(caller, 7), id);
CREATE INDEX orgpbx_calls_called ON orgpbx_calls (organization_id, right(called, 7), id);
{{else}}
CREATE INDEX orgpbx_calls_caller ON orgpbx_calls (organization_id, substr(caller, -7), id);
CREATE INDEX orgpbx_calls_called ON orgpbx_calls (organization_id, substr(called, -7), id);
{{end}}
