package deploy_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/deploy"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// scriptedPBX fails as it is told to, which a real one cannot.
type scriptedPBX struct {
	mu      sync.Mutex
	seen    resource.Snapshot // of the newest Apply
	fail    error
	live    map[string]int64 // revision by prefix
	applies int
	during  func()                          // runs inside Apply
	apply   func(ctx context.Context) error // the same, and may fail
	plan    []resource.Change
	plans   []string // names of the organisations that were planned for
}

func (p *scriptedPBX) Plan(_ context.Context, s resource.Snapshot) ([]resource.Change, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plans = append(p.plans, s.Organization.Name)
	return p.plan, nil
}

func (p *scriptedPBX) Apply(ctx context.Context, s resource.Snapshot) ([]resource.Change, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.applies++
	p.seen = s
	if p.during != nil {
		p.during()
	}
	if p.apply != nil {
		if err := p.apply(ctx); err != nil {
			return nil, err
		}
	}
	if p.fail != nil {
		return nil, p.fail
	}
	p.live[s.Organization.ContextPrefix] = s.Revision()
	return []resource.Change{{Action: resource.Modify, Object: "context", Name: s.Organization.ContextPrefix}}, nil
}

func (p *scriptedPBX) Remove(_ context.Context, prefix string) ([]resource.Change, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return nil, p.fail
	}
	delete(p.live, prefix)
	return nil, nil
}

func (p *scriptedPBX) setFailure(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail = err
}

func (p *scriptedPBX) revision(o org.Organization) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.live[o.ContextPrefix]
}

func (p *scriptedPBX) tries() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.applies
}

type fixture struct {
	*deploy.Service
	pbx   *scriptedPBX
	store *memstore.Store
	orgs  *org.Service
}

func newFixture(opts deploy.Options) *fixture {
	f := &fixture{pbx: &scriptedPBX{live: map[string]int64{}}, store: memstore.New()}
	f.Service = deploy.New(f.store, f.pbx, opts)
	f.orgs = org.New(f.store, org.Options{Changed: f.Changed})
	return f
}

func (f *fixture) create(t *testing.T, name string) org.Organization {
	t.Helper()
	profile, err := f.orgs.Draft(org.General)
	require.NoError(t, err)
	profile.Name = name
	o, _, err := f.orgs.Create(t.Context(), profile)
	require.NoError(t, err)
	return o
}

func (f *fixture) touch(t *testing.T, o org.Organization) {
	t.Helper()
	_, err := f.orgs.Update(t.Context(), o.ID, 0, func(*org.Profile) error { return nil })
	require.NoError(t, err)
}

// runs has Run at work until the test ends.
func (f *fixture) runs(t *testing.T) {
	t.Helper()
	go func() { _ = f.Run(t.Context()) }()
}

func (f *fixture) config(t *testing.T, o org.Organization) org.ConfigStatus {
	t.Helper()
	o, err := f.orgs.Get(t.Context(), o.ID)
	require.NoError(t, err)
	return o.Config
}

func TestADeploymentKeepsWhatItWarnedOf(t *testing.T) {
	t.Parallel()
	f := newFixture(deploy.Options{})
	o := f.create(t, "Warned")
	resources := resource.New(f.store, resource.Options{})
	queue := resource.QueueDefaults()
	queue.Name, queue.Number = "Empty", "600"
	queue, err := resources.Queues().Create(t.Context(), o.ID, queue)
	require.NoError(t, err)

	plan, err := f.Plan(t.Context(), o.ID)
	require.NoError(t, err)
	require.Len(t, plan.Warnings, 1)
	require.Equal(t, resource.WarnNoMembers, plan.Warnings[0].Code)
	require.Equal(t, queue.ID, plan.Warnings[0].ID)
	d, err := f.Deploy(t.Context(), o.ID)
	require.NoError(t, err)
	require.Equal(t, plan.Warnings, d.Warnings)
	history, err := f.History(t.Context(), o.ID, org.Page{})
	require.NoError(t, err)
	require.Equal(t, plan.Warnings, history[0].Warnings)
}

func TestADeployGoesLiveOnceAndIsRecordedOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(deploy.Options{})
	o := f.create(t, "Live")
	d, err := f.Deploy(t.Context(), o.ID)
	require.NoError(t, err)
	require.Equal(t, org.Applied, d.State)
	require.Len(t, d.Changes, 1)
	require.Equal(t, org.ConfigStatus{DesiredRevision: 1, AppliedRevision: 1, State: org.Applied}, f.config(t, o))

	history, err := f.History(t.Context(), o.ID, org.Page{})
	require.NoError(t, err)
	require.Equal(t, []deploy.Deployment{d}, history)
}

func TestThePBXGetsTrunkPasswordsInClearAndTheStoreDoesNot(t *testing.T) {
	t.Parallel()
	sealer, err := resource.NewSealer(make([]byte, 32))
	require.NoError(t, err)
	f := newFixture(deploy.Options{Sealer: sealer})
	resources := resource.New(f.store, resource.Options{Sealer: sealer})
	o := f.create(t, "Carrier User")
	trunk := resource.TrunkDefaults()
	trunk.Name, trunk.Type, trunk.Host, trunk.Username = "Carrier", resource.OutboundTrunk, "sip.example.net", "u"
	trunk.Password, err = resources.SealTrunkPassword(o.ID, "s3cret")
	require.NoError(t, err)
	trunk, err = resources.Trunks().Create(t.Context(), o.ID, trunk)
	require.NoError(t, err)
	require.NotContains(t, string(trunk.Password), "s3cret")

	_, err = f.Deploy(t.Context(), o.ID)
	require.NoError(t, err)
	require.Equal(t, map[string]org.Secret{trunk.ID: "s3cret"}, f.pbx.seen.TrunkPasswords)

	withoutKey := deploy.New(f.store, f.pbx, deploy.Options{})
	_, err = withoutKey.Plan(t.Context(), o.ID)
	require.ErrorIs(t, err, resource.ErrSealed)
}

func TestAnOrganisationThatIsNotThereIsNotDeployed(t *testing.T) {
	t.Parallel()
	f := newFixture(deploy.Options{})
	_, err := f.Deploy(t.Context(), "absent")
	require.ErrorIs(t, err, org.ErrNotFound)
	_, err = f.Plan(t.Context(), "absent")
	require.ErrorIs(t, err, org.ErrNotFound)
	_, err = f.Status(t.Context(), "absent")
	require.ErrorIs(t, err, org.ErrNotFound)
}

func TestWhatFailedIsKeptWithAReasonFitForTheOrganisation(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		err    error
		state  org.ConfigState
		reason string
	}{
		{"a refused object", &resource.RejectedError{Object: "endpoint", Name: "k-1", Reason: "transport not found"}, org.Failed, "the PBX did not take endpoint k-1: transport not found"},
		{"a PBX that is away", errors.Join(resource.ErrPBXUnavailable, errors.New("dial 10.1.1.1")), org.Pending, "the PBX cannot be reached: the change is kept and goes live by itself"},
		{"anything else", errors.New("open /etc/secret: denied"), org.Failed, "the PBX could not be changed: the server's log says why"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(deploy.Options{})
			o := f.create(t, "Unlucky")
			f.pbx.setFailure(tc.err)
			d, err := f.Deploy(t.Context(), o.ID)
			require.NoError(t, err)
			require.Equal(t, tc.state, d.State)
			require.Equal(t, tc.reason, d.Error)
			status, err := f.Status(t.Context(), o.ID)
			require.NoError(t, err)
			require.Equal(t, tc.reason, status.LastError)
			require.Equal(t, org.ConfigStatus{DesiredRevision: 1, State: tc.state}, status.ConfigStatus)

			f.pbx.setFailure(nil)
			d, err = f.Deploy(t.Context(), o.ID)
			require.NoError(t, err)
			require.Equal(t, org.Applied, d.State)
		})
	}
}

func TestAChangeDuringADeployStaysPending(t *testing.T) {
	t.Parallel()
	f := newFixture(deploy.Options{})
	o := f.create(t, "Busy")
	f.pbx.during = func() { f.pbx.during = nil; f.touch(t, o) }
	d, err := f.Deploy(t.Context(), o.ID)
	require.NoError(t, err)
	require.Equal(t, int64(1), d.Revision)
	require.Equal(t, org.ConfigStatus{DesiredRevision: 2, AppliedRevision: 1, State: org.Pending}, f.config(t, o))
}

func TestADeployIsNotCutOffWithTheOneWhoAskedForIt(t *testing.T) {
	t.Parallel()
	f := newFixture(deploy.Options{})
	o := f.create(t, "Impatient")
	ctx, cancel := context.WithCancel(t.Context())
	f.pbx.during = cancel
	_, err := f.Deploy(ctx, o.ID)
	require.NoError(t, err)
	require.Equal(t, org.Applied, f.config(t, o).State)
}

func TestWaitingForADeployEndsWithTheContext(t *testing.T) {
	t.Parallel()
	f := newFixture(deploy.Options{})
	o := f.create(t, "Queue")
	inside, leave := make(chan struct{}), make(chan struct{})
	f.pbx.during = func() { close(inside); <-leave }
	first := make(chan error)
	go func() { _, err := f.Deploy(context.Background(), o.ID); first <- err }()
	<-inside
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.Deploy(ctx, o.ID)
	require.ErrorIs(t, err, context.Canceled)
	close(leave)
	require.NoError(t, <-first)
}

func TestThoseWhoWaitShareAFailureInsteadOfRepeatingIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(deploy.Options{})
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		leave := make(chan struct{})
		f.pbx.fail = &resource.RejectedError{Object: "endpoint", Name: "k-1", Reason: "no"}
		f.pbx.during = func() { f.pbx.during = nil; <-leave }
		o := f.create(t, "Crowd")
		go func() { _ = f.Run(ctx) }()
		results := make(chan deploy.Deployment, 5)
		for range cap(results) {
			go func() {
				d, err := f.Deploy(ctx, o.ID)
				if err == nil {
					results <- d
				}
			}()
		}
		synctest.Wait()
		time.Sleep(time.Second) //nolint:forbidigo // synctest: the clock jumps
		close(leave)
		for range cap(results) {
			require.Equal(t, org.Failed, (<-results).State)
		}
		synctest.Wait()
		require.Equal(t, 1, f.pbx.tries())
	})
}

// The tests of Run use synctest: its clock jumps to the next timer once
// everybody waits, so back-off is tested without waiting for it.

func TestRunConvergesByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(deploy.Options{})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- f.Run(ctx) }()

		a, b := f.create(t, "Alpha"), f.create(t, "Beta")
		synctest.Wait()
		require.Equal(t, int64(1), f.pbx.revision(a))
		require.Equal(t, int64(1), f.pbx.revision(b))

		f.pbx.setFailure(resource.ErrPBXUnavailable)
		f.touch(t, a)
		synctest.Wait()
		require.Equal(t, org.Pending, f.config(t, a).State)
		f.pbx.setFailure(nil)
		time.Sleep(2 * time.Second) //nolint:forbidigo // synctest: the clock jumps
		synctest.Wait()
		require.Equal(t, int64(2), f.pbx.revision(a))
		require.Equal(t, org.Applied, f.config(t, a).State)
		require.Equal(t, int64(1), f.pbx.revision(b), "nobody touched the other organisation")

		stop()
		require.ErrorIs(t, <-done, context.Canceled)
	})
}

func TestRunTriesLessOftenTheLongerThePBXIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(deploy.Options{})
		f.pbx.setFailure(resource.ErrPBXUnavailable)
		o := f.create(t, "Patient")
		f.runs(t)
		time.Sleep(time.Hour) //nolint:forbidigo // synctest: the clock jumps
		synctest.Wait()
		require.InDelta(t, 60, f.pbx.tries(), 15, "about one try a minute")

		history, err := f.History(t.Context(), o.ID, org.Page{})
		require.NoError(t, err)
		require.Len(t, history, 1, "the same failure is told once")

		f.pbx.setFailure(nil)
		time.Sleep(2 * time.Minute) //nolint:forbidigo // synctest: the clock jumps
		synctest.Wait()
		require.Equal(t, int64(1), f.pbx.revision(o))
	})
}

func TestRunBothersAPBXThatRefusedSeldomUntilThereIsSomethingNew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(deploy.Options{})
		f.pbx.setFailure(&resource.RejectedError{Object: "endpoint", Name: "k-1", Reason: "no"})
		o := f.create(t, "Refused")
		f.runs(t)
		time.Sleep(time.Hour) //nolint:forbidigo // synctest: the clock jumps
		synctest.Wait()
		require.InDelta(t, 6, f.pbx.tries(), 1, "about one try in ten minutes")

		f.pbx.setFailure(nil)
		f.touch(t, o)
		synctest.Wait()
		require.Equal(t, int64(2), f.pbx.revision(o), "a new change is tried at once")
	})
}

func TestRunTriesAtOnceWhenThePBXIsBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(deploy.Options{})
		f.pbx.setFailure(resource.ErrPBXUnavailable)
		o := f.create(t, "Cut Off")
		f.runs(t)
		time.Sleep(time.Hour) //nolint:forbidigo // synctest: the clock jumps
		synctest.Wait()
		f.pbx.setFailure(nil)
		f.Reconnected()
		synctest.Wait()
		require.Equal(t, int64(1), f.pbx.revision(o))
	})
}

func TestRunRemovesADeletedOrganisationEvenWhenThePBXWasAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(deploy.Options{})
		f.runs(t)
		o := f.create(t, "Leaver")
		synctest.Wait()
		f.pbx.setFailure(resource.ErrPBXUnavailable)
		require.NoError(t, f.orgs.Delete(t.Context(), o.ID, 0))
		synctest.Wait()
		require.Equal(t, int64(1), f.pbx.revision(o))
		require.Error(t, f.RemoveDeleted(t.Context()))

		f.pbx.setFailure(nil)
		time.Sleep(2 * time.Second) //nolint:forbidigo // synctest: the clock jumps
		synctest.Wait()
		require.Zero(t, f.pbx.revision(o))
		removals, err := f.store.Removals(t.Context())
		require.NoError(t, err)
		require.Empty(t, removals)
	})
}
