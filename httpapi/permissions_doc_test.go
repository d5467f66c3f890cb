package httpapi_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org/member"
)

var update = flag.Bool("update", false, "rewrite docs/PERMISSIONS.md")

const permissionsDoc = "../docs/PERMISSIONS.md"

func TestTheDocumentationOfPermissionsIsWhatTheCodeDoes(t *testing.T) {
	t.Parallel()
	want := describePermissions(t, newServer(t, options{}))
	if *update {
		require.NoError(t, os.WriteFile(permissionsDoc, []byte(want), 0o600))
	}
	got, err := os.ReadFile(permissionsDoc)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "run `make golden` and read the difference")
}

// describePermissions writes the two tables: what each role may do, and which
// permission each operation asks for.
func describePermissions(t *testing.T, s *server) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("# Who may do what\n\nMade from the code by `make golden`: the roles are the table in `org/member/role.go`, the operations those of\n" +
		"`httpapi/permissions.go`. An organisation's main API key, and the platform's administrator acting for an\norganisation, have every permission but `self`, " +
		"which only a person has. A named API key has the permissions\nthat are its scopes, and manages only people who may do no more than it. Only owners make, edit and remove owners.\n\n| permission | |")
	for _, role := range member.Roles() {
		fmt.Fprintf(&b, " %s |", role)
	}
	b.WriteString("\n|---|---|" + strings.Repeat(":-:|", len(member.Roles())) + "\n")
	for _, g := range member.Grants() {
		fmt.Fprintf(&b, "| `%s` | %s |", g.Permission, g.About)
		for _, role := range member.Roles() {
			fmt.Fprintf(&b, " %s |", map[bool]string{true: "x"}[slices.Contains(g.Roles, role)])
		}
		b.WriteString("\n")
	}
	b.WriteString("\n| operation | permission |\n|---|---|\n")
	operations := s.operations(t)
	slices.SortStableFunc(operations, func(a, b documented) int { return strings.Compare(a.path, b.path) })
	for _, op := range operations {
		if p, is := op.spec["x-permission"].(string); is {
			fmt.Fprintf(&b, "| `%s %s` | `%s` |\n", op.method, strings.TrimPrefix(op.path, "/api/v1"), p)
		}
	}
	return b.String()
}
