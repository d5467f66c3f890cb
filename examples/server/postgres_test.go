package main

import (
	"database/sql"
	"net/url"
	"os"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// newPostgres makes a database of its own and returns its URL.
func newPostgres(t *testing.T) string {
	t.Helper()
	const variable = "ORGPBX_TEST_POSTGRES_URL"
	given := os.Getenv(variable)
	require.NotEmpty(t, given, "%s is not set: run the tests with `make test`, which starts a Postgres for them", variable)
	admin, err := sql.Open("pgx", given)
	require.NoError(t, err)
	name := "test_" + uuid.NewString()
	_, err = admin.ExecContext(t.Context(), `CREATE DATABASE "`+name+`"`)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := admin.Exec(`DROP DATABASE "` + name + `"`)
		require.NoError(t, err, "the server left a connection open")
		require.NoError(t, admin.Close())
	})
	address, err := url.Parse(given)
	require.NoError(t, err)
	address.Path = "/" + name
	return address.String()
}

func TestTheMainJobOnPostgres(t *testing.T) {
	t.Parallel()
	p := startPlatformOn(t, newPostgres(t), newFiles(t))
	o := p.create("Grand-Estancia-Salem")
	front, _ := o.phone("1001")
	other, _ := o.phone("1002")
	call, err := front.Call(patience(t), "1002")
	require.NoError(t, err)
	require.True(t, call.Answered(), "%d %s", call.StatusCode(), call.Reason())
	answered, err := other.WaitIncoming(patience(t))
	require.NoError(t, err)
	requireTalk(t, call, answered)
	require.NoError(t, call.Hangup(patience(t)))

	o.update(object{"status": "suspended"})
	call, err = front.Call(patience(t), "1002")
	require.NoError(t, err)
	require.False(t, call.Answered())
	require.NoError(t, call.WaitDone(patience(t)))
	p.admin("DELETE", "/organizations/"+o.id, nil, 204)
	require.Empty(t, o.files())
}
