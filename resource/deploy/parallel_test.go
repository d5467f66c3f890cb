package deploy_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/deploy"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// crowdedPBX counts who is in it, and holds all until the test lets them go.
type crowdedPBX struct {
	resource.NoPBX
	inside, removing atomic.Int64
	leave            chan struct{}
}

func (p *crowdedPBX) Apply(context.Context, resource.Snapshot) ([]resource.Change, error) {
	p.inside.Add(1)
	defer p.inside.Add(-1)
	<-p.leave
	return nil, nil
}

func (p *crowdedPBX) Remove(context.Context, string) ([]resource.Change, error) {
	p.removing.Add(1)
	defer p.removing.Add(-1)
	<-p.leave
	return nil, nil
}

func TestRunDeploysAndRemovesSeveralOrganisationsAtATimeButNoMoreThanItMay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pbx := &crowdedPBX{leave: make(chan struct{})}
		store := memstore.New()
		f := &fixture{Service: deploy.New(store, pbx, deploy.Options{Parallel: 3}), store: store}
		f.orgs = org.New(store, org.Options{Changed: f.Changed})
		var ids []string
		for i := range 7 {
			ids = append(ids, f.create(t, fmt.Sprintf("Organisation %d", i)).ID)
		}
		f.runs(t)
		for left := len(ids); left > 0; left-- {
			synctest.Wait()
			require.EqualValues(t, min(3, left), pbx.inside.Load())
			pbx.leave <- struct{}{}
		}
		synctest.Wait()
		behind, err := store.Unapplied(t.Context(), "", 1)
		require.NoError(t, err)
		require.Empty(t, behind)

		for _, id := range ids {
			require.NoError(t, f.orgs.Delete(t.Context(), id, 0))
		}
		for range ids {
			synctest.Wait()
			require.LessOrEqual(t, pbx.removing.Load(), int64(3))
			require.Positive(t, pbx.removing.Load())
			pbx.leave <- struct{}{}
		}
		synctest.Wait()
		removals, err := store.Removals(t.Context())
		require.NoError(t, err)
		require.Empty(t, removals)
	})
}

// sharingPBX has all wait for one reload, and counts who works.
type sharingPBX struct {
	resource.NoPBX
	working, waiting atomic.Int64
	most             atomic.Int64
	step, reload     chan struct{}
}

func (p *sharingPBX) Apply(ctx context.Context, _ resource.Snapshot) ([]resource.Change, error) {
	p.work()
	p.waiting.Add(1)
	again := resource.Waiting(ctx)
	<-p.reload
	p.waiting.Add(-1)
	again()
	p.work()
	return nil, nil
}

func (p *sharingPBX) work() {
	p.most.Store(max(p.most.Load(), p.working.Add(1)))
	defer p.working.Add(-1)
	<-p.step
}

func TestOthersAreDeployedWhileOrganisationsWaitForWhatTheyShare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pbx := &sharingPBX{step: make(chan struct{}), reload: make(chan struct{})}
		store := memstore.New()
		f := &fixture{Service: deploy.New(store, pbx, deploy.Options{Parallel: 3, Waiting: 12}), store: store}
		f.orgs = org.New(store, org.Options{Changed: f.Changed})
		const organizations = 20 // more than may wait
		for i := range organizations {
			f.create(t, fmt.Sprintf("Organisation %d", i))
		}
		f.runs(t)
		const together = 3 + 12
		for range together {
			synctest.Wait()
			pbx.step <- struct{}{}
		}
		synctest.Wait()
		require.EqualValues(t, together, pbx.waiting.Load(), "the rest comes later")
		close(pbx.reload)
		for range 2*organizations - together {
			pbx.step <- struct{}{}
		}
		synctest.Wait()
		require.EqualValues(t, 3, pbx.most.Load())
		behind, err := store.Unapplied(t.Context(), "", 1)
		require.NoError(t, err)
		require.Empty(t, behind)
	})
}

func TestAPBXMayWaitWhoeverCallsIt(t *testing.T) {
	t.Parallel()
	resource.Waiting(t.Context())()
	resource.Waiting(resource.WithWaiting(t.Context(), nil))()
}
