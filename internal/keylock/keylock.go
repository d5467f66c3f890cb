// Package keylock holds locks by name that give up when a context ends.
//
//	var locks keylock.Set
//	unlock, err := locks.Lock(ctx, organizationID)
//	if err != nil {
//		return err
//	}
//	defer unlock()
package keylock

import (
	"context"
	"sync"
)

// Set is a lock for every key. A key that nobody holds or waits for costs no
// memory. The zero value is ready.
type Set struct {
	mu    sync.Mutex
	locks map[string]*lock
}

type lock struct {
	users int           // holders and waiters; the entry goes with the last
	held  chan struct{} // has room for the one holder
}

// Lock waits until nobody else holds the key. It returns the error of ctx when
// that ends first.
func (s *Set) Lock(ctx context.Context, key string) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l := s.join(key)
	select {
	case l.held <- struct{}{}:
		return func() { <-l.held; s.leave(key, l) }, nil
	case <-ctx.Done():
		s.leave(key, l)
		return nil, ctx.Err()
	}
}

func (s *Set) join(key string) *lock {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.locks == nil {
		s.locks = make(map[string]*lock)
	}
	l := s.locks[key]
	if l == nil {
		l = &lock{held: make(chan struct{}, 1)}
		s.locks[key] = l
	}
	l.users++
	return l
}

func (s *Set) leave(key string, l *lock) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l.users--
	if l.users == 0 {
		delete(s.locks, key)
	}
}
