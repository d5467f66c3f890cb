package postgrestest

import (
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
)

// Variable is what the URL of the tests' database is called in the environment.
const Variable = "ORGPBX_TEST_POSTGRES_URL"

// Schema makes an empty schema in the database of a URL, which lasts as long as the test, and returns how to connect
// to it. The test fails where there is no URL, because [Variable] is not set.
func Schema(t testing.TB, url string) *pgx.ConnConfig {
	t.Helper()
	require.NotEmpty(t, url, "%s is not set: run the tests with `make test`, which starts a Postgres for them", Variable)
	config, err := pgx.ParseConfig(url)
	require.NoError(t, err)
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	admin := stdlib.OpenDB(*config.Copy())
	name := "test_" + uuid.NewString()
	_, err = admin.ExecContext(t.Context(), `CREATE SCHEMA "`+name+`"`)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := admin.Exec(`DROP SCHEMA "` + name + `" CASCADE`)
		if err != nil {
			t.Errorf("drop the schema of the test: %v", err)
		}
		_ = admin.Close()
	})
	config.RuntimeParams["search_path"] = `"` + name + `"`
	return config
}
