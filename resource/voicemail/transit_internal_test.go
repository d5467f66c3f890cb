package voicemail

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOneFolderAtTwoPlacesIsSeenToBeOne(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var roots [3]*os.Root
	for i, path := range []string{dir, dir, t.TempDir()} {
		root, err := os.OpenRoot(path)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, root.Close()) })
		roots[i] = root
	}
	one := &transit{from: roots[0], into: roots[1]}
	require.NoError(t, one.begin(t.Context()))
	require.True(t, one.same)
	two := &transit{from: roots[0], into: roots[2]}
	require.NoError(t, two.begin(t.Context()))
	require.False(t, two.same)
}
