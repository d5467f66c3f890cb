package deploy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// Options are what a [Service] needs beside its store and PBX. Every field has
// a default.
type Options struct {
	// Sealer opens trunk passwords; needed where a trunk has one.
	Sealer *resource.Sealer
	// Timeout bounds one deploy; 30 seconds when 0. A deploy is not cut off
	// when the one who asked for it goes away.
	Timeout time.Duration
	// Parallel is how many organisations Run deploys at a time; 8 when 0. A PBX
	// may need one reload for all that arrive together. They share the PBX, so
	// each takes longer, and Timeout bounds each.
	Parallel int
	// Waiting is how many more may be under way that only wait for a reload, so
	// that more of them share it; 128 when 0. Each keeps what it deploys in
	// memory, some 0.4 MB with 50 users.
	Waiting int
	// Poll is how often Run looks for changes that another process made or a
	// crash left behind; 15 seconds when 0.
	Poll time.Duration
	// RetryMin and RetryMax bound the delay after a failed deploy, which
	// doubles from the first to the second; 1 second and 1 minute when 0. A
	// new change of the organisation is tried at once.
	RetryMin, RetryMax time.Duration
	// RetryRejected is the delay after the PBX refused an object, which will
	// seldom change its mind, while each try costs it reloads; 10 minutes when
	// 0.
	RetryRejected time.Duration
	// Lease is how long a process may go without renewing its right to deploy
	// an organisation before another takes over: what a process that died in
	// the middle of a deploy holds up, and no more. 10 seconds when 0.
	Lease time.Duration
	// DriftInterval is how often Run compares each organisation with what the
	// PBX has; 1 minute when 0, never when negative. A PBX that is asked about
	// many organisations has work with it, of which the interval is the measure.
	DriftInterval time.Duration
	// SIPDomain is where phones register; what is handed out beside their
	// passwords. "" where that is not known.
	SIPDomain resource.SIPDomain
	// NodeSIPDomains are those of nodes of a [resource.Fleet], by name. The others
	// have SIPDomain.
	NodeSIPDomains map[string]resource.SIPDomain
	// HealDrift has Run deploy an organisation at once where it finds drift.
	// Otherwise the next deploy puts it right.
	HealDrift bool
	// Random returns a number from 0 to below n, and is what spreads tries that
	// failed together; that of math/rand when nil.
	Random func(n int64) int64
	// Logger gets what an operator must know; nothing is logged when nil.
	Logger *slog.Logger
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// NewID makes ids that rise with time; UUIDv7 when nil.
	NewID func() string
}

// Service deploys organisations. It is safe for concurrent use; one
// organisation is deployed by one caller at a time.
type Service struct {
	store    Store
	pbx      resource.PBX
	opts     Options
	turns    turns
	leases   leases
	failures failures
	drifts   drifts
	wake     chan struct{} // holds one: a change happened since Run looked

	mu      sync.Mutex
	changed map[string]bool // organisations, since Run looked
}

// New returns a service. Nothing runs until [Service.Run] is called.
func New(store Store, pbx resource.PBX, opts Options) *Service {
	if opts.Timeout == 0 {
		opts.Timeout = 30 * time.Second
	}
	if opts.Parallel <= 0 {
		opts.Parallel = 8
	}
	if opts.Waiting <= 0 {
		opts.Waiting = 128
	}
	if opts.Poll == 0 {
		opts.Poll = 15 * time.Second
	}
	if opts.RetryMin == 0 {
		opts.RetryMin = time.Second
	}
	if opts.RetryMax == 0 {
		opts.RetryMax = time.Minute
	}
	if opts.RetryRejected == 0 {
		opts.RetryRejected = 10 * time.Minute
	}
	if opts.Lease == 0 {
		opts.Lease = 10 * time.Second
	}
	if opts.DriftInterval == 0 {
		opts.DriftInterval = time.Minute
	}
	if opts.Random == nil {
		opts.Random = rand.Int64N
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.NewID == nil {
		opts.NewID = func() string { return uuid.Must(uuid.NewV7()).String() }
	}
	return &Service{
		store: store, pbx: pbx, opts: opts, wake: make(chan struct{}, 1), changed: map[string]bool{},
		failures: failures{
			min: opts.RetryMin, max: opts.RetryMax, rejected: opts.RetryRejected, random: opts.Random,
			byID: map[string]failure{},
		},
	}
}

// Plan is what a deploy would do, and what will not work after it.
type Plan struct {
	Changes  []resource.ObjectChange
	Warnings []resource.Warning
}

// Plan returns what a deploy of the organisation would change in the PBX, and
// changes nothing. It returns [org.ErrNotFound], or the error of the PBX.
func (s *Service) Plan(ctx context.Context, organizationID string) (Plan, error) {
	snapshot, err := s.store.Snapshot(ctx, organizationID)
	if err != nil {
		return Plan{}, fmt.Errorf("plan: %w", err)
	}
	return s.PlanSnapshot(ctx, snapshot)
}

// PlanSnapshot is Plan for an organisation as it may become, such as
// [resource.Service.RehearseRestore] returns it.
func (s *Service) PlanSnapshot(ctx context.Context, snapshot resource.Snapshot) (Plan, error) {
	if err := snapshot.Unseal(s.opts.Sealer); err != nil {
		return Plan{}, fmt.Errorf("plan: %w", err)
	}
	changes, err := resource.Explain(ctx, s.pbx, snapshot)
	if err != nil {
		return Plan{}, fmt.Errorf("plan: %w", err)
	}
	return Plan{Changes: changes, Warnings: snapshot.Warnings()}, nil
}

// ErrNoRevision is returned for a revision that an organisation never had live,
// or so long ago that it is not kept any more.
var ErrNoRevision = errors.New("this revision was never live, or is not kept any more")

// Revision returns the resources of an organisation as they were when one of
// its revisions went live, for [resource.Service.Restore]. The newest
// [KeptRevisions] of those are kept. It returns [ErrNoRevision] for any other,
// and for any of an organisation that does not exist.
func (s *Service) Revision(ctx context.Context, organizationID string, revision int64) (resource.Snapshot, error) {
	archive, err := s.store.RevisionSnapshot(ctx, organizationID, revision)
	if errors.Is(err, org.ErrNotFound) {
		return resource.Snapshot{}, ErrNoRevision
	}
	if err != nil {
		return resource.Snapshot{}, fmt.Errorf("read revision %d: %w", revision, err)
	}
	return resource.UnarchiveSnapshot(archive)
}

// Deploy makes the PBX obey the newest revision of the organisation and
// records the result, a failure too: look at the deployment's State. Nothing is
// recorded where nothing had to be done, or where the same revision failed
// again in the same way. The error is about the store or ctx only, or
// [org.ErrNotFound].
//
// Callers that come while the organisation is being deployed wait, in this
// process and in others, and the first of them deploys what all of them
// changed.
func (s *Service) Deploy(ctx context.Context, organizationID string) (Deployment, error) {
	d, err := s.deploy(ctx, organizationID, false)
	if err != nil {
		return Deployment{}, fmt.Errorf("deploy: %w", err)
	}
	return d, nil
}

// deploy is Deploy also for Run, to whom a revision that failed is not due
// until its delay is over, and who has others to deploy while another process
// deploys this one: it gets errLeased.
func (s *Service) deploy(ctx context.Context, organizationID string, run bool) (Deployment, error) {
	turn, err := s.turns.wait(ctx, organizationID)
	if err != nil {
		return Deployment{}, err
	}
	defer turn.leave()
	if d, done, err := s.answered(ctx, turn, run); err != nil || done {
		return d, err
	}
	ctx, lease, err := s.lease(ctx, organizationID, !run)
	if err != nil {
		return Deployment{}, err
	}
	defer lease.release()
	d, err := s.apply(ctx, lease.Lease)
	if err == nil {
		turn.share(d)
	}
	return d, err
}

// answered reports whether a deployment that ended lately says all.
func (s *Service) answered(ctx context.Context, t turn, run bool) (Deployment, bool, error) {
	if !t.crowded() && !run {
		return Deployment{}, false, nil
	}
	snapshot, err := s.store.Snapshot(ctx, t.id)
	if err != nil {
		return Deployment{}, false, err
	}
	if d, shared := t.shared(snapshot.Revision()); shared {
		return d, true, nil
	}
	if f, failed := s.failures.of(t.id, snapshot.Revision()); run && failed && s.opts.Now().Before(f.next) {
		return f.deployment, true, nil
	}
	return Deployment{}, false, nil
}

// apply deploys the newest revision under a lease, and records it.
func (s *Service) apply(ctx context.Context, l Lease) (Deployment, error) {
	ctx, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	d := Deployment{ID: s.opts.NewID(), StartedAt: s.now()}
	snapshot, err := s.snapshot(ctx, l.OrganizationID)
	if err != nil {
		return Deployment{}, err
	}
	d.Revision, d.Warnings = snapshot.Revision(), snapshot.Warnings()
	var refusal error
	d.Changes, refusal = s.pbx.Apply(ctx, snapshot)
	if seen, _ := s.drifts.of(l.OrganizationID); refusal == nil && len(seen.drift) > 0 && len(d.Changes) > 0 {
		// A PBX that has something to change need not look at the rest.
		var healed []resource.Change
		healed, refusal = s.pbx.Apply(ctx, snapshot)
		d.Changes = append(d.Changes, healed...)
	}
	if refusal != nil && errors.Is(context.Cause(ctx), errLeaseLost) {
		refusal = errLeaseLost
	}
	d.State, d.Error = s.verdict(l.OrganizationID, refusal)
	d.FinishedAt = s.now()
	if refusal != nil {
		s.failures.note(l.OrganizationID, d, refusal, s.opts.Now())
	} else {
		s.failures.forget(l.OrganizationID)
		s.noteDeployed(l.OrganizationID, d.FinishedAt)
	}
	return d, s.record(ctx, l, snapshot, d)
}

// record adds a deployment to the history if it says something new. It has a
// time of its own: a deploy that used all of the timeout up is the one whose
// failure must be kept.
func (s *Service) record(ctx context.Context, l Lease, snapshot resource.Snapshot, d Deployment) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.opts.Timeout)
	defer cancel()
	known, err := s.isKnown(ctx, snapshot.Organization, d)
	if err != nil || known {
		return err
	}
	r := Record{Deployment: d}
	if d.State == org.Applied {
		if r.Snapshot, err = snapshot.Archive(); err != nil {
			return err
		}
	}
	if err := s.store.RecordDeployment(ctx, l, r); err != nil {
		return fmt.Errorf("record deployment: %w", err)
	}
	return nil
}

// isKnown reports whether the history would say the same twice: nothing was
// done, or the same revision failed again in the same way, as it does every
// minute while the PBX is away.
func (s *Service) isKnown(ctx context.Context, o org.Organization, d Deployment) (bool, error) {
	if d.State == org.Applied {
		return len(d.Changes) == 0 && o.Config.State == org.Applied && o.Config.AppliedRevision == d.Revision, nil
	}
	newest, err := s.store.Deployments(ctx, o.ID, org.Page{Limit: 1})
	if err != nil {
		return false, fmt.Errorf("read the deployment before: %w", err)
	}
	return len(newest) > 0 && newest[0].Revision == d.Revision &&
		newest[0].State == d.State && newest[0].Error == d.Error, nil
}

// verdict turns the error of a PBX into what the organisation is shown. What
// is not meant for it goes to the log.
func (s *Service) verdict(organizationID string, err error) (org.ConfigState, string) {
	if err == nil {
		return org.Applied, ""
	}
	s.opts.Logger.Warn("deploy did not go live", "organization_id", organizationID, "error", err)
	var rejected *resource.RejectedError
	switch {
	case errors.As(err, &rejected):
		return org.Failed, rejected.Error()
	case errors.Is(err, resource.ErrPBXUnavailable):
		return org.Pending, "the PBX cannot be reached: the change is kept and goes live by itself"
	case errors.Is(err, errLeaseLost):
		return org.Pending, "the database could not be reached meanwhile: the change is kept and goes live by itself"
	default:
		return org.Failed, "the PBX could not be changed: the server's log says why"
	}
}

// Status is how far the PBX is behind, and what it lost.
type Status struct {
	org.ConfigStatus
	// Drift is what the PBX has otherwise than the applied revision says:
	// something changed it behind our back. It is empty while a change waits.
	Drift []resource.Change
	// DriftAt is when that was seen; zero while a change waits or goes live.
	DriftAt time.Time
	// LastError is why the newest deployment did not go live; empty otherwise.
	LastError string
	// Placement is where the organisation is, where the PBX has several nodes.
	Placement resource.Placement
	// SIPDomain is where phones register there.
	SIPDomain string
}

// Status returns what is known of an organisation. The PBX is asked only where
// this process neither deployed nor compared it yet: otherwise Run does so once
// in a while. It returns [org.ErrNotFound], or the error of the PBX.
func (s *Service) Status(ctx context.Context, organizationID string) (Status, error) {
	snapshot, err := s.store.Snapshot(ctx, organizationID)
	if err != nil {
		return Status{}, fmt.Errorf("status: %w", err)
	}
	status := Status{ConfigStatus: snapshot.Organization.Config}
	if status.Placement, err = s.Placement(ctx, snapshot.Organization.ContextPrefix); err != nil {
		return Status{}, fmt.Errorf("status: %w", err)
	}
	status.SIPDomain = s.sipDomainOn(status.Placement.Node, snapshot.Organization.ContextPrefix)
	if status.State != org.Applied {
		newest, err := s.store.Deployments(ctx, organizationID, org.Page{Limit: 1})
		if err != nil {
			return Status{}, fmt.Errorf("status: %w", err)
		}
		if len(newest) > 0 {
			status.LastError = newest[0].Error
		}
		return status, nil
	}
	seen, is := s.drifts.of(organizationID)
	if !is {
		seen, err = s.look(ctx, organizationID)
		if errors.Is(err, errLeased) { // it is being deployed: there is nothing to compare
			return status, nil
		}
		if err != nil {
			return Status{}, fmt.Errorf("status: %w", err)
		}
	}
	status.Drift, status.DriftAt = slices.Clone(seen.drift), seen.at
	return status, nil
}

// History returns the deployments of an organisation, newest first.
func (s *Service) History(ctx context.Context, organizationID string, page org.Page) ([]Deployment, error) {
	list, err := s.store.Deployments(ctx, organizationID, page)
	if err != nil {
		return nil, fmt.Errorf("deployment history: %w", err)
	}
	return list, nil
}

func (s *Service) snapshot(ctx context.Context, organizationID string) (resource.Snapshot, error) {
	snapshot, err := s.store.Snapshot(ctx, organizationID)
	if err != nil {
		return resource.Snapshot{}, err
	}
	if err := snapshot.Unseal(s.opts.Sealer); err != nil {
		return resource.Snapshot{}, err
	}
	return snapshot, nil
}

func (s *Service) now() time.Time {
	return s.opts.Now().UTC().Truncate(time.Microsecond)
}
