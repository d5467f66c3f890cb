package guard

import (
	"errors"
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/orgpbx/orgpbx/org"
)

// Limit names one of the limits of a [Config].
type Limit string

// The limits.
const (
	OfAddress        Limit = "address"
	OfKey            Limit = "key"
	OfAccount        Limit = "account"
	OfGuesses        Limit = "guesses"
	OfAccountGuesses Limit = "account_guesses"
	OfStrangers      Limit = "strangers"
)

// LimitError says that something was tried too often.
type LimitError struct {
	Limit      Limit
	RetryAfter time.Duration // whole seconds, at least one
}

// Error names the limit.
func (e *LimitError) Error() string { return fmt.Sprintf("too often: limit of %s", e.Limit) }

// Guard counts. It is safe for concurrent use, and starts nothing.
type Guard struct {
	proxies []netip.Prefix
	now     func() time.Time

	address, key, account              *buckets
	guesses, accountGuesses, strangers *buckets
	// known are the accounts and the addresses that signed in to them.
	known   *lru.Cache[name, struct{}]
	told    told
	refused map[Limit]*atomic.Int64
}

// New returns a guard.
func New(c Config) *Guard {
	c = c.withDefaults()
	g := &Guard{
		proxies: c.TrustedProxies, now: c.Now,
		known:   newCache[struct{}](c.Remembered),
		told:    told{now: c.Now, kept: newCache[*window](c.Remembered)},
		refused: map[Limit]*atomic.Int64{},
	}
	for _, b := range []struct {
		buckets **buckets
		limit   Limit
		rate    Rate
	}{
		{&g.address, OfAddress, c.Address},
		{&g.key, OfKey, c.Key},
		{&g.account, OfAccount, c.Account},
		{&g.guesses, OfGuesses, c.Guesses},
		{&g.accountGuesses, OfAccountGuesses, c.AccountGuesses},
		{&g.strangers, OfStrangers, c.Strangers},
	} {
		*b.buckets = newBuckets(b.limit, b.rate, c)
		g.refused[b.limit] = &atomic.Int64{}
	}
	return g
}

// Request counts a request of an address, whoever it is, or returns a
// [*LimitError].
func (g *Guard) Request(address string) error {
	return g.counted(g.address.take(nameOf(network(address))))
}

// Caller counts a request of somebody who is known: with which credential, and
// for which organisation, empty for the platform's administrator. It returns a
// [*LimitError].
func (g *Guard) Caller(key, account string) error {
	if err := g.key.take(nameOf(key)); err != nil || account == "" {
		return g.counted(err)
	}
	return g.counted(g.account.take(nameOf(account)))
}

// Stranger counts what an address was refused without having said who it is,
// or returns a [*LimitError].
func (g *Guard) Stranger(address string) error {
	return g.counted(g.strangers.take(nameOf(network(address))))
}

// Try runs check, which compares a password of an account. It counts where that
// returns [org.ErrUnauthenticated]; too many of them and it returns a
// [*LimitError] without running check, so that a right password tells nothing
// either. Nobody can lock an account for an address that signed in to it
// before, but from that address.
func (g *Guard) Try(address, account string, check func() error) error {
	address, account = network(address), org.NameKey(account)
	pair := nameOf(account, address)
	if err := g.mayTry(pair, address, account); err != nil {
		return g.counted(err)
	}
	err := check()
	switch {
	case err == nil:
		g.known.Add(pair, struct{}{})
		g.guesses.kept.Remove(pair)
	case errors.Is(err, org.ErrUnauthenticated):
		g.guesses.owe(pair)
		g.accountGuesses.owe(nameOf(account))
	}
	return err
}

func (g *Guard) mayTry(pair name, address, account string) error {
	if err := g.guesses.check(pair); err != nil {
		return err
	}
	if _, known := g.known.Get(pair); known {
		return nil
	}
	if err := g.strangers.check(nameOf(address)); err != nil {
		return err
	}
	return g.accountGuesses.check(nameOf(account))
}

func (g *Guard) counted(err error) error {
	var exceeded *LimitError
	if errors.As(err, &exceeded) {
		g.refused[exceeded.Limit].Add(1)
	}
	return err
}

// Refused returns how often each limit refused something.
func (g *Guard) Refused() map[Limit]int64 {
	counts := make(map[Limit]int64, len(g.refused))
	for limit, n := range g.refused {
		counts[limit] = n.Load()
	}
	return counts
}
