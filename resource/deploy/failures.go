package deploy

import (
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/orgpbx/orgpbx/resource"
)

// failures remembers the newest try of each organisation that did not go live.
// So Run tries again later and later. It is safe for concurrent use.
type failures struct {
	min, max, rejected time.Duration // delays: see Options
	random             func(n int64) int64

	mu   sync.Mutex
	byID map[string]failure
}

// failure is one try that did not go live.
type failure struct {
	deployment Deployment
	refusal    error
	delay      time.Duration
	next       time.Time // when Run tries again
}

// of returns the failure of an organisation at a revision. A later revision
// may well work, so it has none.
func (f *failures) of(id string, revision int64) (failure, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	failed, found := f.byID[id]
	return failed, found && failed.deployment.Revision == revision
}

// due reports whether Run may try an organisation now.
func (f *failures) due(id string, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !now.Before(f.byID[id].next)
}

// note remembers a try and when to make the next one. The delay doubles each
// time the same revision fails, or is the long one after a rejection. A little
// randomness keeps organisations that failed together from being tried together
// for ever.
func (f *failures) note(id string, d Deployment, refusal error, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delay := f.min
	if before := f.byID[id]; before.deployment.Revision == d.Revision {
		delay = min(max(2*before.delay, f.min), f.max)
	}
	var rejected *resource.RejectedError
	switch {
	case errors.As(refusal, &rejected):
		delay = f.rejected
	case errors.Is(refusal, errLeased):
		delay = f.min // nothing is wrong
	}
	jitter := time.Duration(f.random(int64(delay)/4 + 1))
	f.byID[id] = failure{deployment: d, refusal: refusal, delay: delay, next: now.Add(delay + jitter)}
}

// retryUnreachable makes every try due that failed because the PBX could not be
// reached.
func (f *failures) retryUnreachable() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, failed := range f.byID {
		if errors.Is(failed.refusal, resource.ErrPBXUnavailable) {
			failed.next, failed.delay = time.Time{}, 0
			f.byID[id] = failed
		}
	}
}

func (f *failures) forget(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.byID, id)
}

// sweep forgets the failures that are due and not in a list of all that is
// behind: another process has put them right.
func (f *failures) sweep(behind map[string]bool, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	maps.DeleteFunc(f.byID, func(id string, failed failure) bool { return !behind[id] && !now.Before(failed.next) })
}

// wait returns the time until the next try is due, or a long time.
func (f *failures) wait(now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	wait := time.Hour
	for _, failed := range f.byID {
		wait = min(wait, max(failed.next.Sub(now), time.Millisecond))
	}
	return wait
}
