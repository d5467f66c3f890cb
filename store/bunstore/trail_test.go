package bunstore

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
)

// appendEntries makes a chain of n entries.
func appendEntries(t *testing.T, s *Store, chain string, n int) {
	t.Helper()
	for range n {
		ctx, record := audit.Begin(t.Context(), audit.Entry{At: time.Now(), Operation: "create-user"}, audit.Details{Remote: "192.0.2.1"})
		require.NoError(t, audit.New(s).Finish(ctx, record, chain, "forbidden"))
	}
}

func TestTheDatabaseRefusesToChangeTheTrail(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dialect Dialect, connect connect) {
		s := open(t, dialect, connect)
		o := house(t, s)
		appendEntries(t, s, o.ID, 2)
		appendEntries(t, s, audit.Platform, 1)
		statements := []string{
			"DELETE FROM orgpbx_audit", "DELETE FROM orgpbx_audit WHERE sequence = 2",
			"UPDATE orgpbx_audit SET outcome = 'ok'", "UPDATE orgpbx_audit SET sequence = sequence + 10",
			"UPDATE orgpbx_audit SET details = ''", "UPDATE orgpbx_audit SET details = '', outcome = 'ok'",
		}
		if dialect == Postgres {
			statements = append(statements, "TRUNCATE orgpbx_audit")
		}
		refuse := func(statements ...string) {
			for _, statement := range statements {
				_, err := s.db.ExecContext(t.Context(), statement)
				require.ErrorContains(t, err, "append-only", statement)
			}
		}
		refuse(statements...)
		require.NoError(t, s.DeleteOrganization(t.Context(), o.ID, func(org.Organization) error { return nil }))
		refuse(statements...)
		for _, chain := range []string{audit.Platform, o.ID} {
			verdict, err := audit.New(s).Verify(t.Context(), chain)
			require.NoError(t, err)
			require.Zero(t, verdict.Broken)
		}
	})
}

// Who owns the database can take the triggers away: then the chain tells.
func TestTheChainTellsWhatTheTriggersCouldNotStop(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"a changed entry":          "UPDATE orgpbx_audit SET outcome = 'ok' WHERE sequence = 3",
		"changed details":          "UPDATE orgpbx_audit SET details = '{}' WHERE sequence = 3",
		"a missing entry":          "DELETE FROM orgpbx_audit WHERE sequence = 3",
		"erased details":           "UPDATE orgpbx_audit SET details = '' WHERE sequence = 3",
		"an entry of another time": "UPDATE orgpbx_audit SET at = '2020-01-01 00:00:00+00:00' WHERE sequence = 3",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, dialect Dialect, connect connect) {
				s := open(t, dialect, connect)
				o := house(t, s)
				appendEntries(t, s, o.ID, 5)
				triggers := []string{"DROP TRIGGER orgpbx_audit_no_update", "DROP TRIGGER orgpbx_audit_no_delete"}
				if dialect == Postgres {
					triggers = []string{"DROP TRIGGER orgpbx_audit_keep ON orgpbx_audit"}
				}
				for _, do := range append(triggers, statement) {
					_, err := s.db.ExecContext(t.Context(), do)
					require.NoError(t, err)
				}
				verdict, err := audit.New(s).Verify(t.Context(), o.ID)
				require.NoError(t, err)
				require.EqualValues(t, 3, verdict.Broken)
				require.EqualValues(t, 2, verdict.Entries)
			})
		})
	}
}
