package deploy_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/deploy"
)

func TestChangesThatArriveTogetherTakeAFewDeploys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(deploy.Options{})
		two := f.process(f.store, deploy.Options{})
		o := f.create(t, "Crowd")
		f.runs(t)
		synctest.Wait()
		before := f.pbx.tries()
		f.pbx.mu.Lock()
		f.pbx.apply = func(context.Context) error {
			time.Sleep(time.Second) //nolint:forbidigo // synctest: a deploy takes this long
			return nil
		}
		f.pbx.mu.Unlock()
		const changes = 60
		results := make(chan deploy.Deployment, changes)
		for i := range changes {
			go func() {
				process := []*fixture{f, two}[i%2]
				_, err := process.orgs.Update(t.Context(), o.ID, 0, func(*org.Profile) error { return nil })
				if err != nil {
					t.Errorf("update: %v", err)
				}
				d, err := process.Deploy(t.Context(), o.ID)
				if err != nil {
					t.Errorf("deploy: %v", err)
				}
				results <- d
			}()
		}
		for range changes {
			require.Equal(t, org.Applied, (<-results).State)
		}
		require.Equal(t, org.ConfigStatus{DesiredRevision: changes + 1, AppliedRevision: changes + 1, State: org.Applied}, f.config(t, o))
		require.LessOrEqual(t, f.pbx.tries()-before, 6, "each process needs the one that runs, one for the rest, and Run may look once")
		history, err := f.History(t.Context(), o.ID, org.Page{})
		require.NoError(t, err)
		require.LessOrEqual(t, len(history), 7)
	})
}

func TestTheDelayOfATryIsSpreadByTheRandomnessThatIsGiven(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		random func(n int64) int64
		tries  []time.Duration
	}{
		"least": {func(int64) int64 { return 0 }, []time.Duration{0, 1, 3, 7, 15}},
		"most":  {func(n int64) int64 { return n - 1 }, []time.Duration{0, 1250, 3750, 8750, 18750}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			unit := time.Millisecond
			if c.tries[1] == 1 {
				unit = time.Second
			}
			synctest.Test(t, func(t *testing.T) {
				f := newFixture(deploy.Options{Random: c.random, Poll: time.Hour})
				f.pbx.setFailure(resource.ErrPBXUnavailable)
				f.create(t, "Patient")
				f.runs(t)
				var waited time.Duration
				for i, at := range c.tries {
					time.Sleep(at*unit - waited + time.Millisecond/2) //nolint:forbidigo // synctest: the clock jumps
					waited = at*unit + time.Millisecond/2
					synctest.Wait()
					require.Equal(t, i+1, f.pbx.tries(), "after %s", at*unit)
				}
			})
		})
	}
}
