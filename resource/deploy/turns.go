package deploy

import (
	"context"
	"sync"

	"github.com/orgpbx/orgpbx/internal/keylock"
)

// turns lets one caller of this process at a time deploy an organisation, and
// shows those who waited what became of it meanwhile. So a crowd of changes
// takes about two deploys: one for the first of them, one for the rest. It is
// safe for concurrent use; the zero value is ready.
type turns struct {
	locks keylock.Set

	mu     sync.Mutex
	clock  int64 // counts who came and what ended
	crowds map[string]*crowd
}

// crowd are the callers who deploy an organisation or wait for it.
type crowd struct {
	callers int
	newest  Deployment
	ended   int64 // when the newest did, by the clock of turns; 0 when none did
}

// turn is the right to deploy an organisation.
type turn struct {
	turns *turns
	id    string // of the organisation
	asked int64
	leave func()
}

// wait waits until it is the caller's turn, or returns the error of ctx. The
// caller must leave.
func (t *turns) wait(ctx context.Context, organizationID string) (turn, error) {
	asked := t.join(organizationID)
	unlock, err := t.locks.Lock(ctx, organizationID)
	if err != nil {
		t.quit(organizationID)
		return turn{}, err
	}
	return turn{t, organizationID, asked, func() { unlock(); t.quit(organizationID) }}, nil
}

func (t *turns) join(id string) (asked int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.crowds == nil {
		t.crowds = map[string]*crowd{}
	}
	if t.crowds[id] == nil {
		t.crowds[id] = &crowd{}
	}
	t.crowds[id].callers++
	t.clock++
	return t.clock
}

func (t *turns) quit(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.crowds[id]
	c.callers--
	if c.callers == 0 {
		delete(t.crowds, id)
	}
}

// crowded reports whether a deployment ended while the caller waited.
func (t turn) crowded() bool {
	t.turns.mu.Lock()
	defer t.turns.mu.Unlock()
	return t.turns.crowds[t.id].ended > t.asked
}

// shared returns a deployment of a revision that ended while the caller
// waited.
func (t turn) shared(revision int64) (Deployment, bool) {
	t.turns.mu.Lock()
	defer t.turns.mu.Unlock()
	c := t.turns.crowds[t.id]
	return c.newest, c.ended > t.asked && c.newest.Revision == revision
}

// share shows a deployment to those who wait.
func (t turn) share(d Deployment) {
	t.turns.mu.Lock()
	defer t.turns.mu.Unlock()
	t.turns.clock++
	c := t.turns.crowds[t.id]
	c.newest, c.ended = d, t.turns.clock
}
