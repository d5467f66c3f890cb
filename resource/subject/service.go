package subject

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/voicemail"
)

const (
	// MaxOpen is how many requests of an organisation may be open at once: those that
	// are worked on, and exports that can be fetched.
	MaxOpen = 100
	// Fetchable is how long an export can be fetched.
	Fetchable = 7 * 24 * time.Hour

	// claimTime is for how long who works on a request is left alone: as long as
	// nobody hears of him.
	claimTime = 2 * time.Minute

	// auditKind is what a request is called in the trail.
	auditKind = "subject_request"
	// quota is what the number of open requests is called where it is exceeded.
	quota limits.Kind = "subject_requests"
)

// ErrNotReady is returned for what is fetched and is no export, or is not ready yet,
// or any more.
var ErrNotReady = errors.New("there is nothing to fetch of the request")

// Options are what a [Service] needs beside its store. Every field has a default.
type Options struct {
	// Recordings is where the files of recordings are: those of
	// [cdr.Service.Recordings]. When nil no call is erased that has a recording: it
	// waits for a server that has them.
	Recordings cdr.Recordings
	// Mailboxes is where voicemail is; it is not looked at when nil.
	Mailboxes voicemail.Mailboxes
	// QueueLog is what Asterisk writes about callers in queues; it is not looked at when
	// nil, and the report says so.
	QueueLog QueueLog
	// PartlySeen are classes of which this process does not see all, such as voicemail
	// of some nodes only. Reports say so.
	PartlySeen []string
	// Key is what numbers are hashed with. Servers that share a store need the same
	// one, from outside the store. One that lasts as long as the process when nil.
	Key []byte
	// Interval is how often Run looks for requests of other servers that nobody works
	// on any more, and for exports that are over; 1 minute when 0.
	Interval time.Duration
	// Logger gets what an operator must know; nothing is logged when nil.
	Logger *slog.Logger
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// NewID makes ids that rise with time; UUIDv7 when nil.
	NewID func() string
}

// Service takes requests and works them off. It is safe for concurrent use.
type Service struct {
	store Store
	opts  Options
	wake  chan struct{} // holds one: there is a request since Run looked
}

// New returns a service on a store. Nothing runs until [Service.Run] is called.
func New(store Store, opts Options) *Service {
	if opts.Key == nil {
		opts.Key = []byte(rand.Text())
	}
	if opts.Interval == 0 {
		opts.Interval = time.Minute
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
	return &Service{store: store, opts: opts, wake: make(chan struct{}, 1)}
}

// Create takes a request, which Run works off. It returns [org.ErrNotFound], an
// [*org.InvalidError], or a [*limits.ExceededError] when [MaxOpen] are open.
func (s *Service) Create(ctx context.Context, organizationID string, draft Draft) (Request, error) {
	if err := draft.check(); err != nil {
		return Request{}, fmt.Errorf("create subject request: %w", err)
	}
	now := s.now()
	r := Request{
		ID: s.opts.NewID(), Kind: draft.Kind, Number: draft.Number, NumberHash: s.hash(organizationID, draft.Number), Reason: draft.Reason,
		DryRun: draft.Kind == Erase && !draft.Confirmed, ByKind: draft.By.Kind, ByID: draft.By.ID, State: Pending,
		Due: time.UnixMilli(0).UTC(), Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	err := s.store.ChangeSubjects(ctx, organizationID, func(t Table) error {
		list, err := t.List(ctx, organizationID, org.Page{})
		if err != nil {
			return err
		}
		open := 0
		for _, other := range list {
			if other.State != Done {
				open++
			}
		}
		if err := limits.Check(quota, limits.AtMost(MaxOpen), open); err != nil {
			return err
		}
		audit.Changed(ctx, auditKind, r.ID, nil, r)
		return t.Insert(ctx, organizationID, r)
	})
	if err != nil {
		return Request{}, fmt.Errorf("create subject request: %w", err)
	}
	select {
	case s.wake <- struct{}{}:
	default: // it has been told already
	}
	return r, nil
}

// Confirm has the number erased that a dry run looked for, for its reason. The number
// has to be written as it was then. It returns [org.ErrNotFound], also for a request
// that is no dry run and for one that is not done, and beside it what Create returns.
func (s *Service) Confirm(ctx context.Context, organizationID, id, number string, by audit.Actor) (Request, error) {
	dry, err := s.Get(ctx, organizationID, id)
	switch {
	case err != nil:
		return Request{}, err
	case !dry.DryRun || dry.State != Done:
		return Request{}, org.ErrNotFound
	case !hmac.Equal([]byte(s.hash(organizationID, number)), []byte(dry.NumberHash)):
		return Request{}, org.Invalid("number", "same", "must be the one that was looked for, as it was written then")
	}
	return s.Create(ctx, organizationID, Draft{Kind: Erase, Number: number, Reason: dry.Reason, Confirmed: true, By: by})
}

// hash is the same for a number of an organisation each time. What is written with
// and without + is not told to be the same.
func (s *Service) hash(organizationID, number string) string {
	mac := hmac.New(sha256.New, s.opts.Key)
	_, _ = fmt.Fprintf(mac, "%s\n%s", organizationID, number)
	return hex.EncodeToString(mac.Sum(nil))
}

// Get returns a request, or [org.ErrNotFound].
func (s *Service) Get(ctx context.Context, organizationID, id string) (Request, error) {
	r, err := s.store.SubjectRequests().Get(ctx, organizationID, id)
	if err != nil {
		return Request{}, fmt.Errorf("get subject request: %w", err)
	}
	return r, nil
}

// List returns requests, oldest first.
func (s *Service) List(ctx context.Context, organizationID string, page org.Page) ([]Request, error) {
	list, err := s.store.SubjectRequests().List(ctx, organizationID, page)
	if err != nil {
		return nil, fmt.Errorf("list subject requests: %w", err)
	}
	return list, nil
}

// Run works requests off until ctx ends, whose error it returns. Several processes may
// do so; what one of them leaves undone, another finishes.
func (s *Service) Run(ctx context.Context) error {
	for {
		if err := s.Work(ctx); err != nil && ctx.Err() == nil {
			s.opts.Logger.Warn("subject: a request is not done and tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.wake:
		case <-time.After(s.opts.Interval):
		}
	}
}

// Work works off every request that is due, once. [Service.Run] calls it. What fails
// keeps no other request from being worked off, and is due again some minutes later.
func (s *Service) Work(ctx context.Context) error {
	var failures error
	for {
		now := s.now()
		organizationID, r, err := s.store.ClaimSubjectRequest(ctx, now, now.Add(claimTime))
		if errors.Is(err, org.ErrNotFound) {
			return failures
		}
		if err != nil {
			return errors.Join(failures, err)
		}
		err = s.work(ctx, organizationID, r)
		if err != nil && !errors.Is(err, errLost) && !errors.Is(err, org.ErrNotFound) { // deleted meanwhile
			failures = fmt.Errorf("subject request %s: %w", r.ID, err) // the last will do
		}
	}
}

func (s *Service) work(ctx context.Context, organizationID string, r Request) error {
	j, err := s.newJob(ctx, organizationID, r)
	if err != nil {
		return err
	}
	if r.State == Ready {
		return j.finish(ctx) // it can be fetched no longer
	}
	if r.Report.CountedAt.IsZero() {
		if err := j.count(ctx); err != nil {
			return err
		}
	}
	switch {
	case r.Kind == Export:
		return j.change(ctx, "prepare", func(_ context.Context, _ Table, r *Request) error {
			r.State, r.FetchUntil = Ready, s.now().Add(Fetchable)
			r.Due = r.FetchUntil
			return nil
		})
	case r.Kind == Erase && !r.DryRun:
		if err := errors.Join(j.eraseCalls(ctx), j.eraseVoicemail(ctx), j.eraseDeliveries(ctx), j.eraseQueueLog(ctx)); err != nil {
			return err
		}
	}
	return j.finish(ctx)
}

// now is UTC in whole milliseconds, which every backend can keep.
func (s *Service) now() time.Time { return s.opts.Now().UTC().Truncate(time.Millisecond) }
