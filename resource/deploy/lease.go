package deploy

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"
)

// The first and the longest wait between two looks at a lease that another
// process has, which cannot announce that it is free.
const leaseRetryFirst, leaseRetryMost = 5 * time.Millisecond, 250 * time.Millisecond

var (
	// errLeased says that another process changes the organisation now.
	errLeased = errors.New("another process deploys this organisation")
	// errLeaseLost ends the context of a deploy whose lease could not be
	// renewed in time, so that another process may have it by now.
	errLeaseLost = errors.New("the lease on this organisation is lost")
)

// held is a lease that this process has and renews.
type held struct {
	Lease
	// release ends the renewing and the lease.
	release func()
}

// leases are those that this process has. There may be hundreds, so one
// statement renews all of them. It is safe for concurrent use; the zero value is
// ready.
type leases struct {
	mu   sync.Mutex
	kept map[Lease]renewal
	stop context.CancelFunc // of the renewing, while there are any
}

// renewal is what becomes of a lease.
type renewal struct {
	end  context.CancelCauseFunc // of the deploy
	ends *time.Timer             // ends it when the lease was not renewed in time
}

// add keeps a lease, with the first of which renewing starts.
func (k *leases) add(l Lease, r renewal, renewing func(context.Context)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.kept) == 0 {
		var ctx context.Context
		ctx, k.stop = context.WithCancel(context.Background())
		k.kept = map[Lease]renewal{}
		go renewing(ctx)
	}
	k.kept[l] = r
}

// drop forgets a lease, and with the last one the renewing.
func (k *leases) drop(l Lease) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kept[l].ends.Stop()
	delete(k.kept, l)
	if len(k.kept) == 0 {
		k.stop()
	}
}

func (k *leases) list() []Lease {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Collect(maps.Keys(k.kept))
}

// settle takes in which of the leases that were asked for were renewed, and until
// when. The others are another process's.
func (k *leases) settle(asked, renewed []Lease, until time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	lost := map[Lease]bool{}
	for _, l := range asked {
		lost[l] = true
	}
	for _, l := range renewed {
		delete(lost, l)
		if r, is := k.kept[l]; is {
			r.ends.Reset(time.Until(until))
		}
	}
	for l := range lost {
		if r, is := k.kept[l]; is {
			r.end(errLeaseLost)
		}
	}
}

// lease takes the lease of an organisation, and waits for it if another
// process has it and the caller is patient; otherwise it returns errLeased. The
// context that comes back does not end with the caller's: half a deploy is
// worse than one nobody waits for. It ends when the lease is lost.
func (s *Service) lease(ctx context.Context, organizationID string, patient bool) (context.Context, held, error) {
	l := Lease{OrganizationID: organizationID, Token: s.opts.NewID()}
	for wait := leaseRetryFirst; ; wait = min(2*wait, leaseRetryMost) {
		since := time.Now()
		taken, err := s.acquire(ctx, l)
		if err != nil {
			return nil, held{}, err
		}
		if taken {
			ctx, release := s.keep(context.WithoutCancel(ctx), l, since)
			return ctx, held{l, release}, nil
		}
		if !patient {
			return nil, held{}, errLeased
		}
		if err := pause(ctx, wait); err != nil {
			return nil, held{}, err
		}
	}
}

// acquire asks for a lease once. It is not cut off with the caller: he could
// not know then whether he has it.
func (s *Service) acquire(ctx context.Context, l Lease) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.opts.Timeout)
	defer cancel()
	return s.store.AcquireLease(ctx, l, s.opts.Lease)
}

// keep renews a lease, which was given out after since, until it is released.
func (s *Service) keep(ctx context.Context, l Lease, since time.Time) (_ context.Context, release func()) {
	deploying, end := context.WithCancelCause(ctx)
	ends := time.AfterFunc(time.Until(since.Add(s.opts.Lease)), func() { end(errLeaseLost) })
	s.leases.add(l, renewal{end, ends}, s.renewLeases)
	return deploying, func() {
		s.leases.drop(l)
		end(nil)
		ctx, cancel := context.WithTimeout(ctx, s.opts.Timeout)
		defer cancel()
		if err := s.store.ReleaseLease(ctx, l); err != nil {
			s.opts.Logger.Warn("release a lease: it runs out by itself", "organization_id", l.OrganizationID, "error", err)
		}
	}
}

// renewLeases renews what this process has until ctx ends. What cannot be renewed
// in time ends by itself.
func (s *Service) renewLeases(ctx context.Context) {
	for pause(ctx, s.opts.Lease/3) == nil {
		since, asked := time.Now(), s.leases.list()
		call, cancel := context.WithTimeout(ctx, s.opts.Lease/2)
		renewed, err := s.store.RenewLeases(call, asked, s.opts.Lease)
		cancel()
		if err == nil {
			s.leases.settle(asked, renewed, since.Add(s.opts.Lease))
		}
	}
}

// pause waits, or returns the error of ctx.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
