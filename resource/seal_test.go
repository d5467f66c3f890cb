package resource_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

func newSealer(t *testing.T, fill byte) *resource.Sealer {
	t.Helper()
	sealer, err := resource.NewSealer(bytes.Repeat([]byte{fill}, 32))
	require.NoError(t, err)
	return sealer
}

func TestASealedPasswordOpensOnlyForItsOrganisationAndKey(t *testing.T) {
	t.Parallel()
	sealer := newSealer(t, 1)
	sealed, err := sealer.Seal("org-a", "s3cr;et")
	require.NoError(t, err)
	require.NotContains(t, string(sealed), "s3cr")

	opened, err := sealer.Open("org-a", sealed)
	require.NoError(t, err)
	require.Equal(t, "s3cr;et", opened.Reveal())

	_, err = sealer.Open("org-b", sealed)
	require.ErrorIs(t, err, resource.ErrSealed)
	_, err = newSealer(t, 2).Open("org-a", sealed)
	require.ErrorIs(t, err, resource.ErrSealed)
	for i := range sealed {
		broken := bytes.Clone(sealed)
		broken[i] ^= 1
		_, err = sealer.Open("org-a", broken)
		require.ErrorIs(t, err, resource.ErrSealed)
	}
	_, err = sealer.Open("org-a", sealed[:5])
	require.ErrorIs(t, err, resource.ErrSealed)
}

func TestTheSamePasswordSealsDifferentlyEachTime(t *testing.T) {
	t.Parallel()
	sealer := newSealer(t, 1)
	a, err := sealer.Seal("o", "same")
	require.NoError(t, err)
	b, err := sealer.Seal("o", "same")
	require.NoError(t, err)
	require.NotEqual(t, a, b)
}

func TestNoPasswordStaysNone(t *testing.T) {
	t.Parallel()
	sealer := newSealer(t, 1)
	sealed, err := sealer.Seal("o", "")
	require.NoError(t, err)
	require.Empty(t, sealed)
	opened, err := sealer.Open("o", sealed)
	require.NoError(t, err)
	require.Equal(t, org.Secret(""), opened)
}

func TestAKeyHasExactly32Bytes(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 16, 31, 33} {
		_, err := resource.NewSealer(make([]byte, n))
		require.Error(t, err)
	}
}

func TestUnsealFillsTheSnapshotOrSaysWhichTrunk(t *testing.T) {
	t.Parallel()
	sealer := newSealer(t, 1)
	sealed, err := sealer.Seal("o", "pw")
	require.NoError(t, err)
	snapshot := resource.Snapshot{
		Organization: org.Organization{ID: "o"},
		Trunks: []resource.Trunk{
			{Meta: resource.Meta{ID: "t1"}, Password: sealed},
			{Meta: resource.Meta{ID: "t2"}},
		},
	}
	require.NoError(t, snapshot.Unseal(sealer))
	require.Equal(t, map[string]org.Secret{"t1": "pw"}, snapshot.TrunkPasswords)

	err = snapshot.Unseal(nil)
	require.ErrorIs(t, err, resource.ErrSealed)
	require.ErrorContains(t, err, "t1")
}
