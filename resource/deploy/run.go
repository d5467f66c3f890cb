package deploy

import (
	"context"
	"errors"
	"sync"
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
	s.wakeRun()
}

// Reconnected tells that the PBX can be reached again: Run tries at once what
// could not be deployed meanwhile. It never blocks.
func (s *Service) Reconnected() {
	s.failures.retryUnreachable()
	s.wakeRun()
}

func (s *Service) wakeRun() {
	select {
	case s.wake <- struct{}{}:
	default: // Run has not looked since the last one: it will see both
	}
}

// Run deploys whatever is behind, removes deleted organisations from the PBX,
// takes those that moved off the node that they leave, and looks for drift,
// until ctx ends. It returns the error of ctx. One Run per
// process is enough.
func (s *Service) Run(ctx context.Context) error {
	var watching sync.WaitGroup
	defer watching.Wait()
	if s.opts.DriftInterval > 0 {
		watching.Go(func() { s.watch(ctx) })
	}
	if fleet, is := s.pbx.(resource.Fleet); is {
		watching.Go(func() { s.leaveNodes(ctx, fleet) })
	}
	for {
		s.converge(ctx)
		timer := time.NewTimer(min(s.opts.Poll, s.failures.wait(s.opts.Now())))
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

// converge makes one pass over everything that is behind, and due or changed.
func (s *Service) converge(ctx context.Context) {
	changed, began := s.takeChanged(), s.opts.Now()
	behind := map[string]bool{}
	err := errors.Join(s.removeDeleted(ctx, changed, behind), s.deployUnapplied(ctx, changed, behind))
	switch {
	case ctx.Err() != nil:
	case err != nil:
		s.opts.Logger.Error("look for changes to deploy", "error", err)
	default:
		s.failures.sweep(behind, began)
	}
}

// deployUnapplied adds all that it finds to behind.
func (s *Service) deployUnapplied(ctx context.Context, changed, behind map[string]bool) error {
	deploying := s.newCrew()
	defer deploying.wait()
	for after := ""; ctx.Err() == nil; {
		ids, err := s.store.Unapplied(ctx, after, batch)
		if err != nil {
			return err
		}
		for _, id := range ids {
			behind[id] = true
			if changed[id] || s.failures.due(id, s.opts.Now()) {
				deploying.work(ctx, func(ctx context.Context) { s.tryDeploy(ctx, id) })
			}
		}
		if len(ids) < batch {
			return nil
		}
		after = ids[len(ids)-1]
	}
	return nil
}

func (s *Service) tryDeploy(ctx context.Context, id string) {
	if ctx.Err() != nil {
		return
	}
	// A change is looked at even before its time: unless it is the revision
	// that failed, it may work now.
	_, err := s.deploy(ctx, id, true)
	switch {
	case errors.Is(err, org.ErrNotFound): // deleted meanwhile
		s.failures.forget(id)
	case errors.Is(err, errLeased):
		s.failures.note(id, Deployment{}, err, s.opts.Now())
	case err != nil:
		s.opts.Logger.Error("deploy", "organization_id", id, "error", err)
		s.failures.note(id, Deployment{}, err, s.opts.Now())
	}
}

// removeDeleted adds all that it finds to behind.
func (s *Service) removeDeleted(ctx context.Context, changed, behind map[string]bool) error {
	removals, err := s.store.Removals(ctx)
	if err != nil {
		return err
	}
	removing := s.newCrew()
	defer removing.wait()
	for _, r := range removals {
		behind[r.OrganizationID] = true
		if changed[r.OrganizationID] || s.failures.due(r.OrganizationID, s.opts.Now()) {
			removing.work(ctx, func(ctx context.Context) { s.tryRemove(ctx, r) })
		}
	}
	return nil
}

func (s *Service) tryRemove(ctx context.Context, r Removal) {
	if ctx.Err() != nil {
		return
	}
	if err := s.remove(ctx, r); err != nil {
		s.opts.Logger.Warn("remove organisation from the PBX", "organization_id", r.OrganizationID, "error", err)
		s.failures.note(r.OrganizationID, Deployment{}, err, s.opts.Now())
		return
	}
	s.failures.forget(r.OrganizationID)
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

// remove takes one organisation out of the PBX under its lease, which waits for
// a deploy that took its snapshot before the deletion, in any process.
func (s *Service) remove(ctx context.Context, r Removal) error {
	turn, err := s.turns.wait(ctx, r.OrganizationID)
	if err != nil {
		return err
	}
	defer turn.leave()
	ctx, lease, err := s.lease(ctx, r.OrganizationID, false)
	if err != nil {
		return err
	}
	defer lease.release()
	ctx, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	if _, err := s.pbx.Remove(ctx, r.ContextPrefix); err != nil {
		return err
	}
	return s.store.DeleteRemoval(ctx, r.OrganizationID)
}
