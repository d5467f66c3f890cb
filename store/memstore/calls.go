package memstore

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/event"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// ledger is what the calls of an organisation left behind.
type ledger struct {
	calls   map[string]cdr.Call // by id
	billed  map[int64]int64     // seconds by quarter of an hour
	notices map[cdr.Notice]bool
	seals   map[string]cdr.Seal // of recordings, by the id of the call
	moves   map[string]move     // of recordings that somebody has claimed
	stored  map[string]int64    // bytes by day
	purged  string              // the last call that was deleted because of its age, by id
}

// ledger returns that of an organisation that is there; the lock is held.
func (s *Store) ledger(organizationID string) *ledger {
	l := s.ledgers[organizationID]
	if l == nil {
		l = &ledger{
			calls: map[string]cdr.Call{}, billed: map[int64]int64{}, notices: map[cdr.Notice]bool{}, seals: map[string]cdr.Seal{},
			moves: map[string]move{}, stored: map[string]int64{},
		}
		s.ledgers[organizationID] = l
	}
	return l
}

// RecordCalls implements [cdr.Store].
func (s *Store) RecordCalls(ctx context.Context, calls []cdr.OwnedCall) (cdr.Recorded, error) {
	if err := ctx.Err(); err != nil {
		return cdr.Recorded{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	touched, refused := map[string]bool{}, 0
	for _, c := range calls {
		id, there := s.claims[claim{"context_prefix", c.ContextPrefix}]
		if !there {
			continue
		}
		if c.ID <= s.ledger(id).purged {
			refused++
			continue
		}
		after, isNew, grown := s.ledger(id).combine(c.Call)
		if !grown {
			continue
		}
		e, err := cdr.CallEvent(after, isNew)
		if err != nil {
			return cdr.Recorded{}, err
		}
		s.ledger(id).record(after)
		s.tell(s.saved[id], []event.Event{e})
		touched[id] = true
	}
	return cdr.Recorded{Touched: slices.Sorted(maps.Keys(touched)), Refused: refused}, nil
}

// combine returns what a call is with what is known of it already, and whether
// that is more.
func (l *ledger) combine(c cdr.Call) (after cdr.Call, isNew, grown bool) {
	before, known := l.calls[c.ID]
	if !known {
		return c.Clone(), true, true
	}
	after, grown = cdr.Combine(before, c)
	return after, false, grown
}

// record replaces what was known of a call.
func (l *ledger) record(c cdr.Call) {
	l.billed[cdr.Quarter(c.StartedAt)] += c.CountedSeconds() - l.calls[c.ID].CountedSeconds()
	l.calls[c.ID] = c
	if _, noted := l.seals[c.ID]; c.Recording != "" && !noted {
		l.seals[c.ID] = cdr.Seal{Name: c.Recording, State: c.RecordingState()}
	}
}

// Call implements [cdr.Store].
func (s *Store) Call(ctx context.Context, organizationID, id string) (cdr.Call, error) {
	if err := ctx.Err(); err != nil {
		return cdr.Call{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	l := s.ledgers[organizationID]
	if l == nil {
		return cdr.Call{}, org.ErrNotFound
	}
	c, known := l.calls[id]
	if !known {
		return cdr.Call{}, org.ErrNotFound
	}
	return c.Clone(), nil
}

// Calls implements [cdr.Store].
func (s *Store) Calls(ctx context.Context, organizationID string, filter cdr.Filter, page org.Page) ([]cdr.Call, error) {
	list, _, err := s.SearchCalls(ctx, organizationID, filter, page, 0)
	return list, err
}

// SearchCalls implements [cdr.Store]. It looks at the calls of a number alone, as a
// database with an index does.
func (s *Store) SearchCalls(ctx context.Context, organizationID string, filter cdr.Filter, page org.Page, most int) ([]cdr.Call, string, error) {
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	l := s.ledgers[organizationID]
	if l == nil {
		return nil, "", nil
	}
	indexed := cdr.Filter{From: filter.From, To: filter.To, Ending: filter.Ending, Numbers: filter.Numbers}
	var looked []cdr.Call
	for _, c := range l.calls {
		if (page.After == "" || c.ID < page.After) && indexed.Matches(c) {
			looked = append(looked, c)
		}
	}
	slices.SortFunc(looked, func(a, b cdr.Call) int { return strings.Compare(b.ID, a.ID) })
	var list []cdr.Call
	for i, c := range looked {
		if filter.Matches(c) {
			list = append(list, c.Clone())
		}
		if page.Limit <= 0 {
			continue
		}
		if len(list) == page.Limit {
			break
		}
		if i+1 == most {
			return list, c.ID, nil
		}
	}
	return list, "", nil
}

// BilledSeconds implements [cdr.Store].
func (s *Store) BilledSeconds(ctx context.Context, organizationID string, from, to time.Time) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	l := s.ledgers[organizationID]
	if l == nil {
		return 0, nil
	}
	var sum int64
	for quarter, seconds := range l.billed {
		if quarter >= cdr.Quarter(from) && quarter < cdr.Quarter(to) {
			sum += seconds
		}
	}
	return sum, nil
}

// NoticeUsage implements [cdr.Store].
func (s *Store) NoticeUsage(ctx context.Context, organizationID string, n cdr.Notice, at time.Time) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.saved[organizationID] == nil {
		return false, nil
	}
	l := s.ledger(organizationID)
	if l.notices[n] {
		return false, nil
	}
	e, err := n.Event(at)
	if err != nil {
		return false, err
	}
	l.notices[n] = true
	s.tell(s.saved[organizationID], []event.Event{e})
	return true, nil
}

// Position implements [cdr.Store].
func (s *Store) Position(ctx context.Context, source string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.positions[source], nil
}

// SavePosition implements [cdr.Store].
func (s *Store) SavePosition(ctx context.Context, source, position string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.positions[source] = position
	return nil
}
