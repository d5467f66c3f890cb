package cdr

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/orgpbx/orgpbx/org"
)

// Options are what a [Service] needs beside its store. Every field has a default.
type Options struct {
	// Storage measures recordings and voicemail; nothing is known of them when nil.
	Storage Storage
	// Recordings is where the PBX writes the files of recordings; there are none when nil.
	Recordings Recordings
	// Archive is where they go from Recordings once they are sealed; they stay when
	// nil.
	Archive Archive
	// Counter counts running calls; nothing is known of them when nil.
	Counter Counter
	// Notifier is told of levels that are reached; the log is when nil.
	Notifier Notifier
	// Interval is how often Run looks at all organisations and measures what they
	// have stored; 5 minutes when 0.
	Interval time.Duration
	// Settle is how long Run waits, after it looked at organisations that had a
	// call, for more of them; 5 seconds when 0.
	Settle time.Duration
	// SealInterval is how often Run looks for recordings that are complete, hashes
	// them and moves them to the archive; 1 minute when 0.
	SealInterval time.Duration
	// PurgeInterval is how often Run deletes what is past its time; 1 hour when 0.
	PurgeInterval time.Duration
	// Look is how many calls a page of [Service.List] looks at, at most; 10,000 when 0.
	Look int
	// Logger gets what an operator must know; nothing is logged when nil.
	Logger *slog.Logger
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

// Service keeps calls and adds them up. It is safe for concurrent use.
type Service struct {
	store Store
	opts  Options
	wake  chan struct{} // holds one: calls were recorded since Run looked

	mu      sync.Mutex
	touched map[string]bool       // organisations with new calls, since Run looked
	stored  map[string]int64      // bytes, by organisation
	days    map[string]StorageDay // what was kept of them last
	noticed map[NoticeCount]int
	refused int // calls that came again
}

// New returns a service on a store. Nothing runs until [Service.Run] is called.
func New(store Store, opts Options) *Service {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Notifier == nil {
		opts.Notifier = logNotifier{opts.Logger}
	}
	if opts.Interval == 0 {
		opts.Interval = 5 * time.Minute
	}
	if opts.Settle == 0 {
		opts.Settle = 5 * time.Second
	}
	if opts.SealInterval == 0 {
		opts.SealInterval = time.Minute
	}
	if opts.PurgeInterval == 0 {
		opts.PurgeInterval = time.Hour
	}
	if opts.Look == 0 {
		opts.Look = 10_000
	}
	return &Service{
		store: store, opts: opts, wake: make(chan struct{}, 1),
		touched: map[string]bool{}, stored: map[string]int64{}, days: map[string]StorageDay{}, noticed: map[NoticeCount]int{},
	}
}

// Record saves what a PBX says of calls. A record may come again, and those of
// one call in any order. One that cannot be kept is told of in the log and left
// out, because it would be no better the next time; so is one of a call that was
// deleted because of its age, see [Service.Refused]. It returns errors of the
// store; then nothing is saved, and the records have to be handed in again.
func (s *Service) Record(ctx context.Context, records []Record) error {
	calls := make(map[string]OwnedCall, len(records))
	for _, r := range records {
		if err := r.check(); err != nil {
			s.opts.Logger.Warn("cdr: a record is left out", "error", err)
			continue
		}
		one := r.call()
		if before, known := calls[one.ID]; known {
			one, _ = Combine(before.Call, one)
		}
		calls[one.ID] = OwnedCall{r.ContextPrefix, one}
	}
	if len(calls) == 0 {
		return nil
	}
	list := make([]OwnedCall, 0, len(calls))
	for _, c := range calls {
		list = append(list, c)
	}
	// In an order, so that two processes that save the same do not wait for each
	// other in a circle.
	slices.SortFunc(list, func(a, b OwnedCall) int { return strings.Compare(a.ID, b.ID) })
	recorded, err := s.store.RecordCalls(ctx, list)
	if err != nil {
		return err
	}
	s.refuse(recorded.Refused)
	s.touch(recorded.Touched)
	return nil
}

// refuse counts calls that are past their time and came nevertheless.
func (s *Service) refuse(n int) {
	if n == 0 {
		return
	}
	s.opts.Logger.Warn("cdr: calls as old as some that were deleted came again and are left out", "calls", n)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused += n
}

// Refused returns how many calls this process was given and has not saved, because
// they are as old as some that were deleted because of their age.
func (s *Service) Refused() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused
}

// Get returns one call, masked where the organisation has masking on, or
// [org.ErrNotFound].
func (s *Service) Get(ctx context.Context, o org.Organization, id string) (Call, error) {
	c, err := s.store.Call(ctx, o.ID, id)
	if err != nil {
		return Call{}, err
	}
	err = s.mask(ctx, o, &c)
	return c, err
}

func (f Filter) check() error {
	var wrong []error
	if f.Direction != "" && !slices.Contains(Directions(), f.Direction) {
		wrong = append(wrong, org.Invalid("direction", "oneof", "must be in, out or internal"))
	}
	if f.Disposition != "" && !slices.Contains(Dispositions(), f.Disposition) {
		wrong = append(wrong, org.Invalid("disposition", "oneof", "must be answered, no_answer, busy, failed or congestion"))
	}
	if !f.From.IsZero() && !f.To.IsZero() && !f.From.Before(f.To) {
		wrong = append(wrong, org.Invalid("to", "after", "must be later than from"))
	}
	return org.JoinInvalid(wrong...)
}
