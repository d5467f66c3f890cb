package httpapi

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/httpapi/caller"
)

func TestAnOperationHasToDeclareWhoMayCallIt(t *testing.T) {
	t.Parallel()
	whole := operation{id: "x", method: http.MethodGet, path: "/x", tag: "X", summary: "X", access: anyone}
	require.NotPanics(t, whole.mustDeclare)
	for name, spoil := range map[string]func(*operation){
		"no access":  func(op *operation) { op.access = undeclared },
		"no id":      func(op *operation) { op.id = "" },
		"no summary": func(op *operation) { op.summary = "" },
		"no tag":     func(op *operation) { op.tag = "" },
	} {
		op := whole
		spoil(&op)
		require.Panics(t, op.mustDeclare, name)
	}
}

func TestAnUndeclaredAccessLetsNobodyIn(t *testing.T) {
	t.Parallel()
	require.Empty(t, undeclared.security())
	c := &call{op: operation{access: undeclared}}
	require.Error(t, c.permit(caller.Caller{Platform: true}))
	require.Error(t, c.permit(caller.Caller{}))
}
