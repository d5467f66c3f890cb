package asterisktest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"
)

const (
	// allowedMethods leaves UPDATE out, so that Asterisk changes a call by the re-INVITE handled here.
	allowedMethods = "INVITE, ACK, CANCEL, BYE, OPTIONS, NOTIFY"
	// unreadCalls is how many calls may come in before a test asks for them.
	unreadCalls = 1024
	// farewell is how long the end of a test waits for running calls to be hung up.
	farewell = 2 * time.Second
)

// agent is the SIP side that phones and carriers share: a UDP port of its own on a loopback address.
type agent struct {
	tb       testing.TB
	addr     netip.AddrPort
	contact  sip.ContactHeader
	socket   net.PacketConn
	server   *sipgo.Server
	client   *sipgo.Client
	dialogs  sipgo.DialogUA
	behavior atomic.Int32
	arrivals chan *Call
	notified notifications
	// admit may refuse an INVITE before it becomes a call.
	admit func(*sip.Request, sip.ServerTransaction) bool

	mu sync.Mutex
	// calls has every call of the test by its Call-ID.
	calls map[string]*Call
}

// Header is a SIP header, such as "Diversion" and its value.
type Header struct {
	Name, Value string
}

// newAgent takes a free port of host, to be read from when serve is called. The user is what the
// agent's own address is called.
func newAgent(tb testing.TB, host, user string) *agent {
	tb.Helper()
	var listen net.ListenConfig
	socket, err := listen.ListenPacket(tb.Context(), "udp", net.JoinHostPort(host, "0"))
	require.NoError(tb, err)
	addr, err := netip.ParseAddrPort(socket.LocalAddr().String())
	require.NoError(tb, err)

	quiet := slog.New(slog.DiscardHandler)
	ua, err := sipgo.NewUA(
		sipgo.WithUserAgent("asterisktest"),
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(quiet)),
		sipgo.WithUserAgentTransactionLayerOptions(
			sip.WithTransactionLayerLogger(quiet),
			// A retransmitted answer is nothing to tell.
			sip.WithTransactionLayerUnhandledResponseHandler(func(*sip.Response) {}),
		),
	)
	require.NoError(tb, err)
	client, err := sipgo.NewClient(ua, sipgo.WithClientLogger(quiet),
		sipgo.WithClientAddr(addr.String()), sipgo.WithClientConnectionAddr(addr.String()))
	require.NoError(tb, err)
	server, err := sipgo.NewServer(ua, sipgo.WithServerLogger(quiet))
	require.NoError(tb, err)

	a := &agent{
		tb:       tb,
		addr:     addr,
		contact:  sip.ContactHeader{Address: sip.Uri{User: user, Host: host, Port: int(addr.Port())}},
		socket:   socket,
		server:   server,
		client:   client,
		arrivals: make(chan *Call, unreadCalls),
		notified: notifications{news: make(chan struct{})},
		admit:    func(*sip.Request, sip.ServerTransaction) bool { return true },
		calls:    map[string]*Call{},
	}
	a.dialogs = sipgo.DialogUA{Client: client, ContactHDR: a.contact, RewriteContact: true}
	a.route()
	return a
}

func (a *agent) route() {
	a.server.OnInvite(a.onInvite)
	a.server.OnAck(a.onAck)
	a.server.OnBye(a.onBye)
	ok := func(req *sip.Request, tx sip.ServerTransaction) {
		a.check(tx.Respond(sip.NewResponseFromRequest(req, sip.StatusOK, "OK", nil)))
	}
	a.server.OnOptions(ok)
	a.server.OnNotify(a.onNotify)
}

// serve reads until the test ends. It returns when requests can be sent: sipgo opens a second socket
// for those that come before.
func (a *agent) serve() {
	reading := make(chan struct{})
	stopped := make(chan error, 1)
	announced := &agentConn{PacketConn: a.socket, agent: a, first: sync.OnceFunc(func() { close(reading) })}
	go func() { stopped <- a.server.ServeUDP(announced) }()
	a.tb.Cleanup(func() {
		a.hangupAll()
		require.NoError(a.tb, errors.Join(a.socket.Close(), <-stopped, a.server.UserAgent.Close()))
	})
	<-reading
}

// agentConn tells when it is read for the first time, and hides what its [Behavior] ignores.
type agentConn struct {
	net.PacketConn
	agent *agent
	first func()
}

// ReadFrom reads one packet.
func (c *agentConn) ReadFrom(packet []byte) (int, net.Addr, error) {
	c.first()
	for {
		n, from, err := c.PacketConn.ReadFrom(packet)
		if err != nil || !Behavior(c.agent.behavior.Load()).ignores(packet[:n]) {
			return n, from, err
		}
	}
}

// hangupAll ends what still runs, so that the Asterisk has no channels of a finished test.
func (a *agent) hangupAll() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(a.tb.Context()), farewell)
	defer cancel()
	a.mu.Lock()
	calls := slices.Collect(maps.Values(a.calls))
	a.mu.Unlock()
	var ending sync.WaitGroup
	for _, call := range calls {
		// The Asterisk may be gone by now, then nobody confirms.
		ending.Go(func() { _ = call.Hangup(ctx) })
	}
	ending.Wait()
}

// Addr is the host:port that the agent sends from and listens on.
func (a *agent) Addr() string {
	return a.addr.String()
}

// OnIncoming says what to do with calls that come in from now on; the default is Answer.
func (a *agent) OnIncoming(b Behavior) {
	a.behavior.Store(int32(b))
}

// WaitIncoming returns the next call that came in, each once, in the order of arrival, after the
// Behavior was carried out: answered, refused or ringing.
func (a *agent) WaitIncoming(ctx context.Context) (*Call, error) {
	select {
	case call := <-a.arrivals:
		return call, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a call: %w", ctx.Err())
	}
}

// Incoming is the channel that WaitIncoming reads from.
func (a *agent) Incoming() <-chan *Call {
	return a.arrivals
}

func (a *agent) announce(call *Call) {
	select {
	case a.arrivals <- call:
	default:
		a.tb.Errorf("more than %d calls came in that the test did not ask for", unreadCalls)
	}
}

func (a *agent) onAck(req *sip.Request, tx sip.ServerTransaction) {
	call := a.callOf(req)
	if call == nil {
		return
	}
	if in, ok := call.leg.(*incoming); ok {
		// The ACK of a re-INVITE has another CSeq and is of no concern to the dialog.
		_ = in.dialog.ReadAck(req, tx)
	}
}

func (a *agent) onBye(req *sip.Request, tx sip.ServerTransaction) {
	call := a.callOf(req)
	if call == nil {
		a.check(tx.Respond(sip.NewResponseFromRequest(req, sip.StatusCallTransactionDoesNotExists, "No Such Call", nil)))
		return
	}
	call.noteCause(req.GetHeader("Reason"))
	a.check(call.leg.readBye(req, tx))
}

func (a *agent) remember(id string, call *Call) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls[id] = call
}

func (a *agent) callOf(req *sip.Request) *Call {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.calls[req.CallID().Value()]
}

// check reports what goes wrong while a request is served, unless the caller has given up by then.
func (a *agent) check(err error) {
	if err == nil || errors.Is(err, sip.ErrTransactionCanceled) || errors.Is(err, sip.ErrTransactionTerminated) {
		return
	}
	a.tb.Logf("SIP at %s: %v", a.addr, err)
}

// uriOf is the address of a number at host:port.
func uriOf(number, hostPort string) (sip.Uri, error) {
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		return sip.Uri{}, fmt.Errorf("address of Asterisk: %w", err)
	}
	portNumber, err := strconv.Atoi(port)
	if err != nil {
		return sip.Uri{}, fmt.Errorf("address of Asterisk: %w", err)
	}
	return sip.Uri{Scheme: "sip", User: number, Host: host, Port: portNumber}, nil
}
