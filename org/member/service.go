package member

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
)

// auditKind is what a member is called in the trail.
const auditKind = "member"

// Options are what a [Service] needs beside its store. Every field has a
// default.
type Options struct {
	// SessionTTL is how long a login lasts; 12 hours when 0.
	SessionTTL time.Duration
	// InvitationTTL is how long an invitation can be accepted; 7 days when 0.
	InvitationTTL time.Duration
	// ResetTTL is how long a link to choose a new password works; 1 hour when 0.
	ResetTTL time.Duration
	// Mailer sends invitations and resets. Without one their links come back to
	// the caller, and nobody can reset a forgotten password by himself.
	Mailer Mailer
	// PublicURL is where people reach the server, such as
	// "https://pbx.example.com"; links start with it.
	PublicURL string
	// Sealer keeps the seeds of second factors; without one there are none.
	Sealer *org.Sealer
	// Hashing is what a password hash costs; 19 MiB and 2 passes when zero.
	Hashing Argon2
	// Logger is told of mail that could not be sent; nothing is logged when nil.
	Logger *slog.Logger
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Random is where tokens and salts come from; crypto/rand when nil.
	Random io.Reader
	// NewID makes ids that rise with time; UUIDv7 when nil.
	NewID func() string
}

// Service invites, edits and authenticates members. It is safe for concurrent
// use.
type Service struct {
	store  Store
	opts   Options
	hasher *hasher
}

// New returns a service on a store.
func New(store Store, opts Options) *Service {
	if opts.SessionTTL == 0 {
		opts.SessionTTL = 12 * time.Hour
	}
	if opts.InvitationTTL == 0 {
		opts.InvitationTTL = 7 * 24 * time.Hour
	}
	if opts.ResetTTL == 0 {
		opts.ResetTTL = time.Hour
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
	return &Service{store: store, opts: opts, hasher: newHasher(opts.Hashing, opts.Random)}
}

// Mails reports whether links are sent by mail rather than returned.
func (s *Service) Mails() bool { return s.opts.Mailer != nil }

// now is UTC in whole microseconds, which every backend can keep.
func (s *Service) now() time.Time {
	return s.opts.Now().UTC().Truncate(time.Microsecond)
}

// change runs edit on a member under the organisation's lock and saves the
// result. edit gets the table to look at the others.
func (s *Service) change(ctx context.Context, organizationID, id string, edit func(*Member, Table) error) (Member, error) {
	var changed Member
	err := s.store.ChangeMembers(ctx, organizationID, func(members Table) error {
		m, err := members.Get(ctx, organizationID, id)
		if err != nil {
			return err
		}
		changed = m.Clone()
		if err := edit(&changed, members); err != nil {
			return err
		}
		audit.Changed(ctx, auditKind, id, m, changed)
		return members.Update(ctx, organizationID, changed)
	})
	return changed, err
}

// touch notes an edit that others see.
func (s *Service) touch(m *Member) {
	m.Version++
	m.UpdatedAt = s.now()
}

// endSessions ends every session of the member.
func (m *Member) endSessions() { m.SessionVersion++ }

// named wraps an error with what failed.
func named(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
