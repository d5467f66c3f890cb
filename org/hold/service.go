package hold

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
)

const (
	// MaxHolds is how many holds of an organisation may be in force at once.
	MaxHolds = 1000

	// auditKind is what a hold is called in the trail.
	auditKind = "legal_hold"
	// quota is what the number of holds is called where it is exceeded.
	quota limits.Kind = "legal_holds"
)

// ErrReleased is returned when a hold is to be released that is.
var ErrReleased = errors.New("the hold is released")

// Options are what a [Service] needs beside its store. Every field has a
// default.
type Options struct {
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// NewID makes ids that rise with time; UUIDv7 when nil.
	NewID func() string
}

// Service places and releases holds. The number of a hold that it returns is masked
// where the organisation has masking on and the number is not its own. It is safe for
// concurrent use.
type Service struct {
	store Store
	opts  Options
}

// New returns a service on a store.
func New(store Store, opts Options) *Service {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.NewID == nil {
		opts.NewID = func() string { return uuid.Must(uuid.NewV7()).String() }
	}
	return &Service{store: store, opts: opts}
}

// Get returns a hold, or [org.ErrNotFound].
func (s *Service) Get(ctx context.Context, o org.Organization, id string) (Hold, error) {
	h, err := s.store.Holds().Get(ctx, o.ID, id)
	if err == nil {
		err = s.mask(ctx, o, &h)
	}
	return h, named("get legal hold", err)
}

// List returns holds, oldest first, released ones too.
func (s *Service) List(ctx context.Context, o org.Organization, page org.Page) ([]Hold, error) {
	list, err := s.store.Holds().List(ctx, o.ID, page)
	holds := make([]*Hold, len(list))
	for i := range list {
		holds[i] = &list[i]
	}
	if err == nil {
		err = s.mask(ctx, o, holds...)
	}
	return list, named("list legal holds", err)
}

// Place adds a hold, which is in force when Place returns. It returns
// [org.ErrNotFound], an [*org.InvalidError], also for a call that is not there, or
// a [*limits.ExceededError] when [MaxHolds] are in force; nothing is saved then.
func (s *Service) Place(ctx context.Context, o org.Organization, draft Draft) (Hold, error) {
	if err := draft.check(); err != nil {
		return Hold{}, named("place legal hold", err)
	}
	now := s.now()
	h := Hold{
		ID: s.opts.NewID(), Target: draft.Target, Value: draft.Value, Reason: draft.Reason,
		Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	err := s.store.ChangeHolds(ctx, o.ID, func(holds Table) error {
		if err := mayPlace(ctx, holds, o.ID, h); err != nil {
			return err
		}
		if h.Target == OfNumber {
			endpoint, err := holds.EndpointOf(ctx, o.ID, h.Value)
			if err != nil {
				return err
			}
			h.Endpoint = endpoint
		}
		audit.Changed(ctx, auditKind, h.ID, nil, h.told())
		return holds.Insert(ctx, o.ID, h)
	})
	if err == nil {
		err = s.mask(ctx, o, &h)
	}
	if err != nil {
		return Hold{}, named("place legal hold", err)
	}
	return h, nil
}

func mayPlace(ctx context.Context, holds Table, organizationID string, h Hold) error {
	list, err := holds.List(ctx, organizationID, org.Page{})
	if err != nil {
		return err
	}
	used := 0
	for _, other := range list {
		if other.InForce() {
			used++
		}
	}
	if err := limits.Check(quota, limits.AtMost(MaxHolds), used); err != nil || h.Target != OfCall {
		return err
	}
	there, err := holds.HasCall(ctx, organizationID, h.Value)
	if err == nil && !there {
		err = org.Invalid("value", "call", "must be the id of a call of the organisation")
	}
	return err
}

// Release ends a hold: what it alone kept may be deleted by the next run. The
// hold stays, with the reason. ifVersion is the version the caller has seen, 0 for
// any. It returns [org.ErrNotFound], [org.ErrVersionMismatch], [ErrReleased], or
// an [*org.InvalidError]; nothing is saved then.
func (s *Service) Release(ctx context.Context, o org.Organization, id string, ifVersion int64, reason string) (Hold, error) {
	reason, err := org.CheckReason(reason)
	if err != nil {
		return Hold{}, named("release legal hold", err)
	}
	var released Hold
	err = s.store.ChangeHolds(ctx, o.ID, func(holds Table) error {
		h, err := holds.Get(ctx, o.ID, id)
		switch {
		case err != nil:
			return err
		case ifVersion != 0 && ifVersion != h.Version:
			return org.ErrVersionMismatch
		case !h.InForce():
			return ErrReleased
		}
		released = h
		released.ReleasedAt, released.ReleaseReason = s.now(), reason
		released.Version++
		released.UpdatedAt = released.ReleasedAt
		audit.Changed(ctx, auditKind, id, h.told(), released.told())
		return holds.Update(ctx, o.ID, released)
	})
	if err == nil {
		err = s.mask(ctx, o, &released)
	}
	if err != nil {
		return Hold{}, named("release legal hold", err)
	}
	return released, nil
}

// now is UTC in whole microseconds, which every backend can keep.
func (s *Service) now() time.Time { return s.opts.Now().UTC().Truncate(time.Microsecond) }

// named wraps an error with what failed.
func named(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
