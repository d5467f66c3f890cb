package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/orgpbx/orgpbx/asterisk/live"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/store"
)

const (
	// poll is how often the database is asked what changed.
	poll = time.Second
	// page is how many organisations are read at a time.
	page = 200
)

// follower applies whatever is newer in the database than in Asterisk.
type follower struct {
	store  store.Store
	sealer *resource.Sealer
	pbx    *live.PBX
	log    *slog.Logger
	// applied is the revision of each organisation in Asterisk by context
	// prefix, as far as that is known.
	applied map[string]int64
	// connected holds one: Asterisk came back, and may have anything.
	connected chan struct{}
}

func (f *follower) reconnected() {
	select {
	case f.connected <- struct{}{}:
	default:
	}
}

// run follows until ctx ends. While Asterisk is away, or not prepared, the log
// says so, and everything is tried again.
func (f *follower) run(ctx context.Context) error {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	said := ""
	for {
		err := f.follow(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && err.Error() != said {
			f.log.Warn("Asterisk is not in step with the database", "error", err)
		}
		said = ""
		if err != nil {
			said = err.Error()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-f.connected:
			f.applied = nil
		case <-tick.C:
		}
	}
}

// follow makes one pass. It goes on to the next organisation where Asterisk
// refuses one, and returns what it refused.
func (f *follower) follow(ctx context.Context) error {
	if f.applied == nil {
		if err := f.look(ctx); err != nil {
			return err
		}
	}
	var failures []error
	there := map[string]bool{}
	for after := ""; ; {
		list, err := f.store.Organizations(ctx, org.Filter{}, org.Page{After: after, Limit: page})
		if err != nil {
			return err
		}
		for _, o := range list {
			there[o.ContextPrefix] = true
			after = o.ID
			if f.applied[o.ContextPrefix] == o.Config.DesiredRevision {
				continue
			}
			if err := f.apply(ctx, o); errors.Is(err, resource.ErrPBXUnavailable) {
				return err
			} else if err != nil {
				failures = append(failures, err)
			}
		}
		if len(list) < page {
			break
		}
	}
	for prefix := range f.applied {
		if there[prefix] {
			continue
		}
		if _, err := f.pbx.Remove(ctx, prefix); err != nil {
			return err
		}
		f.log.Info("removed", "context_prefix", prefix)
		delete(f.applied, prefix)
	}
	return errors.Join(failures...)
}

// look asks Asterisk which organisations it has, at an unknown revision.
func (f *follower) look(ctx context.Context) error {
	if err := f.pbx.Preflight(ctx); err != nil {
		return err
	}
	prefixes, err := f.pbx.Organizations(ctx)
	if err != nil {
		return err
	}
	f.applied = map[string]int64{}
	for _, prefix := range prefixes {
		f.applied[prefix] = -1
	}
	return nil
}

func (f *follower) apply(ctx context.Context, o org.Organization) error {
	snapshot, err := f.store.Snapshot(ctx, o.ID)
	if errors.Is(err, org.ErrNotFound) {
		return nil // deleted meanwhile: the next pass removes it
	}
	if err != nil {
		return err
	}
	if err := snapshot.Unseal(f.sealer); err != nil {
		return err
	}
	changes, err := f.pbx.Apply(ctx, snapshot)
	if err != nil {
		return err
	}
	f.applied[o.ContextPrefix] = snapshot.Revision()
	f.log.Info("applied", "organization_id", o.ID, "revision", snapshot.Revision(), "changes", len(changes))
	return nil
}
