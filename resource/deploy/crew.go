package deploy

import "sync"

// crew does things at the same time, but never more than it has places.
type crew struct {
	places  chan struct{}
	working sync.WaitGroup
}

func newCrew(size int) *crew { return &crew{places: make(chan struct{}, size)} }

// do waits for a place, and does not wait for the work.
func (c *crew) do(work func()) {
	c.places <- struct{}{}
	c.working.Go(func() {
		defer func() { <-c.places }()
		work()
	})
}

// wait waits until everything is done.
func (c *crew) wait() { c.working.Wait() }
