package asterisktest

import (
	"context"
	"crypto/rand"
	"fmt"
	"testing"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// CarrierOptions say how a carrier is reached and whether it asks who calls.
type CarrierOptions struct {
	// Host is the loopback address of the carrier, by default 127.0.0.1. On Linux any 127.x.y.z will do:
	// one of its own lets Asterisk tell the carrier from phones and other carriers by address alone.
	Host string
	// Username and Password, when set, are asked from who registers or calls.
	Username string
	Password string
}

// Carrier is the other end of a trunk, on a UDP port of its own: it takes calls from Asterisk and sends
// calls to it without registering or authenticating. Until OnIncoming says otherwise it answers.
type Carrier struct {
	*agent
	opts          CarrierOptions
	nonce         string
	registrations chan Registration
}

// InboundCall is a call from the public network.
type InboundCall struct {
	// From is the calling number and FromName its display name.
	From, FromName string
	// To is the dialed number, as the carrier writes it.
	To string
	// Headers go with the INVITE.
	Headers []Header
}

// NewCarrier starts a carrier that runs until the test ends. It needs no Asterisk yet, so that its Addr
// can go into the configuration that one is started with.
func NewCarrier(tb testing.TB, opts CarrierOptions) *Carrier {
	tb.Helper()
	if opts.Host == "" {
		opts.Host = "127.0.0.1"
	}
	c := &Carrier{
		agent: newAgent(tb, opts.Host, "carrier"), opts: opts, nonce: rand.Text(),
		registrations: make(chan Registration, unreadCalls),
	}
	c.admit = c.authenticated
	c.server.OnRegister(func(req *sip.Request, tx sip.ServerTransaction) { c.check(c.onRegister(req, tx)) })
	c.serve()
	return c
}

// Dial sends a call to the Asterisk at host:port and returns while it is under way.
func (c *Carrier) Dial(asterisk string, in InboundCall) (*Call, error) {
	from := sip.Uri{Scheme: "sip", User: in.From, Host: c.addr.Addr().String(), Port: int(c.addr.Port())}
	return c.dial(asterisk, in.To, fromHeader(in.FromName, from), sipgo.DigestAuth{}, in.Headers)
}

// Call sends a call to the Asterisk at host:port and returns when there is a final answer. When ctx
// ends before, the call is canceled.
func (c *Carrier) Call(ctx context.Context, asterisk string, in InboundCall) (*Call, error) {
	call, err := c.Dial(asterisk, in)
	if err != nil {
		return nil, fmt.Errorf("call from the public network: %w", err)
	}
	return call, waitOrCancel(ctx, call)
}
