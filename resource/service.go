package resource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
)

// Options are what a [Service] needs beside its store. Every field but Sealer
// has a default.
type Options struct {
	// Sealer seals trunk passwords. Without one a trunk cannot have a password.
	Sealer *Sealer
	// Realm is the SIP realm phones are challenged with; "orgpbx" when empty.
	// It is part of every stored digest, so changing it later makes phones
	// need new passwords.
	Realm string
	// Changed is called after a change of an organisation's resources is
	// saved. It must not block.
	Changed func(organizationID string)
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Random is where passwords and names come from; crypto/rand when nil.
	Random io.Reader
	// NewID makes ids that rise with time; UUIDv7 when nil.
	NewID func() string
}

// Service creates and edits resources. It is safe for concurrent use.
type Service struct {
	store Store
	opts  Options

	users  *Users
	trunks *Set[Trunk]
	dids   *Set[DID]
	queues *Set[Queue]
	routes *Set[OutboundRoute]

	ivrs        *Set[IVR]
	conferences *Set[Conference]
	agents      *Set[AIAgent]
}

// New returns a service on a store.
func New(store Store, opts Options) *Service {
	if opts.Realm == "" {
		opts.Realm = "orgpbx"
	}
	if opts.Changed == nil {
		opts.Changed = func(string) {}
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.NewID == nil {
		opts.NewID = func() string { return uuid.Must(uuid.NewV7()).String() }
	}
	s := &Service{store: store, opts: opts}
	s.users = &Users{set: &Set[User]{s, userKind}}
	s.trunks = &Set[Trunk]{s, trunkKind}
	s.dids = &Set[DID]{s, didKind}
	s.queues = &Set[Queue]{s, queueKind}
	s.routes = &Set[OutboundRoute]{s, routeKind}
	s.ivrs = &Set[IVR]{s, ivrKind}
	s.conferences = &Set[Conference]{s, conferenceKind}
	s.agents = &Set[AIAgent]{s, agentKind}
	return s
}

// Users returns the users.
func (s *Service) Users() *Users { return s.users }

// Trunks returns the trunks.
func (s *Service) Trunks() *Set[Trunk] { return s.trunks }

// DIDs returns the DIDs.
func (s *Service) DIDs() *Set[DID] { return s.dids }

// Queues returns the queues, with their members.
func (s *Service) Queues() *Set[Queue] { return s.queues }

// OutboundRoutes returns the outbound routes.
func (s *Service) OutboundRoutes() *Set[OutboundRoute] { return s.routes }

// IVRs returns the menus.
func (s *Service) IVRs() *Set[IVR] { return s.ivrs }

// Conferences returns the conference rooms.
func (s *Service) Conferences() *Set[Conference] { return s.conferences }

// AIAgents returns the AI agents.
func (s *Service) AIAgents() *Set[AIAgent] { return s.agents }

// SealTrunkPassword checks and seals a password for the Password field of a
// [Trunk] of this organisation. It returns an [*org.InvalidError] about
// "password" when the password has characters SIP and Asterisk cannot carry.
func (s *Service) SealTrunkPassword(organizationID string, password org.Secret) (Sealed, error) {
	given := struct {
		Password string `json:"password" validate:"printable"`
	}{password.Reveal()}
	if err := org.Validate(given); err != nil {
		return nil, err
	}
	if s.opts.Sealer == nil {
		return nil, errors.New("trunk passwords need a Sealer in the options of the service")
	}
	return s.opts.Sealer.Seal(organizationID, password)
}

// Snapshot returns everything of one organisation as of one moment, for
// choosing among what is there. It returns [org.ErrNotFound].
func (s *Service) Snapshot(ctx context.Context, organizationID string) (Snapshot, error) {
	snapshot, err := s.store.Snapshot(ctx, organizationID)
	if err != nil {
		return Snapshot{}, fmt.Errorf("snapshot: %w", err)
	}
	return snapshot, nil
}

// Usage is how much of one quota is used.
type Usage struct {
	Kind  limits.Kind
	Used  int
	Limit limits.Limit
	Level limits.Level
}

// Usage returns the use of the four quotas of an organisation: users, DIDs,
// trunks and queues, in that order.
func (s *Service) Usage(ctx context.Context, o org.Organization) ([]Usage, error) {
	counts, err := s.store.Counts(ctx, o.ID)
	if err != nil {
		return nil, fmt.Errorf("usage: %w", err)
	}
	return usageOf(o, counts), nil
}

// Usages returns what [Service.Usage] does for several organisations, in their
// order and with one query.
func (s *Service) Usages(ctx context.Context, organizations []org.Organization) ([][]Usage, error) {
	ids := make([]string, len(organizations))
	for i, o := range organizations {
		ids[i] = o.ID
	}
	counts, err := s.store.CountsOf(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("usages: %w", err)
	}
	usages := make([][]Usage, len(organizations))
	for i, o := range organizations {
		usages[i] = usageOf(o, counts[o.ID])
	}
	return usages, nil
}

func usageOf(o org.Organization, counts Counts) []Usage {
	var usage []Usage
	for _, kind := range []limits.Kind{limits.Users, limits.DIDs, limits.Trunks, limits.Queues} {
		used, limit := counts[kind], o.Settings.Quota(kind)
		usage = append(usage, Usage{Kind: kind, Used: used, Limit: limit, Level: limits.LevelOf(used, limit)})
	}
	return usage
}

// now is UTC in whole microseconds, which every backend can keep.
func (s *Service) now() time.Time {
	return s.opts.Now().UTC().Truncate(time.Microsecond)
}
