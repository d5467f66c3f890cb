package live

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/asterisk"
)

// A phone that is added to a running Asterisk counts as away until Asterisk was
// told about its AOR, for which it walks through the endpoints of all
// organisations: seconds, and longer, in which no phone can register. So phones
// are not qualified here, which would tell it when one registers, and whoever
// asks for the state of a phone asks for that of a device that is always idle
// too. Together they are idle while the phone has no call, and else what the
// phone is.
const (
	idleFamily = "CustomDevstate"
	idleKey    = "orgpbx-idle"
	idleDevice = "Custom:" + idleKey
)

// putIdle makes the device that is always idle.
func (p *PBX) putIdle(ctx context.Context) error {
	if _, err := p.console.do(ctx, "DBPut", "Family", idleFamily, "Key", idleKey, "Val", "NOT_INUSE"); err != nil {
		return fmt.Errorf("write Asterisk's database: %w", err)
	}
	return nil
}

// hasContact reports whether an AOR is told where its device is. Others wait for
// it to register.
func hasContact(aor asterisk.Section) bool {
	_, ok := setting(aor, "contact")
	return ok
}

// withoutQualify takes from the AORs of phones that they are asked whether they
// are there.
func withoutQualify(sections []asterisk.Section) {
	for i, s := range sections {
		if s.Kind == asterisk.KindAOR && !hasContact(s) {
			sections[i].Lines = slices.DeleteFunc(s.Lines, func(l asterisk.Line) bool { return l.Key == "qualify_frequency" })
		}
	}
}

// withPresence makes hints and queue members ask for the idle device too. A
// queue can only do so over a hint, so the members' are added in a context of
// their own.
func withPresence(c asterisk.Config) asterisk.Config {
	states := asterisk.Section{Name: c.Prefix + "-states", Kind: asterisk.KindContext}
	for _, f := range c.Files {
		for _, s := range f.Sections {
			for i, l := range s.Lines {
				switch {
				case f.Name == "extensions" && l.Key == "exten":
					s.Lines[i].Value = idleHint(l.Value)
				case f.Name == "queues" && l.Key == "member":
					var hint asterisk.Line
					if s.Lines[i].Value, hint = stateOverHint(l.Value, c.Prefix, states.Name); hint.Key != "" && !slices.Contains(states.Lines, hint) {
						states.Lines = append(states.Lines, hint)
					}
				}
			}
		}
	}
	for i, f := range c.Files {
		if f.Name == "extensions" && len(states.Lines) > 0 {
			c.Files[i].Sections = append(f.Sections, states)
		}
	}
	return c
}

// idleHint adds the idle device to a hint for phones.
func idleHint(exten string) string {
	if head, devices, ok := strings.Cut(exten, ",hint,"); ok && strings.HasPrefix(devices, "PJSIP/") && !strings.Contains(head, ",") {
		return exten + "&" + idleDevice
	}
	return exten
}

// stateOverHint turns a member's state interface, the last of interface, penalty,
// name and state interface, into a hint for it.
func stateOverHint(member, prefix, context string) (string, asterisk.Line) {
	fields := strings.Split(member, ",")
	name, isPhone := strings.CutPrefix(strings.TrimSpace(fields[0]), "PJSIP/"+prefix+"-")
	if !isPhone || len(fields) > 4 || (len(fields) == 4 && strings.TrimSpace(fields[3]) != strings.TrimSpace(fields[0])) {
		return member, asterisk.Line{}
	}
	for len(fields) < 4 {
		fields = append(fields, "")
	}
	fields[3] = "hint:" + name + "@" + context
	return strings.Join(fields, ","), asterisk.Line{
		Key: "exten", Value: name + ",hint,PJSIP/" + prefix + "-" + name + "&" + idleDevice, Arrow: true,
	}
}
