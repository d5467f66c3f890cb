package asterisktest

import (
	"context"
	"fmt"
	"testing"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"
)

// registrationSeconds is for how long a phone registers: longer than any test.
const registrationSeconds = 3600

// PhoneOptions say who a phone is.
type PhoneOptions struct {
	// Asterisk is the host:port to register at and to call through, as Asterisk.SIPAddr tells.
	Asterisk string
	// Username and Password are those of the auth object; the endpoint and its AOR have the same name.
	Username string
	Password string
	// Domain stands after the @ of the phone's own address, by default the address of the Asterisk.
	Domain string
	// DisplayName goes with outgoing calls.
	DisplayName string
}

// Phone is a SIP phone on a UDP port of its own that speaks µ-law. Until OnIncoming says otherwise it
// answers every call. What still runs at the end of the test is hung up.
type Phone struct {
	*agent
	opts PhoneOptions
}

// StatusError is a final SIP answer other than 200.
type StatusError struct {
	// Code is the SIP status, such as 403.
	Code   int
	Reason string
}

// Error is the status line.
func (e *StatusError) Error() string {
	return fmt.Sprintf("SIP answer %d %s", e.Code, e.Reason)
}

// NewPhone plugs a phone in until the test ends. It does not register by itself.
func NewPhone(tb testing.TB, opts PhoneOptions) *Phone {
	tb.Helper()
	require.NotEmpty(tb, opts.Asterisk, "PhoneOptions.Asterisk")
	require.NotEmpty(tb, opts.Username, "PhoneOptions.Username")
	if opts.Domain == "" {
		opts.Domain = opts.Asterisk
	}
	p := &Phone{agent: newAgent(tb, "127.0.0.1", opts.Username), opts: opts}
	p.serve()
	return p
}

// Register makes the phone reachable. Asterisk's refusal, as for a wrong password, is a *StatusError.
func (p *Phone) Register(ctx context.Context) error {
	return p.register(ctx, registrationSeconds)
}

// Unregister makes the phone unreachable.
func (p *Phone) Unregister(ctx context.Context) error {
	return p.register(ctx, 0)
}

func (p *Phone) register(ctx context.Context, seconds uint32) error {
	registrar, err := uriOf("", p.opts.Asterisk)
	if err != nil {
		return err
	}
	req := sip.NewRequest(sip.REGISTER, registrar)
	req.AppendHeader(p.from())
	req.AppendHeader(&sip.ToHeader{Address: p.identity()})
	req.AppendHeader(&p.contact)
	expires := sip.ExpiresHeader(seconds)
	req.AppendHeader(&expires)

	res, err := p.client.Do(ctx, req)
	if err != nil {
		return fmt.Errorf("register %s: %w", p.opts.Username, err)
	}
	if res.StatusCode == sip.StatusUnauthorized {
		res, err = p.client.DoDigestAuth(ctx, req, res, p.auth())
		if err != nil {
			return fmt.Errorf("register %s: %w", p.opts.Username, err)
		}
	}
	if !res.IsSuccess() {
		return &StatusError{Code: res.StatusCode, Reason: res.Reason}
	}
	return nil
}

// Dial calls a number and returns while the call is under way; Call.WaitRinging and Call.WaitAnswer
// follow it. The headers go with the INVITE.
func (p *Phone) Dial(number string, headers ...Header) (*Call, error) {
	return p.dial(p.opts.Asterisk, number, p.from(), p.auth(), headers)
}

// Call calls a number and returns when there is a final answer: the Call tells whether somebody picked
// up or with which status it was refused. When ctx ends before, the call is canceled.
func (p *Phone) Call(ctx context.Context, number string, headers ...Header) (*Call, error) {
	call, err := p.Dial(number, headers...)
	if err != nil {
		return nil, err
	}
	return call, waitOrCancel(ctx, call)
}

// waitOrCancel gives a call up whose answer nobody waits for any more.
func waitOrCancel(ctx context.Context, call *Call) error {
	err := call.WaitAnswer(ctx)
	if err == nil {
		return nil
	}
	bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	_ = call.Hangup(bye) // the caller wants to know why it waited in vain
	return err
}

func (p *Phone) auth() sipgo.DigestAuth {
	return sipgo.DigestAuth{Username: p.opts.Username, Password: p.opts.Password}
}

func (p *Phone) from() *sip.FromHeader {
	return fromHeader(p.opts.DisplayName, p.identity())
}

func (p *Phone) identity() sip.Uri {
	return sip.Uri{Scheme: "sip", User: p.opts.Username, Host: p.opts.Domain}
}

func fromHeader(name string, address sip.Uri) *sip.FromHeader {
	header := &sip.FromHeader{DisplayName: name, Address: address}
	header.Params.Add("tag", sip.GenerateTagN(16))
	return header
}
