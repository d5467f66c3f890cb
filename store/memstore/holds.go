package memstore

import (
	"context"

	"github.com/orgpbx/orgpbx/org/hold"
)

var holdKind = kind[hold.Hold]{
	id:    func(h *hold.Hold) string { return h.ID },
	clone: func(h hold.Hold) hold.Hold { return h },
	rows:  func(s *state) *rows[hold.Hold] { return &s.holds },
}

// Holds implements [hold.Store].
func (s *Store) Holds() hold.Finder { return finder[hold.Hold]{s, holdKind} }

// ChangeHolds implements [hold.Store].
func (s *Store) ChangeHolds(ctx context.Context, organizationID string, change func(hold.Table) error) error {
	return s.changeTables(ctx, organizationID, func(t *tx) error { return change(holdTable{table[hold.Hold]{t, holdKind}}) })
}

type holdTable struct{ table[hold.Hold] }

// HasCall implements [hold.Table].
func (t holdTable) HasCall(ctx context.Context, organizationID, callID string) (bool, error) {
	if organizationID != t.tx.id {
		return false, ctx.Err()
	}
	s := t.tx.store
	s.mu.RLock()
	defer s.mu.RUnlock()
	l := s.ledgers[organizationID]
	if l == nil {
		return false, ctx.Err()
	}
	_, there := l.calls[callID]
	return there, ctx.Err()
}

// EndpointOf implements [hold.Table].
func (t holdTable) EndpointOf(ctx context.Context, organizationID, extension string) (string, error) {
	if organizationID == t.tx.id {
		for _, u := range t.tx.state.users {
			if u.Extension == extension {
				return u.SIP.Username, ctx.Err()
			}
		}
	}
	return "", ctx.Err()
}
