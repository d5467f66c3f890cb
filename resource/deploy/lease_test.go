package deploy_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/deploy"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// process is one of several that share a store and a PBX.
func (f *fixture) process(store deploy.Store, opts deploy.Options) *fixture {
	p := &fixture{pbx: f.pbx, store: f.store}
	p.Service = deploy.New(store, f.pbx, opts)
	p.orgs = org.New(f.store, org.Options{Changed: p.Changed})
	return p
}

// cutStore is a store that one process cannot reach from some moment on.
type cutStore struct {
	*memstore.Store
	cut atomic.Bool
}

var errCut = errors.New("no route to the database")

func (s *cutStore) RenewLeases(ctx context.Context, leases []deploy.Lease, d time.Duration) ([]deploy.Lease, error) {
	if s.cut.Load() {
		return nil, errCut
	}
	return s.Store.RenewLeases(ctx, leases, d)
}

func (s *cutStore) ReleaseLease(ctx context.Context, l deploy.Lease) error {
	if s.cut.Load() {
		return errCut
	}
	return s.Store.ReleaseLease(ctx, l)
}

func TestTwoProcessesDeployAnOrganisationOneAfterTheOther(t *testing.T) {
	t.Parallel()
	one := newFixture(deploy.Options{})
	two := one.process(one.store, deploy.Options{})
	o := one.create(t, "Shared")
	inside, leave := make(chan struct{}), make(chan struct{})
	one.pbx.during = func() { one.pbx.during = nil; close(inside); <-leave }
	first, second := make(chan deploy.Deployment, 1), make(chan deploy.Deployment, 1)
	run := func(p *fixture, result chan deploy.Deployment) {
		d, err := p.Deploy(t.Context(), o.ID)
		if err != nil {
			t.Errorf("deploy: %v", err)
		}
		result <- d
	}
	go run(one, first)
	<-inside
	one.touch(t, o)
	go run(two, second)
	require.ErrorIs(t, func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := one.process(one.store, deploy.Options{}).Deploy(ctx, o.ID)
		return err
	}(), context.DeadlineExceeded, "nobody else gets in")
	close(leave)
	require.Equal(t, int64(1), (<-first).Revision)
	require.Equal(t, int64(2), (<-second).Revision)
	require.Equal(t, org.ConfigStatus{DesiredRevision: 2, AppliedRevision: 2, State: org.Applied}, one.config(t, o))
	require.Equal(t, int64(2), one.pbx.revision(o))
}

func TestAProcessThatDiedHoldsAnOrganisationUpForTheTimeOfItsLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(deploy.Options{Lease: 10 * time.Second})
		o := f.create(t, "Orphan")
		other := f.create(t, "Neighbour")
		taken, err := f.store.AcquireLease(t.Context(), deploy.Lease{OrganizationID: o.ID, Token: "of a dead process"}, 10*time.Second)
		require.NoError(t, err)
		require.True(t, taken)
		f.runs(t)
		synctest.Wait()
		require.Equal(t, int64(1), f.pbx.revision(other), "it waits for no lease of another organisation")
		require.Zero(t, f.pbx.revision(o))
		time.Sleep(12 * time.Second) //nolint:forbidigo // synctest: the clock jumps
		synctest.Wait()
		require.Equal(t, int64(1), f.pbx.revision(o))
		require.Equal(t, org.Applied, f.config(t, o).State)
	})
}

func TestALongDeployKeepsItsLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(deploy.Options{Lease: time.Second, Timeout: time.Hour})
		o := f.create(t, "Slow")
		f.pbx.during = func() {
			time.Sleep(time.Minute) //nolint:forbidigo // synctest: the clock jumps
			taken, err := f.store.AcquireLease(t.Context(), deploy.Lease{OrganizationID: o.ID, Token: "of another"}, time.Second)
			if err != nil || taken {
				t.Errorf("the lease is free: %v", err)
			}
		}
		d, err := f.Deploy(t.Context(), o.ID)
		require.NoError(t, err)
		require.Equal(t, org.Applied, d.State)
		require.Equal(t, org.Applied, f.config(t, o).State)
	})
}

func TestTheLeasesOfManyDeploysAreRenewedTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(deploy.Options{})
		store := &askingStore{Store: f.store}
		many := f.process(store, deploy.Options{Lease: 9 * time.Second, Timeout: time.Hour})
		slow := many.create(t, "Slow")
		f.pbx.apply = func(context.Context) error {
			f.pbx.mu.Unlock()
			defer f.pbx.mu.Lock()
			time.Sleep(time.Minute + time.Second) //nolint:forbidigo // synctest: the clock jumps
			return nil
		}
		var deploys sync.WaitGroup
		for _, o := range []org.Organization{slow, many.create(t, "Slower"), many.create(t, "Slowest")} {
			deploys.Go(func() {
				if d, err := many.Deploy(t.Context(), o.ID); err != nil || d.State != org.Applied {
					t.Errorf("deploy of %s: %v %+v", o.Name, err, d)
				}
			})
		}
		deploys.Wait()
		require.Equal(t, 3, slices.Max(store.asked))
		require.LessOrEqual(t, len(store.asked), 61, "one statement in three seconds, for all")
		before := len(store.asked)
		time.Sleep(time.Hour) //nolint:forbidigo // synctest: the clock jumps
		require.Len(t, store.asked, before, "there is nothing to renew any more")
		many.touch(t, slow)
		d, err := many.Deploy(t.Context(), slow.ID)
		require.NoError(t, err)
		require.Equal(t, org.Applied, d.State, "it begins again")
	})
}

// askingStore notes how many leases are to be renewed each time.
type askingStore struct {
	*memstore.Store
	asked []int
}

func (s *askingStore) RenewLeases(ctx context.Context, leases []deploy.Lease, d time.Duration) ([]deploy.Lease, error) {
	s.asked = append(s.asked, len(leases))
	return s.Store.RenewLeases(ctx, leases, d)
}

func TestADeployEndsWhenItsLeaseCannotBeRenewed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(deploy.Options{})
		store := &cutStore{Store: f.store}
		cut := f.process(store, deploy.Options{Lease: 10 * time.Second, Timeout: time.Hour})
		o := f.create(t, "Cut Off")
		began := time.Now()
		f.pbx.apply = func(ctx context.Context) error {
			f.pbx.apply = nil
			store.cut.Store(true)
			<-ctx.Done()
			return ctx.Err()
		}
		d, err := cut.Deploy(t.Context(), o.ID)
		require.NoError(t, err)
		require.Equal(t, 10*time.Second, time.Since(began), "before anybody else may take over")
		require.Equal(t, org.Pending, d.State)
		require.Contains(t, d.Error, "the database could not be reached meanwhile")

		store.cut.Store(false)
		d, err = cut.Deploy(t.Context(), o.ID)
		require.NoError(t, err)
		require.Equal(t, org.Applied, d.State)
	})
}

func TestAnOlderSnapshotThatArrivesLateIsPutRight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(deploy.Options{})
		store := &cutStore{Store: f.store}
		stalled := f.process(store, deploy.Options{Lease: time.Second, Timeout: time.Hour})
		o := f.create(t, "Stalled")
		f.pbx.apply = func(ctx context.Context) error {
			f.pbx.apply = nil
			store.cut.Store(true)
			<-ctx.Done()
			f.pbx.mu.Unlock()
			defer f.pbx.mu.Lock()
			f.touch(t, o)
			d, err := f.Deploy(t.Context(), o.ID) // another process goes on
			if err != nil || d.Revision != 2 || d.State != org.Applied {
				t.Errorf("deploy of the other process: %v %+v", err, d)
			}
			return nil // a backend that did not look at its context
		}
		_, err := stalled.Deploy(t.Context(), o.ID)
		require.NoError(t, err)
		require.Equal(t, int64(1), f.pbx.revision(o), "the older one came last")
		require.Equal(t, org.ConfigStatus{DesiredRevision: 2, AppliedRevision: 2, State: org.Pending}, f.config(t, o))
		f.runs(t)
		time.Sleep(time.Minute) //nolint:forbidigo // synctest: the clock jumps
		synctest.Wait()
		require.Equal(t, int64(2), f.pbx.revision(o))
		require.Equal(t, org.Applied, f.config(t, o).State)
	})
}

func TestWhatAnotherProcessPutRightIsNotTriedForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(deploy.Options{})
		counted := &countingStore{Store: f.store}
		one := f.process(counted, deploy.Options{})
		f.pbx.setFailure(resource.ErrPBXUnavailable)
		o := f.create(t, "Healed")
		go func() { _ = one.Run(t.Context()) }()
		time.Sleep(5 * time.Second) //nolint:forbidigo // synctest: the clock jumps
		synctest.Wait()
		f.pbx.setFailure(nil)
		_, err := f.process(f.store, deploy.Options{}).Deploy(t.Context(), o.ID)
		require.NoError(t, err)
		counted.looks.Store(0)
		time.Sleep(10 * time.Minute) //nolint:forbidigo // synctest: the clock jumps
		synctest.Wait()
		require.LessOrEqual(t, counted.looks.Load(), int64(41), "it looks as often as Poll says")
	})
}

// countingStore counts how often Run looks for work.
type countingStore struct {
	*memstore.Store
	looks atomic.Int64
}

func (s *countingStore) Unapplied(ctx context.Context, after string, limit int) ([]string, error) {
	s.looks.Add(1)
	return s.Store.Unapplied(ctx, after, limit)
}

func TestADeletionWaitsForADeployOfAnotherProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(deploy.Options{})
		two := f.process(f.store, deploy.Options{})
		o := f.create(t, "Leaver")
		f.pbx.apply = func(context.Context) error {
			f.pbx.mu.Unlock()
			defer f.pbx.mu.Lock()
			if err := two.orgs.Delete(t.Context(), o.ID, 0); err != nil {
				t.Errorf("delete: %v", err)
			}
			if err := two.RemoveDeleted(t.Context()); err == nil {
				t.Error("removed under a running deploy")
			}
			return nil
		}
		_, err := f.Deploy(t.Context(), o.ID)
		require.ErrorIs(t, err, org.ErrNotFound)
		require.Equal(t, int64(1), f.pbx.revision(o))
		two.runs(t)
		time.Sleep(time.Minute) //nolint:forbidigo // synctest: the clock jumps
		synctest.Wait()
		require.Zero(t, f.pbx.revision(o))
	})
}
