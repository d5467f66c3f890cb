package confdir

import (
	"context"
	"errors"
	"strings"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/asterisk/ami"
)

// inspectMailbox compares name and address of a mailbox with
// VoicemailUserStatus. Asterisk shows nobody the PIN.
func (p *PBX) inspectMailbox(ctx context.Context, o asterisk.Object) (verdict, error) {
	mailbox := o.Lines[0].Key
	events, err := p.console.list(ctx, "VoicemailUserStatus", "Context", o.Section, "Mailbox", mailbox)
	if errors.Is(err, ami.ErrNotList) { // its way to say that there is none
		return absent(), nil
	}
	if err != nil {
		return verdict{}, err
	}
	for _, e := range events {
		if e.Get("VoiceMailbox") != mailbox || e.Get("VMContext") != o.Section {
			continue
		}
		fields := strings.Split(o.Lines[0].Value, ",")
		for i, setting := range []string{1: "Fullname", 2: "Email"} {
			if setting != "" && i < len(fields) && strings.TrimSpace(fields[i]) != strings.TrimSpace(e.Get(setting)) {
				return differing(strings.ToLower(setting)), nil
			}
		}
		return same(), nil
	}
	return absent(), nil
}
