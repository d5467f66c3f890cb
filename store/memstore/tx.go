package memstore

import (
	"context"
	"slices"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/event"
	"github.com/orgpbx/orgpbx/resource"
)

// tx is a change of one organisation that is being made.
type tx struct {
	store *Store
	id    string // of the organisation
	state *state // not saved yet
	// claimed is true for claims the change makes, false for those it gives
	// up.
	claimed map[claim]bool
}

// changeTables is change for an edit of rows alone.
func (s *Store) changeTables(ctx context.Context, organizationID string, edit func(*tx) error) error {
	return s.change(ctx, organizationID, func(next *state) (released, made []claim, err error) {
		t := &tx{store: s, id: organizationID, state: next, claimed: make(map[claim]bool)}
		if err := edit(t); err != nil {
			return nil, nil, err
		}
		released, made = t.claims()
		return released, made, nil
	})
}

// Organization implements [resource.Tx].
func (t *tx) Organization() org.Organization { return t.state.organization.Clone() }

// Counts implements [resource.Tx].
func (t *tx) Counts(ctx context.Context, organizationID string) (resource.Counts, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if organizationID != t.id {
		return resource.Counts{}, nil
	}
	return t.state.counts(), nil
}

// Snapshot implements [resource.Tx].
func (t *tx) Snapshot(ctx context.Context, organizationID string) (resource.Snapshot, error) {
	if err := t.check(ctx, organizationID); err != nil {
		return resource.Snapshot{}, err
	}
	return t.state.snapshot(), nil
}

// Tell implements [resource.Tx].
func (t *tx) Tell(ctx context.Context, organizationID string, e event.Event) error {
	if err := t.check(ctx, organizationID); err != nil {
		return err
	}
	t.state.told = append(t.state.told, e)
	return nil
}

// Holder implements [resource.Tx].
func (t *tx) Holder(ctx context.Context, organizationID, number string) (resource.Ref, error) {
	if err := t.check(ctx, organizationID); err != nil {
		return resource.Ref{}, err
	}
	for _, u := range t.state.users {
		if u.Extension == number {
			return resource.Ref{Kind: resource.KindUser, ID: u.ID}, nil
		}
	}
	for _, q := range t.state.queues {
		if q.Number == number {
			return resource.Ref{Kind: resource.KindQueue, ID: q.ID}, nil
		}
	}
	for _, i := range t.state.ivrs {
		if i.Number == number {
			return resource.Ref{Kind: resource.KindIVR, ID: i.ID}, nil
		}
	}
	for _, c := range t.state.conferences {
		if c.Number == number {
			return resource.Ref{Kind: resource.KindConference, ID: c.ID}, nil
		}
	}
	for _, a := range t.state.agents {
		if a.Number == number {
			return resource.Ref{Kind: resource.KindAIAgent, ID: a.ID}, nil
		}
	}
	return resource.Ref{}, org.ErrNotFound
}

// Users implements [resource.Tx].
func (t *tx) Users() resource.Table[resource.User] { return table[resource.User]{t, userKind} }

// Trunks implements [resource.Tx].
func (t *tx) Trunks() resource.Table[resource.Trunk] { return table[resource.Trunk]{t, trunkKind} }

// DIDs implements [resource.Tx].
func (t *tx) DIDs() resource.Table[resource.DID] { return table[resource.DID]{t, didKind} }

// Queues implements [resource.Tx].
func (t *tx) Queues() resource.Table[resource.Queue] { return table[resource.Queue]{t, queueKind} }

// OutboundRoutes implements [resource.Tx].
func (t *tx) OutboundRoutes() resource.Table[resource.OutboundRoute] {
	return table[resource.OutboundRoute]{t, routeKind}
}

// IVRs implements [resource.Tx].
func (t *tx) IVRs() resource.Table[resource.IVR] { return table[resource.IVR]{t, ivrKind} }

// Conferences implements [resource.Tx].
func (t *tx) Conferences() resource.Table[resource.Conference] {
	return table[resource.Conference]{t, conferenceKind}
}

// AIAgents implements [resource.Tx].
func (t *tx) AIAgents() resource.Table[resource.AIAgent] {
	return table[resource.AIAgent]{t, agentKind}
}

// check returns the error of ctx, and org.ErrNotFound for any organisation but
// the one that is being changed.
func (t *tx) check(ctx context.Context, organizationID string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if organizationID != t.id {
		return org.ErrNotFound
	}
	return nil
}

func (t *tx) claims() (released, made []claim) {
	for c, claimed := range t.claimed {
		if claimed {
			made = append(made, c)
		} else {
			released = append(released, c)
		}
	}
	return released, made
}

// claim notes the claims of a row that goes and of the one that takes its
// place. Another organisation may still take one of them before the change is
// saved, so they are checked once more then.
func (t *tx) claim(released, made []claim) error {
	t.store.mu.RLock()
	defer t.store.mu.RUnlock()
	if err := t.store.claims.check(t.id, made); err != nil {
		return err
	}
	for _, c := range released {
		t.claimed[c] = false
	}
	for _, c := range made {
		t.claimed[c] = true
	}
	return nil
}

// table reads and writes one kind inside a change.
type table[T any] struct {
	tx   *tx
	kind kind[T]
}

// Get implements [resource.Table].
func (t table[T]) Get(ctx context.Context, organizationID, id string) (T, error) {
	if err := t.tx.check(ctx, organizationID); err != nil {
		var none T
		return none, err
	}
	return t.kind.get(*t.kind.rows(t.tx.state), id)
}

// List implements [resource.Table].
func (t table[T]) List(ctx context.Context, organizationID string, page org.Page) ([]T, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if organizationID != t.tx.id {
		return nil, nil
	}
	return t.kind.list(*t.kind.rows(t.tx.state), page), nil
}

// Insert implements [resource.Table].
func (t table[T]) Insert(ctx context.Context, organizationID string, v T) error {
	if err := t.tx.check(ctx, organizationID); err != nil {
		return err
	}
	v = t.kind.clone(v)
	rows := t.kind.rows(t.tx.state)
	at, taken := t.kind.find(*rows, t.kind.id(&v))
	if taken {
		return &org.DuplicateError{Field: "id"}
	}
	if err := t.kind.duplicate(*rows, &v); err != nil {
		return err
	}
	if err := t.tx.claim(nil, t.kind.claims(&v)); err != nil {
		return err
	}
	*rows = slices.Insert(slices.Clone(*rows), at, &v)
	return nil
}

// Update implements [resource.Table].
func (t table[T]) Update(ctx context.Context, organizationID string, v T) error {
	if err := t.tx.check(ctx, organizationID); err != nil {
		return err
	}
	v = t.kind.clone(v)
	rows := t.kind.rows(t.tx.state)
	at, found := t.kind.find(*rows, t.kind.id(&v))
	if !found {
		return org.ErrNotFound
	}
	if err := t.kind.duplicate(*rows, &v); err != nil {
		return err
	}
	if err := t.tx.claim(t.kind.claims((*rows)[at]), t.kind.claims(&v)); err != nil {
		return err
	}
	*rows = slices.Clone(*rows)
	(*rows)[at] = &v
	return nil
}

// Delete implements [resource.Table].
func (t table[T]) Delete(ctx context.Context, organizationID, id string) error {
	if err := t.tx.check(ctx, organizationID); err != nil {
		return err
	}
	rows := t.kind.rows(t.tx.state)
	at, found := t.kind.find(*rows, id)
	if !found {
		return org.ErrNotFound
	}
	if err := t.tx.claim(t.kind.claims((*rows)[at]), nil); err != nil {
		return err
	}
	*rows = slices.Delete(slices.Clone(*rows), at, at+1)
	return nil
}
