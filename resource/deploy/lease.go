package deploy

import (
	"context"
	"errors"
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
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.renew(deploying, l, since.Add(s.opts.Lease)); err != nil {
			end(err)
		}
	}()
	return deploying, func() {
		end(nil)
		<-done
		ctx, cancel := context.WithTimeout(ctx, s.opts.Timeout)
		defer cancel()
		if err := s.store.ReleaseLease(ctx, l); err != nil {
			s.opts.Logger.Warn("release a lease: it runs out by itself", "organization_id", l.OrganizationID, "error", err)
		}
	}
}

// renew keeps a lease until ctx ends. It returns errLeaseLost when the lease
// may be another process's.
func (s *Service) renew(ctx context.Context, l Lease, ends time.Time) error {
	for pause(ctx, min(s.opts.Lease/3, time.Until(ends))) == nil {
		since := time.Now()
		call, cancel := context.WithDeadline(ctx, ends)
		renewed, err := s.store.RenewLease(call, l, s.opts.Lease)
		cancel()
		refused := err == nil && !renewed
		if renewed {
			ends = since.Add(s.opts.Lease)
		}
		if ctx.Err() == nil && (refused || !time.Now().Before(ends)) {
			return errLeaseLost
		}
	}
	return nil
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
