package live

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/asterisk/confdir"
)

// takenFamily holds what [PBX.TakeSwitches] took over from another Asterisk, by
// context prefix, and an entry of the prefix itself from when it began to.
const takenFamily = "orgpbx/taken"

// switchKey is the key of one: an endpoint, and what is switched.
var switchKey = regexp.MustCompile(`^([a-z0-9]+)-[A-Za-z0-9_-]+/(dnd|out|paused|forward-all|forward-busy|forward-unanswered)$`)

// Switches returns what the phones of an organisation have switched by feature
// codes: values by "<endpoint>/<name>", where the names are those of the
// dialplan. Its error wraps [resource.ErrPBXUnavailable] when Asterisk is away.
func (p *PBX) Switches(ctx context.Context, contextPrefix string) (map[string]string, error) {
	switches, _, err := p.console.readSwitches(ctx, confdir.SwitchFamily(contextPrefix), contextPrefix)
	return switches, err
}

// TakeSwitches takes over what the phones of an organisation have switched at
// another Asterisk, with the lamps that show it. What it took over before and is
// otherwise by now is changed, and all else stays: phones may switch here
// meanwhile. Where begin is false nothing is done unless it was called with true
// since the organisation was removed here. Its error wraps
// [resource.ErrPBXUnavailable] when Asterisk is away; then it can be repeated.
func (p *PBX) TakeSwitches(ctx context.Context, contextPrefix string, switches map[string]string, begin bool) error {
	if !prefixPattern.MatchString(contextPrefix) {
		return fmt.Errorf("take switches over: %q is not a context prefix", contextPrefix)
	}
	taken, began, err := p.console.readSwitches(ctx, takenFamily+"/"+contextPrefix, contextPrefix)
	if err == nil && begin && !began {
		began, err = true, p.console.putEntry(ctx, takenFamily, contextPrefix, "began")
	}
	if err != nil || !began {
		return err
	}
	all := maps.Clone(taken)
	maps.Copy(all, switches)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		value := switches[key]
		if value == taken[key] || !isSwitchOf(contextPrefix, key) {
			continue
		}
		if err := p.console.setSwitch(ctx, contextPrefix, key, value); err != nil {
			return err
		}
		// Last, so that one that was cut off is switched again.
		if err := p.console.setEntry(ctx, takenFamily+"/"+contextPrefix, key, value); err != nil {
			return err
		}
	}
	return nil
}

// LookAtMailboxes has Asterisk count the messages in all mailboxes and show lamps
// by it, after files were brought there. Its error wraps
// [resource.ErrPBXUnavailable] when Asterisk is away.
func (p *PBX) LookAtMailboxes(ctx context.Context) error {
	return p.modules["voicemail"].reloadNow(ctx)
}

// forgetSwitches deletes what the phones of an organisation have switched, and
// what is known of where that came from.
func (p *PBX) forgetSwitches(ctx context.Context, contextPrefix string) error {
	if err := confdir.ForgetSwitches(ctx, p.console.ami, contextPrefix); err != nil {
		return err
	}
	if _, err := p.console.command(ctx, "database deltree "+takenFamily+"/"+contextPrefix); err != nil {
		return fmt.Errorf("delete from Asterisk's database: %w", err)
	}
	return nil
}

func isSwitchOf(contextPrefix, key string) bool {
	parts := switchKey.FindStringSubmatch(key)
	return len(parts) > 1 && parts[1] == contextPrefix
}

// readSwitches returns the switches of an organisation below a family, and
// whether the family has an entry of its own.
func (c console) readSwitches(ctx context.Context, family, contextPrefix string) (switches map[string]string, own bool, err error) {
	events, err := c.list(ctx, "DBGetTree", "Family", family)
	if err != nil {
		return nil, false, fmt.Errorf("read Asterisk's database: %w", err)
	}
	switches = map[string]string{}
	for _, e := range events {
		key, below := strings.CutPrefix(e.Get("Key"), "/"+family+"/")
		own = own || e.Get("Key") == "/"+family
		if below && isSwitchOf(contextPrefix, key) {
			switches[key] = e.Get("Val")
		}
	}
	return switches, own, nil
}

// setSwitch does what the dialplan does in orgpbx-switch. With no value it is
// switched off.
func (c console) setSwitch(ctx context.Context, contextPrefix, key, value string) error {
	if err := c.setEntry(ctx, confdir.SwitchFamily(contextPrefix), key, value); err != nil {
		return err
	}
	endpoint, name, _ := strings.Cut(key, "/")
	state := "NOT_INUSE"
	switch {
	case value != "":
		state = "BUSY"
	case name == "dnd":
		state = "UNAVAILABLE" // next to which the state of the phone itself is seen
	}
	if _, err := c.do(ctx, "Setvar", "Variable", "DEVICE_STATE(Custom:"+endpoint+"-"+name+")", "Value", state); err != nil {
		return fmt.Errorf("switch a lamp: %w", err)
	}
	return nil
}

// setEntry keeps an entry of the database, or none where there is no value.
func (c console) setEntry(ctx context.Context, family, key, value string) error {
	if value == "" {
		return c.dropEntry(ctx, family, key)
	}
	return c.putEntry(ctx, family, key, value)
}
