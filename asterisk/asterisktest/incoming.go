package asterisktest

import (
	"context"
	"errors"
	"fmt"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// incoming is the leg of a call that came in.
type incoming struct {
	call   *Call
	dialog *sipgo.DialogServerSession
	// decisions takes what the test wants of a call that rings; each is carried out once.
	decisions chan decision
}

// decision is a final answer to give, and where to tell how that went.
type decision struct {
	status  int
	reason  string
	headers []sip.Header
	result  chan error
}

// onInvite serves a call that comes in until it is answered, refused or given up.
func (a *agent) onInvite(req *sip.Request, tx sip.ServerTransaction) {
	if call := a.callOf(req); call != nil {
		a.check(call.reinvited(req, tx, &a.contact))
		return
	}
	if !a.admit(req, tx) {
		return
	}
	in, err := a.accept(req, tx)
	if err != nil {
		a.check(tx.Respond(sip.NewResponseFromRequest(req, sip.StatusInternalServerError, err.Error(), nil)))
		return
	}
	behavior := Behavior(a.behavior.Load())
	if status, reason := behavior.refusal(); status != 0 {
		a.check(in.finish(status, reason))
		a.announce(in.call)
		return
	}
	a.check(in.dialog.Respond(sip.StatusRinging, "Ringing", nil))
	in.call.closeRinging()
	if behavior == Answer || behavior == Mute {
		a.check(in.finish(sip.StatusOK, "OK"))
		a.announce(in.call)
		return
	}
	a.announce(in.call)
	in.awaitDecision()
}

// accept makes a Call of an INVITE.
func (a *agent) accept(req *sip.Request, tx sip.ServerTransaction) (*incoming, error) {
	audio, err := openMedia(a.addr.Addr())
	if err != nil {
		return nil, err
	}
	call := newCall(req, audio)
	dialog, err := a.dialogs.ReadInvite(req, tx)
	if err != nil {
		call.closeEnd()
		return nil, fmt.Errorf("read INVITE: %w", err)
	}
	// An INVITE may come without an offer; then the ACK has the address, and nothing can be sent before.
	_ = audio.connect(req.Body())
	in := &incoming{call: call, dialog: dialog, decisions: make(chan decision)}
	call.leg = in
	context.AfterFunc(dialog.Context(), call.closeEnd)
	a.remember(req.CallID().Value(), call)
	return in, nil
}

// awaitDecision rings until the test decides or the caller gives up.
func (in *incoming) awaitDecision() {
	select {
	case decided := <-in.decisions:
		decided.result <- in.finish(decided.status, decided.reason, decided.headers...)
	case <-in.call.done:
	}
}

// finish gives the final answer and returns when the caller has confirmed it.
func (in *incoming) finish(status int, reason string, headers ...sip.Header) error {
	if status != sip.StatusOK {
		defer in.call.closeEnd()
		in.call.decide(sip.NewResponse(status, reason))
		return in.dialog.Respond(status, reason, nil, headers...)
	}
	if err := in.dialog.RespondSDP(describe(in.call.media.addr())); err != nil {
		return err
	}
	in.call.decide(in.dialog.InviteResponse)
	return nil
}

func (in *incoming) decideOnce(ctx context.Context, wanted decision) error {
	wanted.result = make(chan error, 1)
	select {
	case in.decisions <- wanted:
	case <-in.call.decided:
		return errors.New("the call is answered, refused or given up already")
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-wanted.result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (in *incoming) answer(ctx context.Context) error {
	return in.decideOnce(ctx, decision{status: sip.StatusOK, reason: "OK"})
}

func (in *incoming) reject(ctx context.Context, status int, reason string, headers ...sip.Header) error {
	return in.decideOnce(ctx, decision{status: status, reason: reason, headers: headers})
}

func (in *incoming) refer(ctx context.Context, headers ...sip.Header) (*sip.Response, error) {
	return in.dialog.Do(ctx, newRefer(in.dialog.InviteRequest.Contact(), headers))
}

func (in *incoming) hangup(ctx context.Context) error {
	if in.call.Answered() {
		return in.dialog.Bye(ctx)
	}
	status, reason := Decline.refusal()
	return in.reject(ctx, status, reason)
}

func (in *incoming) readBye(req *sip.Request, tx sip.ServerTransaction) error {
	return in.dialog.ReadBye(req, tx)
}
