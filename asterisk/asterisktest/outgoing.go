package asterisktest

import (
	"context"
	"errors"
	"fmt"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/google/uuid"
)

// outgoing is the leg of a call that was made.
type outgoing struct {
	call   *Call
	dialog *sipgo.DialogClientSession
	// giveUp makes the wait for an answer send CANCEL.
	giveUp context.CancelFunc
	// settled is closed when the INVITE transaction needs the dialog no more.
	settled chan struct{}
}

// dial sends an INVITE and returns while it is under way.
func (a *agent) dial(
	asterisk, number string, from *sip.FromHeader, auth sipgo.DigestAuth, headers []Header,
) (*Call, error) {
	target, err := uriOf(number, asterisk)
	if err != nil {
		return nil, err
	}
	audio, err := openMedia(a.addr.Addr())
	if err != nil {
		return nil, err
	}
	invite := sip.NewRequest(sip.INVITE, target)
	id := sip.CallIDHeader(uuid.NewString())
	invite.AppendHeader(from)
	invite.AppendHeader(&sip.ToHeader{Address: target})
	invite.AppendHeader(&id)
	invite.AppendHeader(sip.NewHeader("Allow", allowedMethods))
	invite.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	for _, h := range headers {
		invite.AppendHeader(sip.NewHeader(h.Name, h.Value))
	}
	invite.SetBody(describe(audio.addr()))

	call := newCall(invite.Clone(), audio)
	ctx, giveUp := context.WithCancel(context.Background())
	out := &outgoing{call: call, giveUp: giveUp, settled: make(chan struct{})}
	call.leg = out
	a.remember(string(id), call)
	if out.dialog, err = a.dialogs.WriteInvite(ctx, invite); err != nil {
		close(out.settled)
		giveUp()
		call.closeEnd()
		return nil, fmt.Errorf("invite %s: %w", number, err)
	}
	go out.await(ctx, auth)
	return call, nil
}

// await follows the call to its final answer and confirms that.
func (o *outgoing) await(ctx context.Context, auth sipgo.DigestAuth) {
	defer close(o.settled)
	err := o.dialog.WaitAnswer(ctx, sipgo.AnswerOptions{
		Username: auth.Username,
		Password: auth.Password,
		OnResponse: func(response *sip.Response) error {
			if response.IsProvisional() {
				o.call.progress(response)
			}
			return nil
		},
	})
	response := o.dialog.InviteResponse
	// A 200 that crossed our CANCEL has to be confirmed like any other before it is hung up.
	crossed := errors.Is(err, context.Canceled) && response != nil && response.IsSuccess()
	if err != nil && !crossed {
		o.fail(err)
		return
	}
	// An answer without audio is still an answer; sending will say that there is no address.
	_ = o.call.media.connect(response.Body())
	if err := o.dialog.Ack(context.WithoutCancel(ctx)); err != nil {
		o.call.closeEnd()
		return
	}
	context.AfterFunc(o.dialog.Context(), o.call.closeEnd)
	o.call.decide(response)
}

func (o *outgoing) fail(err error) {
	var refused *sipgo.ErrDialogResponse
	switch {
	case errors.As(err, &refused):
		o.call.decide(refused.Res)
	case errors.Is(err, context.Canceled) && o.dialog.InviteResponse != nil && !o.dialog.InviteResponse.IsProvisional():
		o.call.decide(o.dialog.InviteResponse)
	}
	o.call.closeEnd()
}

func (o *outgoing) hangup(ctx context.Context) error {
	o.giveUp()
	select {
	case <-o.settled:
	case <-ctx.Done():
		return ctx.Err()
	}
	if !o.call.Answered() {
		return nil
	}
	return o.dialog.Bye(ctx)
}

func (o *outgoing) answer(context.Context) error {
	return errNotIncoming
}

func (o *outgoing) reject(context.Context, int, string, ...sip.Header) error {
	return errNotIncoming
}

func (o *outgoing) refer(ctx context.Context, headers ...sip.Header) (*sip.Response, error) {
	return o.dialog.Do(ctx, newRefer(o.dialog.InviteResponse.Contact(), headers))
}

func (o *outgoing) readBye(req *sip.Request, tx sip.ServerTransaction) error {
	<-o.settled
	return o.dialog.ReadBye(req, tx)
}
