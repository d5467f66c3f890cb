package asterisktest

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/emiago/sipgo/sip"
)

// Transfer asks Asterisk to connect the other side of an answered call to a SIP URI instead, as the
// transfer key of a phone does without asking back. It returns the status of Asterisk's answer: 202 says
// that the phone may transfer, not that anybody is there.
func (c *Call) Transfer(ctx context.Context, uri string) (status int, err error) {
	if !c.Answered() {
		return 0, errors.New("transfer: the call is not answered")
	}
	response, err := c.leg.refer(ctx, sip.NewHeader("Refer-To", "<"+uri+">"))
	if err != nil {
		return 0, fmt.Errorf("transfer: %w", err)
	}
	return response.StatusCode, nil
}

// TransferTo asks Asterisk to connect the other sides of two answered calls of this phone with each
// other. The second is one that the phone made.
func (c *Call) TransferTo(ctx context.Context, second *Call) (status int, err error) {
	made, ok := second.leg.(*outgoing)
	if !ok || !second.Answered() {
		return 0, errors.New("transfer: the second call was not made and answered")
	}
	request, response := made.dialog.InviteRequest, made.dialog.InviteResponse
	near, _ := request.From().Params.Get("tag")
	far, _ := response.To().Params.Get("tag")
	replaces := request.CallID().Value() + ";to-tag=" + far + ";from-tag=" + near
	return c.Transfer(ctx, request.Recipient.String()+"?Replaces="+url.QueryEscape(replaces))
}

// newRefer is a REFER to the other side's contact.
func newRefer(contact *sip.ContactHeader, headers []sip.Header) *sip.Request {
	refer := sip.NewRequest(sip.REFER, contact.Address)
	for _, h := range headers {
		refer.AppendHeader(h)
	}
	return refer
}
