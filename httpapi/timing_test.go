package httpapi_test

import (
	"math"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// How long a refusal takes does not say whether there is such a key. Each try of
// an unknown key is compared with one of a wrong secret right beside it, in
// random order, so that whatever else the machine does slows both alike. If the
// time told nothing, either would be the slower one in half of the pairs. A write
// is tried, because its refusal goes into the trail too.
func TestAnUnknownKeyTakesAsLongAsAWrongSecret(t *testing.T) {
	t.Parallel()
	const tries, atOnce, farOff = 10_000, 8, 6.0
	s := newServer(t, options{store: newPostgresStore(t)})
	known := s.newTenant(t, "Delta One").key
	unknown := "opk_" + strings.Repeat("x", len(known)-len("opk_"))
	transport := &http.Transport{MaxIdleConnsPerHost: atOnce}
	t.Cleanup(transport.CloseIdleConnections)

	var slower, faster atomic.Int64
	var trying sync.WaitGroup
	for range atOnce {
		trying.Go(func() {
			for range tries / 2 / atOnce {
				var took [2]time.Duration
				for _, which := range rand.Perm(2) {
					took[which] = refusal(t, transport, s.url, []string{known, unknown}[which])
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
	require.Greater(t, n, tries/2*0.9)
	deviations := (float64(slower.Load()) - n/2) / math.Sqrt(n/4)
	t.Logf("a wrong secret is the slower one in %d of %.0f pairs: %.1f deviations from half of them", slower.Load(), n, deviations)
	require.Less(t, math.Abs(deviations), farOff)
}

// refusal is how long a wrong secret of a key is on its way.
func refusal(t *testing.T, transport http.RoundTripper, server, key string) time.Duration {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server+"/api/v1/users", http.NoBody)
	if err != nil {
		t.Error(err)
		return 0
	}
	r.Header.Set("X-API-Key", key)
	r.Header.Set("X-API-Secret", "ops_wrong")
	begun := time.Now()
	a, err := transport.RoundTrip(r)
	took := time.Since(begun)
	if err != nil || a.StatusCode != http.StatusUnauthorized || a.Body.Close() != nil {
		t.Errorf("%v %v", a, err)
	}
	return took
}
