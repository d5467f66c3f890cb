package cdr

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/orgpbx/orgpbx/org"
)

// Run measures what organisations have stored and tells of levels that are
// reached, until ctx ends, whose error it returns. All organisations are looked at
// each interval, and those that had a call soon after it. Beside that it seals
// recordings, moves them to the archive, and deletes what is past its time.
func (s *Service) Run(ctx context.Context) error {
	var beside sync.WaitGroup
	defer beside.Wait()
	beside.Go(func() { s.each(ctx, "recordings are not sealed", s.SealRecordings) })
	beside.Go(func() { s.each(ctx, "recordings are not in the archive", s.ArchiveRecordings) })
	beside.Go(func() { s.runPurges(ctx) })
	for {
		s.lookAtAll(ctx)
		next := time.After(s.opts.Interval)
		for looking := true; looking; {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-next:
				looking = false
			case <-s.wake:
				s.lookAtTouched(ctx)
				select { // calls that come now are looked at together
				case <-time.After(s.opts.Settle):
				case <-ctx.Done():
				}
			}
		}
	}
}

// each does something each SealInterval until ctx ends, and says what it means when
// it fails.
func (s *Service) each(ctx context.Context, otherwise string, do func(context.Context) error) {
	for {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			s.opts.Logger.Warn("cdr: "+otherwise+" and tried again", "error", err)
		}
		select {
		case <-time.After(s.opts.SealInterval):
		case <-ctx.Done():
			return
		}
	}
}

// pageOfAll is how many organisations are read at a time.
const pageOfAll = 200

func (s *Service) lookAtAll(ctx context.Context) {
	there := map[string]bool{}
	err := s.eachOrganization(ctx, func(o org.Organization) {
		s.failed(ctx, o.ID, errors.Join(s.measure(ctx, o), s.notice(ctx, o)))
		there[o.ID] = true
	})
	if err != nil {
		s.failed(ctx, "", err)
		return
	}
	s.forget(there)
}

// eachOrganization calls do with every organisation.
func (s *Service) eachOrganization(ctx context.Context, do func(org.Organization)) error {
	for page := (org.Page{Limit: pageOfAll}); ; {
		list, err := s.store.Organizations(ctx, org.Filter{}, page)
		if err != nil {
			return err
		}
		for _, o := range list {
			do(o)
		}
		if len(list) < page.Limit {
			return nil
		}
		page.After = list[len(list)-1].ID
	}
}

// forget drops what was measured of organisations that are not there any more.
func (s *Service) forget(there map[string]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.stored, func(id string, _ int64) bool { return !there[id] })
	maps.DeleteFunc(s.days, func(id string, _ StorageDay) bool { return !there[id] })
}

func (s *Service) lookAtTouched(ctx context.Context) {
	s.mu.Lock()
	touched := s.touched
	s.touched = map[string]bool{}
	s.mu.Unlock()
	for id := range touched {
		o, err := s.store.Organization(ctx, id)
		if err == nil {
			err = s.notice(ctx, o)
		}
		if !errors.Is(err, org.ErrNotFound) { // deleted meanwhile
			s.failed(ctx, id, err)
		}
	}
}

// touch has the organisations looked at soon.
func (s *Service) touch(ids []string) {
	if len(ids) == 0 {
		return
	}
	s.mu.Lock()
	for _, id := range ids {
		s.touched[id] = true
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default: // it has been told already
	}
}

// failed says what went wrong; it is tried again in the next interval.
func (s *Service) failed(ctx context.Context, organizationID string, err error) {
	if err != nil && ctx.Err() == nil {
		s.opts.Logger.Warn("cdr: the use of an organisation is not known", "organization", organizationID, "error", err)
	}
}
