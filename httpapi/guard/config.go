package guard

import (
	"net/netip"
	"time"
)

// Rate is how often something may happen: Burst times at once, and PerSecond
// times a second for as long as one likes. The zero value stands for the
// default, a negative Burst for no limit.
type Rate struct {
	PerSecond float64
	Burst     int
}

// NoLimit lets everything happen.
var NoLimit = Rate{Burst: -1} //nolint:gochecknoglobals // a constant that Go cannot say

// Config is what a [Guard] is made of. Every field has a default.
type Config struct {
	// Address limits the requests of one address; 100 a second and 500 at once.
	Address Rate
	// Key limits the requests with one credential: an API key, or a member's
	// sessions; 50 a second and 250 at once.
	Key Rate
	// Account limits the requests of one organisation, whoever makes them; 100 a
	// second and 500 at once.
	Account Rate

	// Guesses limits the wrong passwords of one account from one address; two a
	// minute and 10 at once.
	Guesses Rate
	// AccountGuesses limits the wrong passwords of one account from all addresses
	// together. It does not stop addresses that signed in to the account before.
	// One a minute and 100 at once.
	AccountGuesses Rate
	// Strangers limits what an address is refused without having said who it
	// is: wrong, missing and ended credentials, and bad forms of a sign-in. It
	// stops no valid API key or token. One in two seconds and 100 at once.
	Strangers Rate

	// TrustedProxies are the addresses whose X-Forwarded-For is believed. Without
	// any, the address of a request is that of the connection.
	TrustedProxies []netip.Prefix
	// Remembered bounds how many addresses and accounts are kept of each kind;
	// 65536 when 0. What was not seen for longest is forgotten first.
	Remembered int
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

// Unlimited refuses nothing.
func Unlimited() Config {
	return Config{
		Address: NoLimit, Key: NoLimit, Account: NoLimit,
		Guesses: NoLimit, AccountGuesses: NoLimit, Strangers: NoLimit,
	}
}

func (c Config) withDefaults() Config {
	for _, d := range []struct {
		rate  *Rate
		value Rate
	}{
		{&c.Address, Rate{100, 500}},
		{&c.Key, Rate{50, 250}},
		{&c.Account, Rate{100, 500}},
		{&c.Guesses, Rate{1.0 / 30, 10}},
		{&c.AccountGuesses, Rate{1.0 / 60, 100}},
		{&c.Strangers, Rate{0.5, 100}},
	} {
		if *d.rate == (Rate{}) {
			*d.rate = d.value
		}
	}
	if c.Remembered <= 0 {
		c.Remembered = 1 << 16
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}
