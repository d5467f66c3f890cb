package ami

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
)

// Conn is a connection to one Asterisk that comes back by itself after it is
// lost. All methods may be called by several goroutines.
type Conn struct {
	cfg    *Config // a pointer, which fmt does not follow inside another struct
	events *eventQueue

	running sync.WaitGroup

	mu      sync.Mutex
	started bool
	closed  bool
	cancel  context.CancelFunc
	live    *session      // logged in and booted, else nil
	reason  error         // why live is nil
	changed chan struct{} // closed and replaced whenever live or reason change
}

// New checks the configuration and returns a Conn that does nothing until
// [Conn.Start].
func New(cfg Config) (*Conn, error) {
	complete, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	c := &Conn{cfg: complete, reason: errors.New("Start was not called"), changed: make(chan struct{})}
	if complete.OnEvent != nil {
		c.events = newEventQueue(complete.OnEvent, complete.Logger)
	}
	return c, nil
}

// String shows address and user, never the secret.
func (c *Conn) String() string { return fmt.Sprintf("ami.Conn{%s@%s}", c.cfg.Username, c.cfg.Addr) }

// Format prints String for every verb; without it fmt would walk the fields.
func (c *Conn) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// Start connects in the background, and again after each loss, until ctx ends
// or [Conn.Close] is called. It returns at once, with [ErrStarted] or
// [ErrClosed] if it was too late for it. A Conn is not started twice.
func (c *Conn) Start(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return ErrClosed
	case c.started:
		return ErrStarted
	}
	ctx, c.cancel = context.WithCancel(ctx)
	c.started = true
	c.reason = errors.New("the first attempt to connect has not ended")
	c.running.Go(func() { c.run(ctx) })
	if c.events != nil {
		c.running.Go(func() { c.events.run(ctx) })
	}
	return nil
}

// Close ends the connection, fails the actions that wait and returns when all
// goroutines have ended, that is after a running OnEvent has returned. Events
// that wait for the handler are discarded. It may be called again and always
// returns nil.
func (c *Conn) Close() error {
	c.mu.Lock()
	c.closed = true
	if c.cancel != nil {
		c.cancel()
	}
	c.announce(nil, ErrClosed)
	c.mu.Unlock()
	c.running.Wait()
	return nil
}

// Ready waits until actions can be sent: logged in, and Asterisk fully booted.
// It returns an [*AuthError] as soon as the credentials are refused,
// [ErrClosed] once that is the case, and else the error of ctx when it ends,
// together with what stands in the way.
func (c *Conn) Ready(ctx context.Context) error {
	for {
		live, changed, reason := c.state()
		var refused *AuthError
		switch {
		case live != nil:
			return nil
		case errors.Is(reason, ErrClosed) || errors.As(reason, &refused):
			return reason
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w: %w", ErrNotConnected, ctx.Err(), reason)
		}
	}
}

// Backlog returns how many events wait for OnEvent or are in it: the memory a
// slow handler costs. It is 0 without a handler.
func (c *Conn) Backlog() int {
	if c.events == nil {
		return 0
	}
	return c.events.backlog()
}

// Do sends an action and returns its response. "Response: Error" is an
// [*ActionError], with the response beside it. Without a connection it fails at
// once with [ErrNotConnected], which names the reason and wraps it ([ErrClosed],
// [*AuthError]); call [Conn.Ready] first to wait. When ctx ends
// (ActionTimeout if it has no deadline) or the connection is lost after sending,
// the error is [ErrOutcomeUnknown] too. Actions that cannot be sent safely give
// [ErrInjection], [ErrBadAction] or [ErrTooLong].
//
// Several Do run at the same time, but Asterisk works on one after the other.
// For actions that answer with a list use [Conn.List]: Do returns when the
// list begins, and its items go to OnEvent.
func (c *Conn) Do(ctx context.Context, a Action) (Response, error) {
	done, err := c.perform(ctx, a, false)
	if done == nil {
		return Response{}, err
	}
	return done.resp, err
}

// List sends an action that answers with a list and returns the items without
// the event that ends it. An empty list has none and is no error, also where
// Asterisk calls it one ("No endpoints found"). The errors are those of
// [Conn.Do], [ErrNotList] when no list was announced, and [ErrListCancelled]
// or those of a lost connection together with the items that came before.
func (c *Conn) List(ctx context.Context, a Action) ([]Event, error) {
	done, err := c.perform(ctx, a, true)
	var refused *ActionError
	switch {
	case done == nil:
		return nil, err
	case errors.As(err, &refused) && meansEmpty(refused.Message):
		return nil, nil
	}
	return done.items, err
}

// Command runs a CLI command and returns what it prints, lines separated by
// "\n" and with their indentation. Where Asterisk reports that the command
// failed, the output is returned and is the Message of the [*ActionError] too.
// Many commands print their failure and succeed: look at the output, or at the
// object.
func (c *Conn) Command(ctx context.Context, cli string) (string, error) {
	resp, err := c.Do(ctx, Action{Name: "Command", Fields: []Field{{"Command", cli}}})
	output := strings.Join(resp.Values("Output"), "\n")
	var refused *ActionError
	if errors.As(err, &refused) && strings.TrimSpace(output) != "" {
		refused.Message = strings.TrimSpace(output)
	}
	return output, err
}

func (c *Conn) perform(ctx context.Context, a Action, list bool) (*call, error) {
	if err := a.validate(); err != nil {
		return nil, err
	}
	live, _, reason := c.state()
	if live == nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrNotConnected, a.Name, reason)
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.cfg.ActionTimeout)
		defer cancel()
	}
	return live.perform(ctx, a, list)
}

// state returns the session to use, a channel that is closed at the next
// change, and why there is no session.
func (c *Conn) state() (live *session, changed <-chan struct{}, reason error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.live != nil && c.live.ended() {
		return nil, c.changed, c.live.cause
	}
	return c.live, c.changed, c.reason
}

// announce sets the state; the caller holds the lock.
func (c *Conn) announce(live *session, reason error) {
	c.live, c.reason = live, reason
	close(c.changed)
	c.changed = make(chan struct{})
}

func (c *Conn) setState(live *session, reason error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.announce(live, reason)
	}
}
