package limits_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/orgpbx/orgpbx/limits"
)

func TestTheZeroLimitAllowsNothing(t *testing.T) {
	t.Parallel()
	var forgotten limits.Limit
	require.False(t, forgotten.Allows(0))
	require.Equal(t, limits.AtMost(0), forgotten)
}

func TestJSONNullIsUnlimitedAndZeroIsNone(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, json string
		want       limits.Limit
		err        error
	}{
		{"null is unlimited", `null`, limits.Unlimited(), nil},
		{"zero is none", `0`, limits.AtMost(0), nil},
		{"a number is itself", `50`, limits.AtMost(50), nil},
		{"the largest number", `2147483647`, limits.AtMost(limits.Max), nil},
		{"one too large", `2147483648`, limits.Limit{}, limits.ErrOutOfRange},
		{"negative", `-1`, limits.Limit{}, limits.ErrOutOfRange},
		{"a fraction", `1.5`, limits.Limit{}, limits.ErrOutOfRange},
		{"a word", `"many"`, limits.Limit{}, limits.ErrOutOfRange},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var wrapped struct{ L limits.Limit }
			err := json.Unmarshal([]byte(`{"L":`+tc.json+`}`), &wrapped)
			if tc.err != nil {
				require.ErrorIs(t, err, tc.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.want, wrapped.L)
			back, err := json.Marshal(wrapped.L)
			require.NoError(t, err)
			require.JSONEq(t, tc.json, string(back))
		})
	}
}

func TestALimitLoweredBelowUseRefusesNewOnesAndSaysSo(t *testing.T) {
	t.Parallel()
	err := limits.Check(limits.Queues, limits.AtMost(3), 5)
	var exceeded *limits.ExceededError
	require.ErrorAs(t, err, &exceeded)
	require.Equal(t, limits.ExceededError{Kind: limits.Queues, Limit: 3, Used: 5}, *exceeded)
	require.Equal(t, limits.Over, limits.LevelOf(5, limits.AtMost(3)))
}

func TestLevels(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		used  int
		limit limits.Limit
		want  limits.Level
	}{
		{"nothing of nothing is fine", 0, limits.AtMost(0), limits.OK},
		{"one of nothing is over", 1, limits.AtMost(0), limits.Over},
		{"79 percent is fine", 79, limits.AtMost(100), limits.OK},
		{"80 percent is near", 80, limits.AtMost(100), limits.Near},
		{"the limit itself is near", 100, limits.AtMost(100), limits.Near},
		{"one more is over", 101, limits.AtMost(100), limits.Over},
		{"unlimited is always fine", limits.Max, limits.Unlimited(), limits.OK},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, limits.LevelOf(tc.used, tc.limit))
		})
	}
}

func TestFillingUpOneByOneStopsExactlyAtTheLimit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(0, 500).Draw(t, "limit")
		used := 0
		for limits.Check(limits.DIDs, limits.AtMost(limit), used) == nil {
			used++
		}
		require.Equal(t, limit, used)
	})
}
