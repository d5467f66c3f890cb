package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/resource"
)

// auditKind is what a webhook is called in the trail.
const auditKind = "webhook"

// quota is what the number of webhooks is called where it is exceeded.
const quota limits.Kind = "webhooks"

// ErrOff is returned where an organisation has webhooks switched off.
var ErrOff = errors.New("webhooks are switched off for this organization")

// Options are what a [Service] needs beside its store. Every field but Sealer
// has a default.
type Options struct {
	// Sealer seals the secrets that requests are signed with.
	Sealer *org.Sealer
	// AllowPrivate lets webhooks lead to http and to any address, this machine
	// and its network too. Whoever may set a webhook up can then reach these.
	AllowPrivate bool
	// Resolver finds the addresses of hosts; that of package net when nil.
	Resolver *net.Resolver
	// TLS is how receivers' certificates are checked; by the machine's roots
	// when nil.
	TLS *tls.Config
	// Timeout bounds one attempt; 10 seconds when 0.
	Timeout time.Duration
	// Parallel is how many webhooks Run serves at a time, each with up to 8
	// requests; 64 when 0.
	Parallel int
	// Poll is how often Run looks for deliveries; 1 second when 0.
	Poll time.Duration
	// Keep is how long deliveries are kept, delivered or not; 30 days when 0.
	Keep time.Duration
	// Random returns a number from 0 to below n, and is what spreads attempts
	// that failed together; that of math/rand when nil.
	Random func(n int64) int64
	// Secrets is where secrets come from; crypto/rand when nil.
	Secrets io.Reader
	// Logger gets what an operator must know; nothing is logged when nil.
	Logger *slog.Logger
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// NewID makes ids that rise with time; UUIDv7 when nil.
	NewID func() string
}

// Service sets webhooks up and delivers events to them. It is safe for
// concurrent use.
type Service struct {
	store  Store
	opts   Options
	client *http.Client
}

// New returns a service on a store. Nothing is delivered until [Service.Run] is
// called.
func New(store Store, opts Options) *Service {
	if opts.Timeout == 0 {
		opts.Timeout = 10 * time.Second
	}
	if opts.Parallel <= 0 {
		opts.Parallel = 64
	}
	if opts.Poll == 0 {
		opts.Poll = time.Second
	}
	if opts.Keep == 0 {
		opts.Keep = 30 * 24 * time.Hour
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
	return &Service{store: store, opts: opts, client: newClient(opts)}
}

// Create adds a webhook and returns it with its signing secret, which can never
// be read again. It returns [org.ErrNotFound] when there is no such
// organisation, a [*limits.ExceededError] when it has [MaxWebhooks], or an
// [*org.InvalidError]; nothing is saved then.
func (s *Service) Create(ctx context.Context, organizationID string, w Webhook) (Webhook, org.Secret, error) {
	if err := s.check(&w); err != nil {
		return Webhook{}, "", err
	}
	secret, sealed, err := s.newSecret(organizationID)
	if err != nil {
		return Webhook{}, "", err
	}
	now := s.now()
	w = Webhook{
		Meta: resource.Meta{ID: s.opts.NewID(), Version: 1, CreatedAt: now, UpdatedAt: now},
		URL:  w.URL, Events: w.Events, Enabled: w.Enabled, Secret: sealed,
	}
	err = s.store.ChangeWebhooks(ctx, organizationID, func(webhooks resource.Table[Webhook]) error {
		list, err := webhooks.List(ctx, organizationID, org.Page{})
		if err != nil {
			return err
		}
		if err := limits.Check(quota, limits.AtMost(MaxWebhooks), len(list)); err != nil {
			return err
		}
		audit.Changed(ctx, auditKind, w.ID, nil, w)
		return webhooks.Insert(ctx, organizationID, w)
	})
	if err != nil {
		return Webhook{}, "", fmt.Errorf("create webhook: %w", err)
	}
	return w, secret, nil
}

// Get returns one webhook, or [org.ErrNotFound].
func (s *Service) Get(ctx context.Context, organizationID, id string) (Webhook, error) {
	w, err := s.store.Webhooks().Get(ctx, organizationID, id)
	if err != nil {
		return Webhook{}, fmt.Errorf("get webhook: %w", err)
	}
	return w, nil
}

// List returns a page of webhooks, oldest first.
func (s *Service) List(ctx context.Context, organizationID string, page org.Page) ([]Webhook, error) {
	list, err := s.store.Webhooks().List(ctx, organizationID, page)
	if err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	return list, nil
}

// Update runs edit on a webhook and saves its URL, events and whether it is
// enabled. ifVersion is the version the caller has seen, 0 for any. It returns
// [org.ErrNotFound], [org.ErrVersionMismatch], an [*org.InvalidError], or the
// error of edit; nothing is saved then.
func (s *Service) Update(ctx context.Context, organizationID, id string, ifVersion int64, edit func(*Webhook) error) (Webhook, error) {
	w, err := s.change(ctx, organizationID, id, ifVersion, func(w *Webhook) error {
		edited := w.Clone()
		if err := edit(&edited); err != nil {
			return err
		}
		if err := s.check(&edited); err != nil {
			return err
		}
		if edited.Enabled && !w.Enabled {
			w.DisabledReason, w.FailingSince = "", time.Time{}
		}
		w.URL, w.Events, w.Enabled = edited.URL, edited.Events, edited.Enabled
		return nil
	})
	if err != nil {
		return Webhook{}, fmt.Errorf("update webhook: %w", err)
	}
	return w, nil
}

// RotateSecret gives a webhook a new signing secret and returns it this once.
// For [RotationOverlap] the one before signs as well. The errors are those of
// [Service.Update].
func (s *Service) RotateSecret(ctx context.Context, organizationID, id string, ifVersion int64) (Webhook, org.Secret, error) {
	secret, sealed, err := s.newSecret(organizationID)
	if err != nil {
		return Webhook{}, "", err
	}
	w, err := s.change(ctx, organizationID, id, ifVersion, func(w *Webhook) error {
		w.OldSecret, w.OldSecretUntil = w.Secret, s.now().Add(RotationOverlap)
		w.Secret = sealed
		return nil
	})
	if err != nil {
		return Webhook{}, "", fmt.Errorf("rotate the secret of a webhook: %w", err)
	}
	return w, secret, nil
}

// Delete removes a webhook and its deliveries. It returns [org.ErrNotFound] or
// [org.ErrVersionMismatch].
func (s *Service) Delete(ctx context.Context, organizationID, id string, ifVersion int64) error {
	err := s.store.ChangeWebhooks(ctx, organizationID, func(webhooks resource.Table[Webhook]) error {
		w, err := webhooks.Get(ctx, organizationID, id)
		if err != nil {
			return err
		}
		if ifVersion != 0 && ifVersion != w.Version {
			return org.ErrVersionMismatch
		}
		audit.Changed(ctx, auditKind, id, w, nil)
		return webhooks.Delete(ctx, organizationID, id)
	})
	if err != nil {
		return fmt.Errorf("delete webhook: %w", err)
	}
	return nil
}

// change runs edit on a webhook under the organisation's lock and saves it as
// its next version.
func (s *Service) change(ctx context.Context, organizationID, id string, ifVersion int64, edit func(*Webhook) error) (Webhook, error) {
	var w Webhook
	err := s.store.ChangeWebhooks(ctx, organizationID, func(webhooks resource.Table[Webhook]) error {
		before, err := webhooks.Get(ctx, organizationID, id)
		if err != nil {
			return err
		}
		if ifVersion != 0 && ifVersion != before.Version {
			return org.ErrVersionMismatch
		}
		w = before.Clone()
		if err := edit(&w); err != nil {
			return err
		}
		w.Version++
		w.UpdatedAt = s.now()
		audit.Changed(ctx, auditKind, id, before, w)
		return webhooks.Update(ctx, organizationID, w)
	})
	return w, err
}

// now is UTC in whole milliseconds, in which stores keep what is due.
func (s *Service) now() time.Time {
	return s.opts.Now().UTC().Truncate(time.Millisecond)
}
