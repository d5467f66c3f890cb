package calls

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the operator copies is what the feed reads.
func TestTheManualHasTheMappings(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile("../../docs/OPERATING.md")
	require.NoError(t, err)
	plain := strings.ReplaceAll(string(manual), "\n   ", "\n")
	require.Contains(t, plain, "\n"+CustomMapping())
	require.Contains(t, plain, "\n"+ManagerMappings())
}
