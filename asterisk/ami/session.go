package ami

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// session is one network connection from dialling to its end; it is never
// reused.
type session struct {
	cfg    *Config
	conn   net.Conn
	in     *packetReader
	out    *packetWriter
	calls  *callTable
	events *eventQueue // nil when nobody wants events

	idPrefix string // random, so that no caller can forge an answer in a value
	serial   atomic.Uint64
	heard    atomic.Uint64 // packets received

	bootOnce sync.Once
	booted   chan struct{} // closed by the first FullyBooted

	failOnce sync.Once
	cause    error         // why the session ended; read it after done
	done     chan struct{} // closed when the session has ended
	running  sync.WaitGroup
}

// open returns a session that is logged in to an Asterisk that may still be
// starting. The session fails by itself when ctx ends.
func open(ctx context.Context, cfg *Config, events *eventQueue) (*session, error) {
	conn, err := dial(ctx, cfg)
	if err != nil {
		return nil, err
	}
	s := &session{
		cfg:      cfg,
		conn:     conn,
		in:       newPacketReader(conn, maxPacket),
		out:      newPacketWriter(conn, cfg.WriteTimeout),
		calls:    newCallTable(),
		events:   events,
		idPrefix: rand.Text() + "-",
		booted:   make(chan struct{}),
		done:     make(chan struct{}),
	}
	s.running.Go(func() { s.failWith(ctx) })
	if err := s.login(ctx); err != nil {
		s.fail(err)
		s.running.Wait()
		return nil, err
	}
	s.running.Go(s.keepAlive)
	return s, nil
}

func (s *session) failWith(ctx context.Context) {
	select {
	case <-ctx.Done():
		s.fail(ErrClosed)
	case <-s.done:
	}
}

func (s *session) login(ctx context.Context) error {
	if err := s.conn.SetReadDeadline(time.Now().Add(s.cfg.LoginTimeout)); err != nil {
		return err
	}
	if err := s.in.banner(); err != nil {
		return err
	}
	if err := s.conn.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	s.running.Go(s.read)

	ctx, cancel := context.WithTimeout(ctx, s.cfg.LoginTimeout)
	defer cancel()
	_, err := s.perform(ctx, s.cfg.login(), false)
	if err == nil {
		return nil
	}
	return s.loginError(err)
}

// loginError tells refused credentials, which Asterisk words as
// "Authentication failed", from refusals that pass, such as "Login Already In
// Use" while our previous connection is being torn down. It does not wrap the
// fate of the Login action: the result becomes the reason why other actions,
// which were never sent, fail.
func (s *session) loginError(err error) error {
	var refused *ActionError
	switch {
	case errors.As(err, &refused) && strings.Contains(strings.ToLower(refused.Message), "authentication"):
		return &AuthError{Username: s.cfg.Username, Message: refused.Message}
	case errors.As(err, &refused):
		return refused
	case s.ended():
		return fmt.Errorf("during login: %w", s.cause)
	default:
		return fmt.Errorf("no answer to the login within %s", s.cfg.LoginTimeout)
	}
}

// perform sends an action and waits for what it returns. The call is nil when
// the wait ended before the answer came.
func (s *session) perform(ctx context.Context, a Action, list bool) (*call, error) {
	serial := s.serial.Add(1)
	id := s.idPrefix + strconv.FormatUint(serial, 10)
	c := &call{action: a.Name, serial: serial, list: list, done: make(chan struct{})}
	if err := s.calls.add(id, c); err != nil {
		return nil, err
	}
	if started, err := s.out.write(ctx, a.encode(id)); err != nil {
		if !started {
			s.calls.remove(id)
			return nil, fmt.Errorf("ami: %s was not sent: %w", a.Name, err)
		}
		s.fail(fmt.Errorf("writing: %w", err))
	}
	select {
	case <-c.done:
		return c, c.err
	case <-ctx.Done():
		if !s.calls.abandon(id) {
			<-c.done // the answer came first
			return c, c.err
		}
		return nil, fmt.Errorf("ami: %s: no answer in time, %w: %w", a.Name, ErrOutcomeUnknown, ctx.Err())
	}
}

// read routes packets until the connection ends. Nothing in it waits for
// anybody, so Asterisk never finds us slow.
func (s *session) read() {
	for {
		packet, err := s.in.next()
		if err != nil {
			s.fail(fmt.Errorf("reading: %w", err))
			return
		}
		s.heard.Add(1)
		s.route(parsePacket(packet))
	}
}

func (s *session) route(m Message) {
	switch {
	case m.opensWith("Event"):
		s.event(Event{m})
	case m.opensWith("Response"):
		if !s.calls.answer(Response{m}) {
			s.cfg.Logger.Debug("ami: dropped a response that nobody waits for", "action_id", m.ActionID())
		}
	default:
		s.cfg.Logger.Warn("ami: dropped a packet that is neither event nor response", "fields", m.packet.Len())
	}
}

func (s *session) event(e Event) {
	if e.Name() == "FullyBooted" {
		s.bootOnce.Do(func() { close(s.booted) })
	}
	if !s.calls.item(e) && s.events != nil {
		s.events.put(e)
	}
}

// keepAlive pings a connection on which nothing has come for a while, unless
// Asterisk has good reason to be silent.
func (s *session) keepAlive() {
	tick := time.NewTicker(s.cfg.PingInterval)
	defer tick.Stop()
	var heard uint64
	for {
		select {
		case <-s.done:
			return
		case <-tick.C:
		}
		if now := s.heard.Load(); now != heard {
			heard = now
			continue
		}
		if !s.calls.working() {
			s.ping(heard)
		}
	}
}

// ping ends the session when no packet at all comes in answer.
func (s *session) ping(heard uint64) {
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.PingTimeout)
	defer cancel()
	c, _ := s.perform(ctx, Action{Name: "Ping"}, false)
	switch {
	case c != nil:
		s.calls.purge(c.serial)
	case s.heard.Load() == heard:
		s.fail(fmt.Errorf("no answer to a ping within %s", s.cfg.PingTimeout))
	}
}

// fail ends the session once: it closes the connection and every waiting
// action gets the cause.
func (s *session) fail(cause error) {
	s.failOnce.Do(func() {
		s.cause = cause
		close(s.done)
		_ = s.conn.Close() // the cause says more than an error of Close
		s.calls.fail(cause)
	})
}

// ended reports whether the session is over.
func (s *session) ended() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}
