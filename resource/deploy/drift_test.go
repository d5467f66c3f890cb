package deploy_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/deploy"
)

var lost = []resource.Change{{Action: resource.Add, Object: "queue", Name: "q"}}

func (p *scriptedPBX) setPlan(plan []resource.Change) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plan = plan
}

// takePlans returns whom the PBX was asked about since it was called last.
func (p *scriptedPBX) takePlans() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	plans := p.plans
	p.plans = nil
	return plans
}

func TestDriftIsSeenWithinAMinuteWithoutBeingAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(deploy.Options{})
		f.runs(t)
		time.Sleep(20 * time.Second) //nolint:forbidigo // synctest: the clock jumps
		o := f.create(t, "Drifter")
		synctest.Wait()
		status, err := f.Status(t.Context(), o.ID)
		require.NoError(t, err)
		require.Empty(t, status.Drift)
		require.Empty(t, f.Drifted())

		for range 3 {
			f.pbx.setPlan(lost)
			time.Sleep(time.Minute) //nolint:forbidigo // synctest: the clock jumps
			synctest.Wait()
			require.Equal(t, map[string]int{o.ID: 1}, f.Drifted())
			f.pbx.takePlans()
			status, err = f.Status(t.Context(), o.ID)
			require.NoError(t, err)
			require.Equal(t, lost, status.Drift)
			require.WithinDuration(t, time.Now(), status.DriftAt, time.Minute)
			require.Empty(t, f.pbx.takePlans(), "the PBX is not asked anew")
			require.Equal(t, 1, f.pbx.tries(), "nobody heals it")

			f.pbx.setPlan(nil)      // somebody put it back
			time.Sleep(time.Minute) //nolint:forbidigo // synctest: the clock jumps
			synctest.Wait()
			require.Empty(t, f.Drifted())
		}
		f.pbx.setPlan(lost)
		time.Sleep(time.Minute) //nolint:forbidigo // synctest: the clock jumps
		synctest.Wait()
		require.NoError(t, f.orgs.Delete(t.Context(), o.ID, 0))
		time.Sleep(time.Minute) //nolint:forbidigo // synctest: the clock jumps
		synctest.Wait()
		require.Empty(t, f.Drifted(), "who is gone is not told of")
	})
}

func TestTheNextDeployHealsDriftWhateverItIsAbout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(deploy.Options{})
		f.runs(t)
		o := f.create(t, "Drifter")
		synctest.Wait()
		f.pbx.setPlan(lost)
		time.Sleep(time.Minute) //nolint:forbidigo // synctest: the clock jumps
		synctest.Wait()
		require.Len(t, f.Drifted(), 1)
		tries := f.pbx.tries()
		f.touch(t, o)
		synctest.Wait()
		require.Equal(t, tries+2, f.pbx.tries(), "once for the change and once for what else is missing")
		require.Empty(t, f.Drifted())
	})
}

func TestDriftIsHealedAtOnceByOption(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(deploy.Options{HealDrift: true})
		f.runs(t)
		o := f.create(t, "Drifter")
		synctest.Wait()
		f.pbx.setPlan(lost)
		f.pbx.mu.Lock()
		f.pbx.apply = func(context.Context) error { f.pbx.plan, f.pbx.apply = nil, nil; return nil }
		f.pbx.mu.Unlock()
		time.Sleep(time.Minute) //nolint:forbidigo // synctest: the clock jumps
		synctest.Wait()
		require.Empty(t, f.Drifted())
		status, err := f.Status(t.Context(), o.ID)
		require.NoError(t, err)
		require.Empty(t, status.Drift)
		history, err := f.History(t.Context(), o.ID, org.Page{})
		require.NoError(t, err)
		require.Len(t, history, 2, "what was healed is in the history")
	})
}

func TestADeployThatRunsDuringTheLookIsNoDrift(t *testing.T) {
	t.Parallel()
	f := newFixture(deploy.Options{})
	o := f.create(t, "Busy")
	_, err := f.Deploy(t.Context(), o.ID)
	require.NoError(t, err)
	other := f.process(f.store, deploy.Options{})
	inside, leave := make(chan struct{}), make(chan struct{})
	f.pbx.apply = func(context.Context) error {
		f.pbx.apply, f.pbx.plan = nil, lost // half of it is there
		f.pbx.mu.Unlock()
		close(inside)
		<-leave
		f.pbx.mu.Lock()
		f.pbx.plan = nil
		return nil
	}
	done := make(chan error, 1)
	go func() { _, err := f.Deploy(context.Background(), o.ID); done <- err }()
	<-inside
	status, err := other.Status(t.Context(), o.ID)
	require.NoError(t, err)
	require.Empty(t, status.Drift)
	require.Zero(t, status.DriftAt, "nobody can tell now")
	require.Empty(t, other.Drifted())
	close(leave)
	require.NoError(t, <-done)
	status, err = other.Status(t.Context(), o.ID)
	require.NoError(t, err)
	require.Empty(t, status.Drift)
}

func TestAFleetIsLookedAtEvenlyOverTheInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(deploy.Options{})
		const organizations = 60
		for n := range organizations {
			_, err := f.Deploy(t.Context(), f.create(t, fmt.Sprintf("Number %02d", n)).ID)
			require.NoError(t, err) // so that all are new at the same look
		}
		f.runs(t)
		time.Sleep(3*time.Minute + time.Millisecond) //nolint:forbidigo // synctest: the clock jumps
		synctest.Wait()
		f.pbx.takePlans()
		seen := map[string]int{}
		for range 60 {
			time.Sleep(time.Second) //nolint:forbidigo // synctest: the clock jumps
			synctest.Wait()
			plans := f.pbx.takePlans()
			require.LessOrEqual(t, len(plans), 2, "not all at once")
			for _, name := range plans {
				seen[name]++
			}
		}
		require.Len(t, seen, organizations)
		for name, n := range seen {
			require.Equal(t, 1, n, name)
		}
	})
}

func TestAPBXThatIsAwayHasNoDrift(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(deploy.Options{})
		o := f.create(t, "Cut Off")
		away := deploy.New(f.store, awayPBX{f.pbx}, deploy.Options{})
		_, err := f.Deploy(t.Context(), o.ID)
		require.NoError(t, err)
		go func() { _ = away.Run(t.Context()) }()
		time.Sleep(5 * time.Minute) //nolint:forbidigo // synctest: the clock jumps
		synctest.Wait()
		require.Empty(t, away.Drifted())
		_, err = away.Status(t.Context(), o.ID)
		require.ErrorIs(t, err, resource.ErrPBXUnavailable)
	})
}

type awayPBX struct{ *scriptedPBX }

func (awayPBX) Plan(context.Context, resource.Snapshot) ([]resource.Change, error) {
	return nil, resource.ErrPBXUnavailable
}
