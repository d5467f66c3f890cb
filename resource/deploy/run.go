package deploy

import (
	"context"
	"errors"
	"time"

	"github.com/orgpbx/orgpbx/org"
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

// Run deploys whatever is behind, and removes deleted organisations from the
// PBX, until ctx ends. It returns the error of ctx. One Run per process is
// enough.
func (s *Service) Run(ctx context.Context) error {
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
	changed := s.takeChanged()
	s.removeDeleted(ctx, changed)
	for after := ""; ctx.Err() == nil; {
		ids, err := s.store.Unapplied(ctx, after, batch)
		if err != nil {
			s.opts.Logger.Error("look for changes to deploy", "error", err)
			return
		}
		for _, id := range ids {
			if changed[id] || s.failures.due(id, s.opts.Now()) {
				s.tryDeploy(ctx, id)
			}
		}
		if len(ids) < batch {
			return
		}
		after = ids[len(ids)-1]
	}
}

func (s *Service) tryDeploy(ctx context.Context, id string) {
	if ctx.Err() != nil {
		return
	}
	// A change is looked at even before its time: unless it is the revision
	// that failed, it may work now.
	_, err := s.deploy(ctx, id, func(f failure) bool { return s.opts.Now().Before(f.next) })
	switch {
	case errors.Is(err, org.ErrNotFound): // deleted meanwhile
		s.failures.forget(id)
	case err != nil:
		s.opts.Logger.Error("deploy", "organization_id", id, "error", err)
		s.failures.note(id, Deployment{}, err, s.opts.Now())
	}
}

func (s *Service) removeDeleted(ctx context.Context, changed map[string]bool) {
	removals, err := s.store.Removals(ctx)
	if err != nil {
		s.opts.Logger.Error("look for organisations to remove", "error", err)
		return
	}
	for _, r := range removals {
		if !changed[r.OrganizationID] && !s.failures.due(r.OrganizationID, s.opts.Now()) {
			continue
		}
		if err := s.remove(ctx, r); err != nil {
			s.opts.Logger.Warn("remove organisation from the PBX", "organization_id", r.OrganizationID, "error", err)
			s.failures.note(r.OrganizationID, Deployment{}, err, s.opts.Now())
			continue
		}
		s.failures.forget(r.OrganizationID)
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
