package memstore

import (
	"context"
	"sync"
	"time"

	"github.com/orgpbx/orgpbx/internal/keylock"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/event"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/org/idempotency"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/deploy"
	"github.com/orgpbx/orgpbx/resource/subject"
	"github.com/orgpbx/orgpbx/resource/webhook"
	"github.com/orgpbx/orgpbx/store"
)

var _ store.Store = (*Store)(nil)

// Store is a [store.Store] in memory. It is safe for concurrent use.
type Store struct {
	changing keylock.Set // held for an organisation while it is changed

	mu       sync.RWMutex      // guards what follows; never held for long
	saved    map[string]*state // by organisation id
	claims   claims
	sessions map[[32]byte]org.Session
	// memberSessions are those of people, who sign in by themselves.
	memberSessions map[[32]byte]member.Session
	removals       []deploy.Removal
	leases         map[string]lease                   // by organisation id
	placements     map[string]resource.Placement      // by context prefix
	deleted        map[string]cdr.DeletedOrganization // by id
	ledgers        map[string]*ledger                 // by organisation id
	positions      map[string]string                  // by source of call records
	trails         map[string][]audit.Entry           // by chain, in order of sequence
	purgesFrom     time.Time                          // zero: nobody has asked yet
	// deliveries are those of webhooks, by organisation and id.
	deliveries map[string]map[string]webhook.Delivery
	requests   map[requestKey]idempotency.Entry
}

// state is everything of one organisation. A saved state is never changed: a
// change works on a copy, which then takes its place.
type state struct {
	organization org.Organization
	users        rows[resource.User]
	trunks       rows[resource.Trunk]
	dids         rows[resource.DID]
	queues       rows[resource.Queue]
	routes       rows[resource.OutboundRoute]
	ivrs         rows[resource.IVR]
	conferences  rows[resource.Conference]
	agents       rows[resource.AIAgent]
	deployments  rows[deploy.Deployment]
	revisions    []revision // in order of number
	members      rows[member.Member]
	webhooks     rows[webhook.Webhook]
	apiKeys      rows[org.APIKey]
	holds        rows[hold.Hold]
	subjects     rows[subject.Request]
	// after is what else the change that makes this state does once it is saved, while
	// mu is held; nothing in a saved one.
	after []func()
	told  []event.Event // by the change that makes this state; none in a saved one
}

// New returns an empty store.
func New() *Store {
	return &Store{
		saved:          make(map[string]*state),
		claims:         make(claims),
		sessions:       make(map[[32]byte]org.Session),
		memberSessions: make(map[[32]byte]member.Session),
		leases:         make(map[string]lease),
		placements:     make(map[string]resource.Placement),
		deleted:        make(map[string]cdr.DeletedOrganization),
		ledgers:        make(map[string]*ledger),
		positions:      make(map[string]string),
		trails:         make(map[string][]audit.Entry),
		deliveries:     make(map[string]map[string]webhook.Delivery),
		requests:       make(map[requestKey]idempotency.Entry),
	}
}

// Ping returns the error of ctx.
func (s *Store) Ping(ctx context.Context) error { return ctx.Err() }

// Close does nothing.
func (s *Store) Close() error { return nil }

// read returns what is saved of an organisation, or org.ErrNotFound.
func (s *Store) read(ctx context.Context, organizationID string) (*state, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	saved := s.saved[organizationID]
	if saved == nil {
		return nil, org.ErrNotFound
	}
	return saved, nil
}

// lock waits until no other change of the organisation is being made, and
// returns what is saved of it: nobody else replaces that until unlock.
func (s *Store) lock(ctx context.Context, organizationID string) (saved *state, unlock func(), err error) {
	unlock, err = s.changing.Lock(ctx, organizationID)
	if err != nil {
		return nil, nil, err
	}
	if saved, err = s.read(ctx, organizationID); err != nil {
		unlock()
		return nil, nil, err
	}
	return saved, unlock, nil
}

// change runs edit on a copy of the organisation's state, under its lock, and
// saves the copy unless there was an error. edit returns the claims that the
// change gives up and makes.
func (s *Store) change(ctx context.Context, organizationID string, edit func(*state) (released, made []claim, err error)) error {
	saved, unlock, err := s.lock(ctx, organizationID)
	if err != nil {
		return err
	}
	defer unlock()

	audit.Of(ctx).Restart()
	next := *saved
	next.organization = next.organization.Clone()
	released, made, err := edit(&next)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}

	entry, pending, err := audit.Of(ctx).Pending(organizationID)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.claims.swap(organizationID, released, made); err != nil {
		return err
	}
	told, after := next.told, next.after
	next.told, next.after = nil, nil
	s.saved[organizationID] = &next
	s.tell(&next, told)
	s.dropDeliveriesOfNothing(&next)
	for _, do := range after {
		do()
	}
	if pending {
		s.appendEntry(entry)
		audit.Of(ctx).Saved()
	}
	return nil
}
