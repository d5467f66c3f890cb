package deploy

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/orgpbx/orgpbx/resource"
)

// crew are the deploys that Run has under way: so many at work, and others that
// the PBX has wait for a reload, which therefore serves more of them.
type crew struct {
	turns chan struct{}
	group errgroup.Group
}

func (s *Service) newCrew() *crew {
	c := &crew{turns: make(chan struct{}, s.opts.Parallel)}
	c.group.SetLimit(s.opts.Parallel + s.opts.Waiting)
	return c
}

// work has do run when there is a turn for it, and waits while there are too
// many.
func (c *crew) work(ctx context.Context, do func(ctx context.Context)) {
	begin, end := func() { c.turns <- struct{}{} }, func() { <-c.turns }
	c.group.Go(func() error {
		begin()
		defer end()
		do(resource.WithWaiting(ctx, func() (again func()) {
			end()
			return begin
		}))
		return nil
	})
}

func (c *crew) wait() { _ = c.group.Wait() } // each notes its own error
