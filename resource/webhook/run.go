package webhook

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
)

const (
	atOnce     = 8   // requests to one webhook at a time
	turn       = 16  // claims in a row before others have their turn
	pageSize   = 100 // webhooks, or deliveries that are purged, at a time
	purgeEvery = time.Hour
)

// run is what one [Service.Run] knows.
type run struct {
	*Service
	group errgroup.Group
	wake  chan struct{} // holds one: a webhook had its turn and has more

	mu      sync.Mutex
	serving map[string]bool // webhooks
}

// Run delivers events until ctx ends, and returns the error of ctx once requests
// that run have ended. Any number of processes may run it on one store: each
// takes what no other has.
func (s *Service) Run(ctx context.Context) error {
	r := &run{Service: s, wake: make(chan struct{}, 1), serving: map[string]bool{}}
	r.group.SetLimit(s.opts.Parallel)
	defer r.group.Wait() //nolint:errcheck // each notes its own
	var purged time.Time
	for {
		if now := s.opts.Now(); now.Sub(purged) >= purgeEvery {
			s.failed(ctx, "purge deliveries of webhooks", s.Purge(ctx))
			purged = now
		}
		s.failed(ctx, "look for webhooks to serve", r.pass(ctx))
		timer := time.NewTimer(s.opts.Poll)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-r.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// Purge removes deliveries that are older than Options.Keep. Run does so every
// hour.
func (s *Service) Purge(ctx context.Context) error {
	for {
		n, err := s.store.PurgeDeliveries(ctx, s.opts.Now().Add(-s.opts.Keep), pageSize)
		if err != nil || n < pageSize {
			return err
		}
	}
}

// pass gives every webhook that has something due its turn. One that has it
// already, because its receiver is slow, is left alone.
func (r *run) pass(ctx context.Context) error {
	for after := ""; ctx.Err() == nil; {
		refs, err := r.store.ReadyWebhooks(ctx, r.now(), after, pageSize)
		if err != nil {
			return err
		}
		for _, ref := range refs {
			if r.begin(ref) {
				r.group.Go(func() error { r.serve(ctx, ref); return nil })
			}
		}
		if len(refs) < pageSize {
			return nil
		}
		after = refs[len(refs)-1].ID
	}
	return ctx.Err()
}

func (r *run) begin(ref Ref) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.serving[ref.ID] {
		return false
	}
	r.serving[ref.ID] = true
	return true
}

func (r *run) serve(ctx context.Context, ref Ref) {
	more, err := r.drain(ctx, ref)
	if !errors.Is(err, org.ErrNotFound) { // deleted meanwhile
		r.failed(ctx, "serve a webhook", err)
	}
	r.mu.Lock()
	delete(r.serving, ref.ID)
	r.mu.Unlock()
	if more {
		select {
		case r.wake <- struct{}{}:
		default:
		}
	}
}

// drain delivers what is due to a webhook, until nothing is, its turn is over, or
// something failed. It reports whether there may be more.
func (s *Service) drain(ctx context.Context, ref Ref) (more bool, err error) {
	for range turn {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		n, ok, err := s.deliver(ctx, ref)
		if err != nil || n < atOnce {
			return false, err
		}
		if !ok {
			return true, nil
		}
	}
	return true, nil
}

// deliver claims some deliveries of a webhook and tries each once. It returns
// how many there were, and whether all were taken. What was claimed is tried
// even if ctx ends meanwhile.
func (s *Service) deliver(ctx context.Context, ref Ref) (n int, ok bool, err error) {
	o, err := s.store.Organization(ctx, ref.OrganizationID)
	if err != nil {
		return 0, false, err
	}
	w, err := s.store.Webhooks().Get(ctx, ref.OrganizationID, ref.ID)
	if err != nil {
		return 0, false, err
	}
	now := s.now()
	until := now.Add(3 * s.opts.Timeout).Truncate(time.Millisecond) // an attempt, and time to settle it
	claimed, err := s.store.ClaimDeliveries(ctx, ref, now, until, atOnce)
	if err != nil {
		return 0, false, err
	}
	ctx = audit.Without(context.WithoutCancel(ctx))
	results := make([]Delivery, len(claimed))
	var trying errgroup.Group
	for i, d := range claimed {
		trying.Go(func() error {
			results[i] = s.next(s.attempt(ctx, o, w, d))
			return s.settle(ctx, o.ID, results[i], until)
		})
	}
	err = trying.Wait()
	return len(claimed), s.note(ctx, o.ID, w, results), err
}

func (s *Service) settle(ctx context.Context, organizationID string, d Delivery, claimed time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	saved, err := s.store.SettleDelivery(ctx, organizationID, d, claimed)
	if err == nil && saved && d.State == Dead {
		s.opts.Logger.Error("an event was not delivered in a day and is given up: replay it when its receiver works",
			"organization_id", organizationID, "webhook_id", d.WebhookID, "delivery_id", d.ID, "type", d.Event.Type,
			"failure", d.Failure, "status", d.Status)
	}
	return err
}

// note keeps on the webhook whether its receiver works, switches it off when
// that is gone, and reports whether all deliveries were taken.
func (s *Service) note(ctx context.Context, organizationID string, w Webhook, results []Delivery) (ok bool) {
	failing, gone := false, false
	for _, d := range results {
		failing = failing || d.State != Delivered
		gone = gone || d.Status == 410
	}
	if len(results) == 0 || !gone && failing == !w.FailingSince.IsZero() {
		return !failing
	}
	ctx, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	_, err := s.change(ctx, organizationID, w.ID, 0, func(w *Webhook) error {
		switch {
		case !failing:
			w.FailingSince = time.Time{}
		case w.FailingSince.IsZero():
			w.FailingSince = s.now()
		}
		if gone {
			w.Enabled, w.DisabledReason = false, Gone
		}
		return nil
	})
	switch {
	case errors.Is(err, org.ErrNotFound): // deleted meanwhile
	case err != nil:
		s.failed(ctx, "note how a webhook is", err)
	case gone:
		s.opts.Logger.Warn("a webhook is switched off: its receiver says it is gone", "organization_id", organizationID, "webhook_id", w.ID)
	case failing:
		s.opts.Logger.Warn("a webhook fails", "organization_id", organizationID, "webhook_id", w.ID)
	default:
		s.opts.Logger.Info("a webhook works again", "organization_id", organizationID, "webhook_id", w.ID)
	}
	return !failing
}

// failed says what went wrong; it is tried again.
func (s *Service) failed(ctx context.Context, doing string, err error) {
	if err != nil && ctx.Err() == nil {
		s.opts.Logger.Error("webhooks: "+doing, "error", err)
	}
}
