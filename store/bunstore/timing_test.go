package bunstore

import (
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
)

// How long a refusal takes does not say whether there is such a key, although one
// that is there is longer to read. Each try of an unknown key is compared with one
// of a wrong secret right beside it, in random order, so that whatever else the
// machine does slows both alike. If the time told nothing, either would be the
// slower one in half of the pairs.
func TestAnUnknownKeyTakesAsLongAsAWrongSecret(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dialect Dialect, connect connect) {
		const atOnce, farOff = 8, 6.0
		tries := 10_000
		if dialect == SQLite {
			// With the race detector its looks take longer than what a refusal is
			// rounded up to. Without the rounding so few show the difference too.
			tries = 1000
		}
		db := connect(t)
		db.SetMaxIdleConns(atOnce) // a try takes no new connection
		s := New(db, dialect)
		require.NoError(t, s.Migrate(t.Context()))
		orgs := org.New(s, org.Options{})
		keys := []string{house(t, s).APIKey, "opk_xxxxxxxxxxxxxxxxxxxx"}
		require.Len(t, keys[1], len(keys[0]))

		var slower, faster atomic.Int64
		var trying sync.WaitGroup
		for range atOnce {
			trying.Go(func() {
				for range tries / 2 / atOnce {
					var took [2]time.Duration
					for _, which := range rand.Perm(2) {
						begun := time.Now()
						_, err := orgs.Authenticate(t.Context(), keys[which], "ops_wrong")
						took[which] = time.Since(begun)
						if err != org.ErrUnauthenticated { //nolint:errorlint // not even its text may differ
							t.Error(err)
							return
						}
					}
					switch {
					case took[0] > took[1]:
						slower.Add(1)
					case took[0] < took[1]:
						faster.Add(1)
					}
				}
			})
		}
		trying.Wait()
		n := float64(slower.Load() + faster.Load())
		require.Greater(t, n, float64(tries)*0.45)
		deviations := (float64(slower.Load()) - n/2) / math.Sqrt(n/4)
		t.Logf("a wrong secret is the slower one in %d of %.0f pairs: %.1f deviations from half of them", slower.Load(), n, deviations)
		require.Less(t, math.Abs(deviations), farOff)
	})
}
