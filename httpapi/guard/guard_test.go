package guard_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/httpapi/guard"
	"github.com/orgpbx/orgpbx/org"
)

// clock is moved by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func wrong() error { return org.ErrUnauthenticated }
func right() error { return nil }

func requireLimit(t *testing.T, err error, limit guard.Limit) *guard.LimitError {
	t.Helper()
	var exceeded *guard.LimitError
	require.ErrorAs(t, err, &exceeded)
	require.Equal(t, limit, exceeded.Limit)
	require.GreaterOrEqual(t, exceeded.RetryAfter, time.Second)
	require.Zero(t, exceeded.RetryAfter%time.Second)
	return exceeded
}

func TestWhoWaitsAsLongAsHeIsToldMayGoOn(t *testing.T) {
	t.Parallel()
	c := newClock()
	g := guard.New(guard.Config{Address: guard.Rate{PerSecond: 0.5, Burst: 2}, Key: guard.Rate{PerSecond: 1, Burst: 1}, Account: guard.Rate{PerSecond: 1, Burst: 2}, Now: c.now})
	require.NoError(t, g.Request("192.0.2.1"))
	require.NoError(t, g.Request("192.0.2.1"))
	exceeded := requireLimit(t, g.Request("192.0.2.1"), guard.OfAddress)
	require.NoError(t, g.Request("192.0.2.2"), "another address")
	c.pass(exceeded.RetryAfter)
	require.NoError(t, g.Request("192.0.2.1"))

	require.NoError(t, g.Caller("key 1", "org"))
	requireLimit(t, g.Caller("key 1", "org"), guard.OfKey)
	require.NoError(t, g.Caller("key 2", "org"))
	requireLimit(t, g.Caller("key 3", "org"), guard.OfAccount)
	require.NoError(t, g.Caller("administrator", ""))
	require.EqualValues(t, 1, g.Refused()[guard.OfAddress])
	require.EqualValues(t, 1, g.Refused()[guard.OfKey])
	require.EqualValues(t, 1, g.Refused()[guard.OfAccount])
}

func TestASubscriberOfIPv6IsOneAddress(t *testing.T) {
	t.Parallel()
	g := guard.New(guard.Config{Address: guard.Rate{PerSecond: 1, Burst: 1}, Now: newClock().now})
	require.NoError(t, g.Request("2001:db8::1"))
	requireLimit(t, g.Request("2001:db8::ffff:1"), guard.OfAddress)
	require.NoError(t, g.Request("2001:db8:0:1::1"))
}

func TestARightPasswordTellsNothingOnceThereWereTooManyWrongOnes(t *testing.T) {
	t.Parallel()
	c := newClock()
	g := guard.New(guard.Config{Now: c.now})
	for range 10 {
		require.ErrorIs(t, g.Try("192.0.2.1", "asha@example.com", wrong), org.ErrUnauthenticated)
	}
	ran := false
	exceeded := requireLimit(t, g.Try("192.0.2.1", "ASHA@example.com", func() error { ran = true; return nil }), guard.OfGuesses)
	require.False(t, ran)
	require.NoError(t, g.Try("192.0.2.2", "asha@example.com", right), "another address is not locked out")
	require.NoError(t, g.Try("192.0.2.1", "ravi@example.com", right), "nor another account")
	c.pass(exceeded.RetryAfter)
	require.NoError(t, g.Try("192.0.2.1", "asha@example.com", right))
	for range 10 {
		require.ErrorIs(t, g.Try("192.0.2.1", "asha@example.com", wrong), org.ErrUnauthenticated, "a right one began anew")
	}
}

func TestErrorsThatAreNoWrongPasswordDoNotCount(t *testing.T) {
	t.Parallel()
	g := guard.New(guard.Config{Now: newClock().now})
	failed := errors.New("no database")
	for range 50 {
		require.ErrorIs(t, g.Try("192.0.2.1", "asha@example.com", func() error { return failed }), failed)
	}
	require.NoError(t, g.Try("192.0.2.1", "asha@example.com", right))
}

func TestNobodyLocksAnAccountForAnAddressThatSignedInBefore(t *testing.T) {
	t.Parallel()
	c := newClock()
	g := guard.New(guard.Config{Now: c.now})
	require.NoError(t, g.Try("192.0.2.1", "asha@example.com", right))
	tries := 0
	for n := range 200 { // from as many addresses
		err := g.Try(fmt.Sprintf("198.51.100.%d", n), "asha@example.com", wrong)
		if errors.Is(err, org.ErrUnauthenticated) {
			tries++
			continue
		}
		requireLimit(t, err, guard.OfAccountGuesses)
	}
	require.Equal(t, 100, tries)
	requireLimit(t, g.Try("203.0.113.1", "asha@example.com", right), guard.OfAccountGuesses)
	require.NoError(t, g.Try("192.0.2.1", "asha@example.com", right))
	for range 300 { // a stranger behind the same address
		_ = g.Stranger("192.0.2.1") // refused in the end
	}
	requireLimit(t, g.Stranger("192.0.2.1"), guard.OfStrangers)
	requireLimit(t, g.Try("192.0.2.1", "ravi@example.com", right), guard.OfStrangers)
	require.NoError(t, g.Try("192.0.2.1", "asha@example.com", right))
}

// Whoever tries many at once is let through by each check, but all count.
func TestTriesAtOnceAllCount(t *testing.T) {
	t.Parallel()
	c := newClock()
	g := guard.New(guard.Config{Now: c.now})
	var all, begun sync.WaitGroup
	begun.Add(15)
	for range 15 {
		all.Go(func() {
			_ = g.Try("192.0.2.1", "asha@example.com", func() error { // wrong, as told
				begun.Done()
				begun.Wait()
				return org.ErrUnauthenticated
			})
		})
	}
	all.Wait()
	exceeded := requireLimit(t, g.Try("192.0.2.1", "asha@example.com", right), guard.OfGuesses)
	require.Equal(t, 6*30*time.Second, exceeded.RetryAfter, "five over ten, and one")
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	t.Parallel()
	g := guard.New(guard.Config{Address: guard.Rate{PerSecond: 1, Burst: 1}, Remembered: 4, Now: newClock().now})
	for n := range 100 {
		require.NoError(t, g.Request(fmt.Sprintf("198.51.100.%d", n)))
	}
	require.NoError(t, g.Request("198.51.100.1"), "forgotten")
	requireLimit(t, g.Request("198.51.100.99"), guard.OfAddress)
}

func TestTheTrailIsToldOnceAMinute(t *testing.T) {
	t.Parallel()
	c := newClock()
	g := guard.New(guard.Config{Now: c.now})
	exceeded := fmt.Errorf("refused: %w", &guard.LimitError{Limit: guard.OfAddress})
	expect := func(err error, who string, tell bool, untold int) {
		t.Helper()
		gotTell, gotUntold := g.Tell(err, who)
		require.Equal(t, tell, gotTell)
		require.Equal(t, untold, gotUntold)
	}
	expect(nil, "192.0.2.1", true, 0)
	expect(exceeded, "192.0.2.1", true, 0)
	expect(exceeded, "192.0.2.1", false, 0)
	expect(exceeded, "192.0.2.1", false, 0)
	expect(exceeded, "192.0.2.2", true, 0)
	expect(org.ErrUnauthenticated, "192.0.2.1", true, 0)
	c.pass(time.Minute)
	expect(exceeded, "192.0.2.1", true, 2)
	c.pass(time.Minute)
	expect(exceeded, "192.0.2.1", true, 0)
}

func TestTheAddressIsThatOfTheConnectionUnlessAProxyIsTrusted(t *testing.T) {
	t.Parallel()
	trusting := guard.New(guard.Config{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}})
	for _, tc := range []struct {
		name      string
		guard     *guard.Guard
		peer      string
		forwarded []string
		want      string
	}{
		{"nobody is trusted", guard.New(guard.Config{}), "10.0.0.1:4711", []string{"192.0.2.1"}, "10.0.0.1"},
		{"not a proxy", trusting, "203.0.113.1:4711", []string{"192.0.2.1"}, "203.0.113.1"},
		{"a proxy", trusting, "10.0.0.1:4711", []string{"192.0.2.1"}, "192.0.2.1"},
		{"a proxy over IPv6", trusting, "[::1]:4711", []string{"2001:db8::1"}, "2001:db8::1"},
		{"a proxy of a proxy", trusting, "10.0.0.1:4711", []string{"192.0.2.1, 10.0.0.2"}, "192.0.2.1"},
		{"a lie before the truth", trusting, "10.0.0.1:4711", []string{"198.51.100.1, 192.0.2.1"}, "192.0.2.1"},
		{"a lie in a header of its own", trusting, "10.0.0.1:4711", []string{"198.51.100.1", "192.0.2.1"}, "192.0.2.1"},
		{"no address", trusting, "10.0.0.1:4711", []string{"unknown"}, "10.0.0.1"},
		{"no header", trusting, "10.0.0.1:4711", nil, "10.0.0.1"},
		{"proxies only", trusting, "10.0.0.1:4711", []string{"10.0.0.3"}, "10.0.0.3"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := &http.Request{RemoteAddr: tc.peer, Header: http.Header{"X-Forwarded-For": tc.forwarded}}
			require.Equal(t, tc.want, tc.guard.Address(r))
		})
	}
}
