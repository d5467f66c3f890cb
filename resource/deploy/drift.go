package deploy

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// drifts remembers what was seen of each organisation in the PBX last. It is
// safe for concurrent use; the zero value is ready.
type drifts struct {
	mu   sync.Mutex
	byID map[string]look
}

// look is one comparison of an organisation with the PBX.
type look struct {
	at    time.Time
	drift []resource.Change
}

func (d *drifts) of(id string) (look, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	l, is := d.byID[id]
	return l, is
}

// note remembers a look and returns the one before.
func (d *drifts) note(id string, l look) look {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.byID == nil {
		d.byID = map[string]look{}
	}
	before := d.byID[id]
	d.byID[id] = l
	return before
}

// keep forgets all organisations but these.
func (d *drifts) keep(ids []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id := range d.byID {
		if _, is := slices.BinarySearch(ids, id); !is {
			delete(d.byID, id)
		}
	}
}

// Drifted returns how many objects of each organisation the PBX has otherwise
// than it was told, as this process saw it last. Organisations without such
// objects are not in it.
func (s *Service) Drifted() map[string]int {
	s.drifts.mu.Lock()
	defer s.drifts.mu.Unlock()
	counts := map[string]int{}
	for id, l := range s.drifts.byID {
		if len(l.drift) > 0 {
			counts[id] = len(l.drift)
		}
	}
	return counts
}

// watch looks for drift until ctx ends: at each organisation once in
// DriftInterval, one after the other.
func (s *Service) watch(ctx context.Context) {
	due := map[string]time.Time{}
	// Organisations that are new are found in the first quarter of the interval,
	// and looked at in the rest.
	quarter := s.opts.DriftInterval / 4
	for ctx.Err() == nil {
		began := time.Now()
		ids, err := s.applied(ctx)
		if err != nil && ctx.Err() == nil {
			s.opts.Logger.Error("look for organisations to compare with the PBX", "error", err)
		}
		if err == nil {
			s.drifts.keep(ids)
			schedule(due, ids, began, 3*quarter)
		}
		s.compareDue(ctx, due, began.Add(quarter))
	}
}

// schedule spreads organisations that have no time yet evenly over a while, and
// forgets those that are not in the list, which is in order.
func schedule(due map[string]time.Time, ids []string, now time.Time, while time.Duration) {
	for id := range due {
		if _, is := slices.BinarySearch(ids, id); !is {
			delete(due, id)
		}
	}
	strangers := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { _, known := due[id]; return known })
	for i, id := range strangers {
		due[id] = now.Add(while * time.Duration(i+1) / time.Duration(len(strangers)))
	}
}

// compareDue looks at each organisation when it is due, until a moment.
func (s *Service) compareDue(ctx context.Context, due map[string]time.Time, until time.Time) {
	for time.Now().Before(until) {
		next, at := "", until
		for id, t := range due {
			if t.Before(at) {
				next, at = id, t
			}
		}
		if pause(ctx, time.Until(at)) != nil {
			return
		}
		if next == "" {
			return
		}
		s.compare(ctx, next)
		due[next] = time.Now().Add(s.opts.DriftInterval)
	}
}

// applied returns the ids of all organisations that nothing waits for.
func (s *Service) applied(ctx context.Context) ([]string, error) {
	var all []string
	for after := ""; ; after = all[len(all)-1] {
		ids, err := s.store.Applied(ctx, after, batch)
		if err != nil {
			return nil, err
		}
		all = append(all, ids...)
		if len(ids) < batch {
			return all, nil
		}
	}
}

// compare looks at one organisation, and says and heals what is wrong. While
// the PBX is away nothing can be seen, which others tell.
func (s *Service) compare(ctx context.Context, id string) {
	l, err := s.look(ctx, id)
	switch {
	case ctx.Err() != nil, errors.Is(err, org.ErrNotFound), errors.Is(err, resource.ErrPBXUnavailable), errors.Is(err, errLeased):
		return
	case err != nil:
		s.opts.Logger.Warn("compare with the PBX", "organization_id", id, "error", err)
		return
	case len(l.drift) == 0 || !s.opts.HealDrift:
		return
	}
	if _, err := s.Deploy(ctx, id); err != nil && ctx.Err() == nil {
		s.opts.Logger.Warn("heal drift", "organization_id", id, "error", err)
	}
}

// look compares an organisation with the PBX and remembers the result. The
// first look holds nobody up. A deploy that runs meanwhile looks like drift, so
// what is found counts when it is still there while nobody deploys.
func (s *Service) look(ctx context.Context, id string) (look, error) {
	drift, err := s.drift(ctx, id)
	if err == nil && len(drift) > 0 {
		drift, err = s.driftAtRest(ctx, id)
	}
	if err != nil {
		return look{}, err
	}
	l := look{at: s.now(), drift: drift}
	s.tell(id, s.drifts.note(id, l), l)
	return l, nil
}

// driftAtRest is drift while this process has the organisation for itself.
func (s *Service) driftAtRest(ctx context.Context, id string) ([]resource.Change, error) {
	turn, err := s.turns.wait(ctx, id)
	if err != nil {
		return nil, err
	}
	defer turn.leave()
	ctx, lease, err := s.lease(ctx, id, false)
	if err != nil {
		return nil, err
	}
	defer lease.release()
	return s.drift(ctx, id)
}

// drift asks the PBX. While a change waits there is none: what differs is to be
// deployed.
func (s *Service) drift(ctx context.Context, id string) ([]resource.Change, error) {
	ctx, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	snapshot, err := s.snapshot(ctx, id)
	if err != nil || snapshot.Organization.Config.State != org.Applied {
		return nil, err
	}
	return s.pbx.Plan(ctx, snapshot)
}

// noteDeployed notes that an organisation was deployed.
func (s *Service) noteDeployed(id string, at time.Time) {
	l := look{at: at}
	s.tell(id, s.drifts.note(id, l), l)
}

// tell logs what is news for an operator.
func (s *Service) tell(id string, before, now look) {
	switch {
	case slices.Equal(before.drift, now.drift):
	case len(now.drift) == 0:
		s.opts.Logger.Info("the PBX has again what it was told", "organization_id", id)
	default:
		s.opts.Logger.Warn("something changed the PBX behind our back",
			"organization_id", id, "objects", len(now.drift), "first", now.drift[0], "heals", s.opts.HealDrift)
	}
}
