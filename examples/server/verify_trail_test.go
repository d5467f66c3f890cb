package main

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/examples/internal/parts"
	"github.com/orgpbx/orgpbx/org/audit"
)

func TestVerifyTrailFindsWhatSomebodyChanged(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "orgpbx.db")
	settings := Settings{DatabaseURL: "sqlite:" + file}
	db, err := parts.OpenStore(t.Context(), settings.DatabaseURL)
	require.NoError(t, err)
	for range 3 {
		ctx, record := audit.Begin(t.Context(), audit.Entry{At: time.Now(), Operation: "login"}, audit.Details{})
		require.NoError(t, audit.New(db).Finish(ctx, record, audit.Platform, "unauthenticated"))
	}
	require.NoError(t, db.Close())

	var out strings.Builder
	require.NoError(t, verifyTrail(t.Context(), settings, &out))
	require.Contains(t, out.String(), "platform ok entries=3 head=")

	raw, err := sql.Open("sqlite", file)
	require.NoError(t, err)
	for _, statement := range []string{"DROP TRIGGER orgpbx_audit_no_update", "UPDATE orgpbx_audit SET outcome = 'ok' WHERE sequence = 2"} {
		_, err := raw.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	require.NoError(t, raw.Close())
	out.Reset()
	require.ErrorIs(t, verifyTrail(t.Context(), settings, &out), errBrokenTrail)
	require.Contains(t, out.String(), "platform BROKEN at 2 entries=1 ")
}
