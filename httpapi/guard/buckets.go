package guard

import (
	"crypto/sha256"
	"math"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// longest is the longest wait that anybody is told of.
const longest = time.Hour

// name stands for an address or an account, whatever was sent as one: it is of
// one size.
type name [sha256.Size]byte

func nameOf(parts ...string) name {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return name(h.Sum(nil))
}

// buckets are the token buckets of one limit, one for each name.
type buckets struct {
	limit Limit
	rate  rate.Limit
	burst int
	now   func() time.Time
	kept  *lru.Cache[name, *rate.Limiter]
}

func newBuckets(limit Limit, r Rate, c Config) *buckets {
	return &buckets{limit: limit, rate: rate.Limit(r.PerSecond), burst: r.Burst, now: c.Now, kept: newCache[*rate.Limiter](c.Remembered)}
}

// newCache panics on a size that withDefaults does not let through.
func newCache[V any](size int) *lru.Cache[name, V] {
	cache, err := lru.New[name, V](size)
	if err != nil {
		panic(err)
	}
	return cache
}

func (b *buckets) of(n name) *rate.Limiter {
	if kept, is := b.kept.Get(n); is {
		return kept
	}
	made := rate.NewLimiter(b.rate, b.burst)
	if kept, is, _ := b.kept.PeekOrAdd(n, made); is {
		return kept
	}
	return made
}

// take uses a token up, or returns a [*LimitError].
func (b *buckets) take(n name) error {
	now := b.now()
	if b.burst < 0 || b.of(n).AllowN(now, 1) {
		return nil
	}
	return b.exceeded(n, now)
}

// check returns a [*LimitError] when there is no token, and uses none up.
func (b *buckets) check(n name) error {
	now := b.now()
	if b.burst < 0 || b.of(n).TokensAt(now) >= 1 {
		return nil
	}
	return b.exceeded(n, now)
}

// owe uses a token up that may not be there: of many tries at once each was
// let through by check, and all of them count. The debt is bounded.
func (b *buckets) owe(n name) {
	now := b.now()
	if b.burst < 0 {
		return
	}
	if l := b.of(n); l.TokensAt(now) > float64(-b.burst) {
		l.ReserveN(now, 1)
	}
}

func (b *buckets) exceeded(n name, now time.Time) error {
	missing := 1 - b.of(n).TokensAt(now)
	seconds := min(max(1, math.Ceil(missing/float64(b.rate))), longest.Seconds())
	return &LimitError{Limit: b.limit, RetryAfter: time.Duration(seconds) * time.Second}
}
