package asterisktest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Call is one call as a phone or a carrier sees it. Its methods may be called from any goroutine.
type Call struct {
	invite *sip.Request
	media  *media
	leg    leg
	began  time.Time

	mu       sync.Mutex
	response *sip.Response
	early    bool
	cause    string

	// ringing is closed by the first 180, decided by the final answer, done by the end of the call.
	ringing, decided, done               chan struct{}
	closeRinging, closeDecided, closeEnd func()
}

// leg is what differs between a call that was made and one that came in.
type leg interface {
	// hangup ends the call in the way its state asks for: CANCEL, a refusal or BYE.
	hangup(ctx context.Context) error
	// answer and reject decide a call that came in; they fail on one that was made.
	answer(ctx context.Context) error
	reject(ctx context.Context, status int, reason string, headers ...sip.Header) error
	// refer sends a REFER for a call that was answered and returns its final answer.
	refer(ctx context.Context, headers ...sip.Header) (*sip.Response, error)
	// readBye ends the dialog when the other side hangs up.
	readBye(req *sip.Request, tx sip.ServerTransaction) error
}

func newCall(invite *sip.Request, media *media) *Call {
	c := &Call{
		invite: invite, media: media, began: time.Now(),
		ringing: make(chan struct{}), decided: make(chan struct{}), done: make(chan struct{}),
	}
	c.closeRinging = sync.OnceFunc(func() { close(c.ringing) })
	c.closeDecided = sync.OnceFunc(func() { close(c.decided) })
	c.closeEnd = sync.OnceFunc(func() {
		c.closeDecided()
		media.close()
		close(c.done)
	})
	return c
}

// From is the calling number: the user part of the From header.
func (c *Call) From() string {
	return c.invite.From().Address.User
}

// FromName is the display name that came with the calling number.
func (c *Call) FromName() string {
	return c.invite.From().DisplayName
}

// To is the dialed number: the user part of the request URI.
func (c *Call) To() string {
	return c.invite.Recipient.User
}

// InviteHeader is the value of the first header of that name in the INVITE, such as
// "P-Asserted-Identity" or "Diversion"; empty when there is none.
func (c *Call) InviteHeader(name string) string {
	return headerValue(c.invite.GetHeader(name))
}

// Header is the value of the first header of that name in the final answer; empty when there is none.
func (c *Call) Header(name string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.response == nil {
		return ""
	}
	return headerValue(c.response.GetHeader(name))
}

// Began is when the call was made or came in.
func (c *Call) Began() time.Time {
	return c.began
}

// StatusCode is the final SIP answer, such as 200 or 486; 0 while there is none.
func (c *Call) StatusCode() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.response == nil {
		return 0
	}
	return c.response.StatusCode
}

// Reason is the text beside StatusCode.
func (c *Call) Reason() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.response == nil {
		return ""
	}
	return c.response.Reason
}

// Answered tells whether somebody picked up, also after the call has ended.
func (c *Call) Answered() bool {
	return c.StatusCode() == sip.StatusOK
}

// EarlyMedia tells whether audio was offered before the final answer (183 with SDP).
func (c *Call) EarlyMedia() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.early
}

// HangupCause is the Reason header with which the other side ended or refused the call, such as
// `Q.850;cause=17`; empty when it gave none.
func (c *Call) HangupCause() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cause
}

// WaitRinging returns when the called side rings. One that answers at once may never have rung, which
// is an error here.
func (c *Call) WaitRinging(ctx context.Context) error {
	select {
	case <-c.ringing:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for ringing: %w", ctx.Err())
	case <-c.decided:
	}
	select {
	case <-c.ringing:
		return nil
	default:
		return fmt.Errorf("answered without ringing: %d %s", c.StatusCode(), c.Reason())
	}
}

// WaitAnswer returns when there is a final answer of any kind or the call has ended without one.
func (c *Call) WaitAnswer(ctx context.Context) error {
	select {
	case <-c.decided:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for an answer: %w", ctx.Err())
	}
}

// Done is closed when the call is over, whoever ended it.
func (c *Call) Done() <-chan struct{} {
	return c.done
}

// WaitDone returns when the call is over, whoever ended it.
func (c *Call) WaitDone(ctx context.Context) error {
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the end of the call: %w", ctx.Err())
	}
}

// Answer picks up a call that came in to a phone that only rings.
func (c *Call) Answer(ctx context.Context) error {
	return c.leg.answer(ctx)
}

// Reject refuses a call that came in to a phone that only rings.
func (c *Call) Reject(ctx context.Context, status int, reason string) error {
	return c.leg.reject(ctx, status, reason)
}

// Redirect refuses a call that came in to a phone that only rings, and names the URI to call instead.
func (c *Call) Redirect(ctx context.Context, uri string) error {
	return c.leg.reject(ctx, sip.StatusMovedTemporarily, "Moved Temporarily", sip.NewHeader("Contact", "<"+uri+">"))
}

// Hangup ends the call: one that was not answered yet is canceled or refused. It returns when the
// other side has confirmed. Hanging up a call that is over does nothing.
func (c *Call) Hangup(ctx context.Context) error {
	select {
	case <-c.done:
		return nil
	default:
	}
	defer c.closeEnd()
	if err := c.leg.hangup(ctx); err != nil {
		return fmt.Errorf("hang up: %w", err)
	}
	return nil
}

// SendTone speaks a sine of the given pitch for d, and takes as long.
func (c *Call) SendTone(ctx context.Context, hertz float64, d time.Duration) error {
	return c.SendAudio(ctx, tone(hertz, int(d*sampleRate/time.Second)))
}

// SendAudio speaks G.711 µ-law samples, 8000 a second, and takes as long as they are.
func (c *Call) SendAudio(ctx context.Context, ulaw []byte) error {
	return c.media.play(ctx, ulaw)
}

// SendDTMF presses the keys (0-9, *, #, A-D) one after the other, 200 ms each.
func (c *Call) SendDTMF(ctx context.Context, keys string) error {
	return c.media.press(ctx, keys)
}

// Heard is how much audio that is not silence has come in since the call began.
func (c *Call) Heard() time.Duration {
	heard, _, _ := c.media.state()
	return heard.any
}

// HeardVoice is how much of that was somebody who spoke, as for Hears.
func (c *Call) HeardVoice() time.Duration {
	heard, _, _ := c.media.state()
	return heard.voice
}

// HeardAudio returns when at least d of audio that is not silence has come in since the call began,
// early media included. The error says how much there was when the call or ctx ended.
func (c *Call) HeardAudio(ctx context.Context, d time.Duration) error {
	return c.media.await(ctx, d, func(s sound) time.Duration { return s.any })
}

// AudioAddrs are the host:port where this side receives audio, and the one that it sends to: Asterisk,
// or the other phone when Asterisk lets the two talk directly. The second is empty while it is unknown.
func (c *Call) AudioAddrs() (local, remote string) {
	return c.media.addrs()
}

// progress takes a provisional answer.
func (c *Call) progress(response *sip.Response) {
	if response.StatusCode == sip.StatusRinging {
		c.closeRinging()
	}
	if len(response.Body()) > 0 && c.media.connect(response.Body()) == nil {
		c.mu.Lock()
		c.early = true
		c.mu.Unlock()
	}
}

// decide takes the final answer, sent or received.
func (c *Call) decide(response *sip.Response) {
	c.mu.Lock()
	c.response = response
	c.mu.Unlock()
	if !response.IsSuccess() {
		c.noteCause(response.GetHeader("Reason"))
	}
	c.closeDecided()
}

func (c *Call) noteCause(reason sip.Header) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause == "" {
		c.cause = headerValue(reason)
	}
}

// reinvited answers a change of a running call: audio may go elsewhere from now on.
func (c *Call) reinvited(req *sip.Request, tx sip.ServerTransaction, contact *sip.ContactHeader) error {
	if len(req.Body()) > 0 {
		// An offer on hold has no audio; what was connected stays.
		_ = c.media.connect(req.Body())
	}
	response := sip.NewSDPResponseFromRequest(req, describe(c.media.addr()))
	response.AppendHeader(contact)
	return tx.Respond(response)
}

func headerValue(header sip.Header) string {
	if header == nil {
		return ""
	}
	return header.Value()
}

var errNotIncoming = errors.New("only a call that came in can be answered or rejected")
