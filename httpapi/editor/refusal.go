package editor

import (
	"errors"

	"github.com/orgpbx/orgpbx/org/apikey"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource/subject"
	"github.com/orgpbx/orgpbx/resource/webhook"
)

// refusal is an error that people are told in a form, because they can do
// something about it.
type refusal struct {
	err  error
	text string // key of what they are told
	code string // of the API
}

type refusalList []refusal

// refusals are all of them that bring nothing but that they happened.
var refusals = refusalList{
	{member.ErrForbidden, "refused.role", "forbidden"},
	{member.ErrTOTPState, "refused.totp_state", "totp_state"},
	{member.ErrTOTPUnavailable, "refused.totp_unavailable", "totp_unavailable"},
	{member.ErrLastOwner, "refused.last_owner", "last_owner"},
	{apikey.ErrScope, "refused.scope", "scope_exceeded"},
	{subject.ErrNotReady, "refused.export_not_ready", "export_not_ready"},
	{hold.ErrReleased, "refused.hold_released", "hold_released"},
	{webhook.ErrOff, "refused.webhooks_off", "webhooks_off"},
}

// of returns the key of the text about an error; "" for one that is none of them.
func (l refusalList) of(err error) string { return l.find(err).text }

func (l refusalList) find(err error) refusal {
	for _, r := range l {
		if errors.Is(err, r.err) {
			return r
		}
	}
	return refusal{}
}
