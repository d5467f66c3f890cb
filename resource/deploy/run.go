package deploy

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// batch is how many organisations that are behind are read at a time.
const batch = 100

// Changed wakes [Service.Run] to deploy an organisation. It never blocks; give
// it to the Changed option of the services that write.
func (s *Service) Changed(organizationID string) {
	s.mu.Lock()
	s.changed[organizationID] = true
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default: // Run has not looked since the last one: it will see both
	}
}

// Run deploys whatever is behind, and removes deleted organisations from the
// PBX, until ctx ends. It returns the error of ctx. One Run per process is
// enough.
func (s *Service) Run(ctx context.Context) error {
	retry := retries{min: s.opts.RetryMin, max: s.opts.RetryMax}
	for {
		for id := range s.takeChanged() {
			retry.forget(id) // what failed before may work now
		}
		s.converge(ctx, &retry)
		timer := time.NewTimer(min(s.opts.Poll, retry.wait(s.now())))
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-s.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

func (s *Service) takeChanged() map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := s.changed
	s.changed = map[string]bool{}
	return ids
}

// converge makes one pass over everything that is behind and due.
func (s *Service) converge(ctx context.Context, retry *retries) {
	s.removeDeleted(ctx, retry)
	for after := ""; ctx.Err() == nil; {
		ids, err := s.store.Unapplied(ctx, after, batch)
		if err != nil {
			s.opts.Logger.Error("look for changes to deploy", "error", err)
			return
		}
		for _, id := range ids {
			s.tryDeploy(ctx, retry, id)
		}
		if len(ids) < batch {
			return
		}
		after = ids[len(ids)-1]
	}
}

func (s *Service) tryDeploy(ctx context.Context, retry *retries, id string) {
	if ctx.Err() != nil || !retry.due(id, s.now()) {
		return
	}
	_, refusal, err := s.deploy(ctx, id)
	var rejected *resource.RejectedError
	switch {
	case errors.Is(err, org.ErrNotFound): // deleted meanwhile
		retry.forget(id)
	case err != nil:
		s.opts.Logger.Error("deploy", "organization_id", id, "error", err)
		retry.later(id, s.now())
	case errors.As(refusal, &rejected):
		retry.after(id, s.now(), s.opts.RetryRejected)
	case refusal != nil:
		retry.later(id, s.now())
	default:
		retry.forget(id)
	}
}

func (s *Service) removeDeleted(ctx context.Context, retry *retries) {
	removals, err := s.store.Removals(ctx)
	if err != nil {
		s.opts.Logger.Error("look for organisations to remove", "error", err)
		return
	}
	for _, r := range removals {
		if !retry.due(r.OrganizationID, s.now()) {
			continue
		}
		if err := s.remove(ctx, r); err != nil {
			s.opts.Logger.Warn("remove organisation from the PBX", "organization_id", r.OrganizationID, "error", err)
			retry.later(r.OrganizationID, s.now())
			continue
		}
		retry.forget(r.OrganizationID)
	}
}

// RemoveDeleted takes deleted organisations out of the PBX now, where Run does
// it soon. It returns the first error; what failed is tried again by Run.
func (s *Service) RemoveDeleted(ctx context.Context) error {
	removals, err := s.store.Removals(ctx)
	if err != nil {
		return err
	}
	var first error
	for _, r := range removals {
		if err := s.remove(ctx, r); err != nil && first == nil {
			first = err
		}
	}
	return first
}

func (s *Service) remove(ctx context.Context, r Removal) error {
	// The lock waits for a deploy that took its snapshot before the deletion.
	unlock, err := s.locks.Lock(ctx, r.OrganizationID)
	if err != nil {
		return err
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.opts.Timeout)
	defer cancel()
	if _, err := s.pbx.Remove(ctx, r.ContextPrefix); err != nil {
		return err
	}
	return s.store.DeleteRemoval(ctx, r.OrganizationID)
}

// retries remembers what failed and when to try it again. Each failure
// doubles the delay; a little randomness keeps organisations that failed
// together from being tried together for ever.
type retries struct {
	min, max time.Duration
	failed   map[string]failure
}

type failure struct {
	delay time.Duration
	next  time.Time
}

func (r *retries) due(id string, now time.Time) bool {
	return !now.Before(r.failed[id].next)
}

func (r *retries) later(id string, now time.Time) {
	r.after(id, now, min(max(2*r.failed[id].delay, r.min), r.max))
}

// after has it tried again after a delay, and a little more at random.
func (r *retries) after(id string, now time.Time, delay time.Duration) {
	if r.failed == nil {
		r.failed = make(map[string]failure)
	}
	jitter := time.Duration(rand.Int64N(int64(delay)/4 + 1)) //nolint:gosec // no secret
	r.failed[id] = failure{delay: delay, next: now.Add(delay + jitter)}
}

func (r *retries) forget(id string) { delete(r.failed, id) }

// wait returns the time until the next retry is due, or a long time.
func (r *retries) wait(now time.Time) time.Duration {
	wait := time.Hour
	for _, f := range r.failed {
		wait = min(wait, max(f.next.Sub(now), time.Millisecond))
	}
	return wait
}
