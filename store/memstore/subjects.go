package memstore

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/subject"
)

var subjectKind = kind[subject.Request]{
	id:    func(r *subject.Request) string { return r.ID },
	clone: subject.Request.Clone,
	rows:  func(s *state) *rows[subject.Request] { return &s.subjects },
}

// SubjectRequests implements [subject.Store].
func (s *Store) SubjectRequests() subject.Finder { return finder[subject.Request]{s, subjectKind} }

// ChangeSubjects implements [subject.Store].
func (s *Store) ChangeSubjects(ctx context.Context, organizationID string, change func(subject.Table) error) error {
	return s.changeTables(ctx, organizationID, func(t *tx) error {
		return change(subjectTable{table[subject.Request]{t, subjectKind}})
	})
}

// errTaken says that somebody else has claimed a request meanwhile.
var errTaken = errors.New("the request is taken")

// ClaimSubjectRequest implements [subject.Store].
func (s *Store) ClaimSubjectRequest(ctx context.Context, now, until time.Time) (string, subject.Request, error) {
	for {
		organizationID, first := s.dueSubject(now)
		if organizationID == "" {
			return "", subject.Request{}, org.ErrNotFound
		}
		taken := first
		taken.Due = until
		err := s.ChangeSubjects(ctx, organizationID, func(t subject.Table) error {
			r, err := t.Get(ctx, organizationID, first.ID)
			if err != nil {
				return err
			}
			if r.State == subject.Done || !r.Due.Equal(first.Due) {
				return errTaken
			}
			taken = r
			taken.Due = until
			return t.Update(ctx, organizationID, taken)
		})
		if err == nil || !errors.Is(err, errTaken) && !errors.Is(err, org.ErrNotFound) {
			return organizationID, taken, err
		}
	}
}

// dueSubject returns the request that is due first, if it is by now.
func (s *Store) dueSubject(now time.Time) (organizationID string, first subject.Request) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for id, saved := range s.saved {
		for _, r := range saved.subjects {
			if r.State == subject.Done || r.Due.After(now) {
				continue
			}
			if organizationID == "" || r.Due.Before(first.Due) || r.Due.Equal(first.Due) && r.ID < first.ID {
				organizationID, first = id, *r
			}
		}
	}
	return organizationID, first
}

type subjectTable struct{ table[subject.Request] }

// Holds implements [subject.Table].
func (t subjectTable) Holds(ctx context.Context, organizationID string) (hold.Set, error) {
	if organizationID != t.tx.id {
		return hold.InForce(nil), ctx.Err()
	}
	return t.tx.state.kept(), ctx.Err()
}

// CallsOf implements [subject.Table].
func (t subjectTable) CallsOf(ctx context.Context, organizationID string, ids []string) ([]cdr.DueCall, error) {
	l := t.ledger(organizationID)
	if l == nil {
		return nil, ctx.Err()
	}
	t.tx.store.mu.RLock()
	defer t.tx.store.mu.RUnlock()
	return l.due("", len(ids), func(id string, _ cdr.Seal, _ bool) bool { return slices.Contains(ids, id) }), ctx.Err()
}

// ledger returns that of the organisation that is being changed; nil for any other
// one.
func (t subjectTable) ledger(organizationID string) *ledger {
	if organizationID != t.tx.id {
		return nil
	}
	t.tx.store.mu.Lock()
	defer t.tx.store.mu.Unlock()
	return t.tx.store.ledger(organizationID)
}

// then runs do on the ledger once the change is saved.
func (t subjectTable) then(ctx context.Context, organizationID string, do func(*ledger)) error {
	l := t.ledger(organizationID)
	if l == nil {
		return ctx.Err()
	}
	t.tx.state.after = append(t.tx.state.after, func() { do(l) })
	return ctx.Err()
}

// DoomRecordings implements [subject.Table].
func (t subjectTable) DoomRecordings(ctx context.Context, organizationID string, callIDs []string) ([]cdr.DoomedRecording, error) {
	l := t.ledger(organizationID)
	if l == nil {
		return nil, ctx.Err()
	}
	t.tx.store.mu.RLock()
	defer t.tx.store.mu.RUnlock()
	var doomed []cdr.DoomedRecording
	for _, id := range slices.Sorted(slices.Values(callIDs)) {
		if seal, recorded := l.seals[id]; recorded {
			doomed = append(doomed, cdr.DoomedRecording{
				CallID: id, Name: seal.Name, Called: l.calls[id].Recording,
				ClaimedUntil: l.moves[id].claimedUntil, Archived: l.moves[id].archived,
			})
		}
	}
	t.tx.state.after = append(t.tx.state.after, func() {
		for _, d := range doomed {
			seal := l.seals[d.CallID]
			seal.State = cdr.Deleting
			l.seals[d.CallID] = seal
		}
	})
	return doomed, ctx.Err()
}

// ForgetRecordings implements [subject.Table].
func (t subjectTable) ForgetRecordings(ctx context.Context, organizationID string, callIDs []string) error {
	return t.then(ctx, organizationID, func(l *ledger) {
		for _, id := range callIDs {
			l.forgetRecording(id)
		}
	})
}

// EraseCalls implements [subject.Table].
func (t subjectTable) EraseCalls(ctx context.Context, organizationID string, ids []string, erase func(*cdr.Call)) error {
	return t.then(ctx, organizationID, func(l *ledger) {
		for _, id := range ids {
			c, there := l.calls[id]
			if !there {
				continue
			}
			c = c.Clone()
			erase(&c)
			c.Erased = true
			l.calls[id] = c
		}
	})
}

// DeleteDeliveries implements [subject.Table].
func (t subjectTable) DeleteDeliveries(ctx context.Context, organizationID string, ids []string) ([]string, error) {
	if organizationID != t.tx.id {
		return nil, ctx.Err()
	}
	s := t.tx.store
	s.mu.RLock()
	defer s.mu.RUnlock()
	there := slices.DeleteFunc(slices.Sorted(slices.Values(ids)), func(id string) bool {
		_, is := s.deliveries[organizationID][id]
		return !is
	})
	t.tx.state.after = append(t.tx.state.after, func() {
		for _, id := range there {
			delete(s.deliveries[organizationID], id)
		}
	})
	return there, ctx.Err()
}
