package audit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org/audit"
)

type object struct {
	Name string `json:"name"`
	PIN  string `json:"pin"`
	Hash string `json:"-"`
}

// pending returns the details of one change.
func pending(t *testing.T, before, after any) audit.Details {
	t.Helper()
	ctx, record := audit.Begin(t.Context(), audit.Entry{Operation: "update-thing"}, audit.Details{})
	audit.Changed(ctx, "thing", "1", before, after, "pin")
	e, is, err := record.Pending("o")
	require.NoError(t, err)
	require.True(t, is)
	d, err := e.Reveal()
	require.NoError(t, err)
	return d
}

func TestADiffHasTheFieldsThatDifferAndNoSecret(t *testing.T) {
	t.Parallel()
	old, edited := object{"a", "1111", "x"}, object{"b", "2222", "y"}
	for name, tc := range map[string]struct {
		before, after any
		want          map[string]audit.Change
	}{
		"made":     {nil, old, map[string]audit.Change{"name": {After: []byte(`"a"`)}, "pin": {After: []byte(`"[redacted]"`)}}},
		"gone":     {old, nil, map[string]audit.Change{"name": {Before: []byte(`"a"`)}, "pin": {Before: []byte(`"[redacted]"`)}}},
		"changed":  {old, edited, map[string]audit.Change{"name": {[]byte(`"a"`), []byte(`"b"`)}, "pin": {[]byte(`"[redacted]"`), []byte(`"[redacted]"`)}}},
		"the same": {old, old, map[string]audit.Change{}},
		"no PIN any more": {old, object{Name: "a"}, map[string]audit.Change{
			"pin": {[]byte(`"[redacted]"`), []byte(`""`)},
		}},
	} {
		require.Equal(t, tc.want, pending(t, tc.before, tc.after).Changes[0].Fields, name)
	}
}

func TestNothingIsPendingWithoutARecordOrANote(t *testing.T) {
	t.Parallel()
	audit.Changed(t.Context(), "thing", "1", nil, object{})
	_, is, err := audit.Of(t.Context()).Pending("o")
	require.NoError(t, err)
	require.False(t, is)

	ctx, record := audit.Begin(t.Context(), audit.Entry{}, audit.Details{})
	audit.Changed(audit.Without(ctx), "thing", "1", nil, object{})
	_, is, err = record.Pending("o")
	require.NoError(t, err)
	require.False(t, is)

	audit.Changed(ctx, "thing", "1", nil, object{})
	record.Restart() // the transaction was not saved
	_, is, err = record.Pending("o")
	require.NoError(t, err)
	require.False(t, is)
}

func TestTwoEntriesOfTheSameDetailsHaveDifferentHashes(t *testing.T) {
	t.Parallel()
	one, other := pending(t, nil, object{}), pending(t, nil, object{})
	require.NotEqual(t, one.Salt, other.Salt)
}
