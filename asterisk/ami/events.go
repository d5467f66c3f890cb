package ami

import (
	"context"
	"log/slog"
	"sync"
)

// backlogWarning is the number of waiting events at which the log says that
// the handler does not keep up; it says so again at each doubling.
const backlogWarning = 10_000

// eventQueue keeps events in order between the connection, which must never
// wait, and the handler, which may. It has no bound: Asterisk cuts off a client
// that does not read for 100 ms, and a handler that performs an action would
// wait for ever for a response stuck behind its own events.
type eventQueue struct {
	handle func(Event)
	log    *slog.Logger
	wake   chan struct{}

	mu      sync.Mutex
	waiting []Event
	taken   int // events handed to run and not handled yet
	warnAt  int
}

func newEventQueue(handle func(Event), log *slog.Logger) *eventQueue {
	return &eventQueue{handle: handle, log: log, wake: make(chan struct{}, 1), warnAt: backlogWarning}
}

func (q *eventQueue) put(e Event) {
	q.mu.Lock()
	q.waiting = append(q.waiting, e)
	backlog := len(q.waiting) + q.taken
	behind := backlog >= q.warnAt
	if behind {
		q.warnAt *= 2
	}
	q.mu.Unlock()

	if behind {
		q.log.Warn("ami: the event handler does not keep up", "waiting_events", backlog)
	}
	select {
	case q.wake <- struct{}{}:
	default: // run has been told already
	}
}

// run calls the handler until ctx ends. Events that wait at that time are
// discarded.
func (q *eventQueue) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-q.wake:
		}
		for _, e := range q.take() {
			if ctx.Err() != nil {
				return
			}
			q.handle(e)
			q.handled()
		}
	}
}

func (q *eventQueue) take() []Event {
	q.mu.Lock()
	defer q.mu.Unlock()
	batch := q.waiting
	q.waiting, q.taken = nil, len(batch)
	return batch
}

func (q *eventQueue) handled() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.taken--
	if q.taken+len(q.waiting) == 0 {
		q.warnAt = backlogWarning
	}
}

// backlog returns how many events were received and not handled yet.
func (q *eventQueue) backlog() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.taken + len(q.waiting)
}
