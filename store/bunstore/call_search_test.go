package bunstore

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

func TestCallsOfANumberAreFoundByAnIndex(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dialect Dialect, connect connect) {
		s := open(t, dialect, connect)
		o := house(t, s)
		var records []cdr.Record
		for n := range 1000 {
			records = append(records, benchRecord([]org.Organization{o}, n, 10_000))
		}
		require.NoError(t, cdr.New(s, cdr.Options{}).Record(t.Context(), records))
		if dialect == Postgres { // which does so by itself, SQLite does not
			_, err := s.db.ExecContext(t.Context(), "ANALYZE")
			require.NoError(t, err)
		}
		explain := map[Dialect]string{SQLite: "EXPLAIN QUERY PLAN ", Postgres: "EXPLAIN "}[dialect]
		for _, side := range callSides {
			search := callSearch{store: s, organizationID: o.ID, page: org.Page{Limit: 51}}
			q := search.narrowed(search.from(new([]*callRow), callLookup{side, "0000500"}, ""))
			var lines []map[string]any
			require.NoError(t, s.db.NewRaw(explain+q.String()).Scan(t.Context(), &lines))
			plan := fmt.Sprint(lines)
			// Postgres names the index of a month by its columns.
			require.Contains(t, plan, map[Dialect]string{SQLite: "USING INDEX orgpbx_calls_" + strings.TrimPrefix(side, "c."), Postgres: "_right_"}[dialect])
			require.NotContains(t, plan, "Sort")
			require.NotContains(t, plan, "TEMP B-TREE")
		}
	})
}
