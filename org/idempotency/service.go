package idempotency

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"log/slog"
	"strings"
	"time"
)

const (
	// Keep is how long an answer is kept.
	Keep = 24 * time.Hour
	// MaxWork is how long the work on a request with a key may take. Whoever
	// begins one ends it by then: somebody else may begin it anew soon after.
	MaxWork = 45 * time.Second
	// claimTime is how long a claim is respected. What is left of it after
	// MaxWork is for the trail and the answer to be saved, and for clocks of
	// servers that differ.
	claimTime = 60 * time.Second

	// MaxKey is the longest key, in characters.
	MaxKey = 255

	purgeEvery = 10 * time.Minute
	purgeSize  = 500
)

// ErrReused is returned for a key that came with another request before.
var ErrReused = errors.New("the idempotency key is that of another request")

// ErrInProgress is returned for a key whose request is being worked on.
var ErrInProgress = errors.New("the request with this idempotency key is being worked on")

// IsKey reports whether a text is a key: 1 to [MaxKey] printable ASCII
// characters.
func IsKey(s string) bool {
	return s != "" && len(s) <= MaxKey && strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// Request is a request that carries a key.
type Request struct {
	OrganizationID string // that it is about; "" for the platform
	Caller         string // names the credential: the keys of one mean nothing to another
	Operation      string
	Key            string // as [IsKey] has it
	Content        []byte // what has to be the same when the key comes again
}

// Claim is the right to work on a request.
type Claim struct{ entry Entry }

// Options are what a [Service] needs beside its store. Every field has a
// default.
type Options struct {
	// Key is what requests are hashed with. Servers that share a store need the
	// same one, from outside the store, and it has to outlast restarts: a request
	// that was hashed with another key counts as another request, so that it is
	// refused when it is sent once more, and never done twice. One that lasts as
	// long as the process when nil.
	Key []byte
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Logger gets what fails in [Service.Run]; nothing is logged when nil.
	Logger *slog.Logger
}

// Service knows the keys of requests. It is safe for concurrent use.
type Service struct {
	store Store
	opts  Options
}

// New returns a service on a store.
func New(store Store, opts Options) *Service {
	if opts.Key == nil {
		opts.Key = []byte(rand.Text())
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{store: store, opts: opts}
}

// Begin claims the key of a request. When it was answered within [Keep] the
// answer comes back, and there is nothing to do. Otherwise the caller does the
// work within [MaxWork], and then calls [Service.Keep] or [Service.Release].
// Begin returns [ErrReused], or [ErrInProgress], or [org.ErrNotFound] for an
// organisation that cannot be.
func (s *Service) Begin(ctx context.Context, r Request) (Claim, *Answer, error) {
	now := s.now()
	mine := Entry{
		OrganizationID: r.OrganizationID, Operation: r.Operation,
		KeyHash: hashOf(sha256.New(), r.Caller, r.Key), RequestHash: hashOf(hmac.New(sha256.New, s.opts.Key), string(r.Content)),
		Token: rand.Text(), ClaimedUntil: now.Add(claimTime), ExpiresAt: now.Add(Keep),
	}
	e, err := s.store.ClaimRequest(ctx, mine, now)
	switch {
	case err != nil:
		return Claim{}, nil, fmt.Errorf("claim an idempotency key: %w", err)
	case e.Token == mine.Token:
		return Claim{mine}, nil, nil
	case e.RequestHash != mine.RequestHash:
		return Claim{}, nil, ErrReused
	case !e.Answer.isThere():
		return Claim{}, nil, ErrInProgress
	default:
		return Claim{}, &e.Answer, nil
	}
}

// Keep saves the answer to a request whose work is done. It reports whether it
// did: the claim is over when the work took too long, or its organisation is
// gone.
func (s *Service) Keep(ctx context.Context, c Claim, a Answer) (bool, error) {
	c.entry.Answer = a
	kept, err := s.store.AnswerRequest(ctx, c.entry)
	if err != nil {
		return false, fmt.Errorf("keep an answer: %w", err)
	}
	return kept, nil
}

// Release gives the key of a request free that changed nothing.
func (s *Service) Release(ctx context.Context, c Claim) error {
	if err := s.store.ReleaseRequest(ctx, c.entry); err != nil {
		return fmt.Errorf("release an idempotency key: %w", err)
	}
	return nil
}

// Run removes expired entries until ctx ends, and returns its error. Any number
// of processes may run it on one store.
func (s *Service) Run(ctx context.Context) error {
	ticker := time.NewTicker(purgeEvery)
	defer ticker.Stop()
	for {
		if err := s.Purge(ctx); err != nil && ctx.Err() == nil {
			s.opts.Logger.Error("purge idempotency keys", "error", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// Purge removes expired entries, some at a time. [Service.Run] does so every ten
// minutes.
func (s *Service) Purge(ctx context.Context) error {
	for {
		n, err := s.store.PurgeRequests(ctx, s.now(), purgeSize)
		if err != nil {
			return fmt.Errorf("purge idempotency keys: %w", err)
		}
		if n < purgeSize {
			return nil
		}
	}
}

func (s *Service) now() time.Time { return s.opts.Now().UTC().Truncate(time.Millisecond) }

// hashOf hashes texts so that no two lists of them are the same to it.
func hashOf(h hash.Hash, texts ...string) [32]byte {
	for _, t := range texts {
		_, _ = fmt.Fprintf(h, "%d:%s", len(t), t)
	}
	return [32]byte(h.Sum(nil))
}
