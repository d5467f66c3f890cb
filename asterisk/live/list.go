package live

import (
	"context"
	"fmt"
	"strings"
)

// Organizations returns the context prefixes of the organisations that Asterisk
// has something of, in no order. Its error wraps [resource.ErrPBXUnavailable]
// when Asterisk is away.
func (p *PBX) Organizations(ctx context.Context) ([]string, error) {
	events, err := p.console.list(ctx, "DBGetTree", "Family", noteFamily)
	if err != nil {
		return nil, fmt.Errorf("list organisations in Asterisk: %w", err)
	}
	var prefixes []string
	for _, e := range events {
		prefix, ok := strings.CutPrefix(e.Get("Key"), "/"+noteFamily+"/")
		if ok && prefixPattern.MatchString(prefix) {
			prefixes = append(prefixes, prefix)
		}
	}
	return prefixes, nil
}

// Has reports whether Asterisk has anything of an organisation.
func (p *PBX) Has(ctx context.Context, contextPrefix string) (bool, error) {
	note, err := p.console.readNote(ctx, contextPrefix)
	if err != nil {
		return false, fmt.Errorf("look for an organisation in Asterisk: %w", err)
	}
	return note.exists, nil
}

// Calls returns how many channels Asterisk has in calls of an organisation.
func (p *PBX) Calls(ctx context.Context, contextPrefix string) (int, error) {
	events, err := p.console.list(ctx, "CoreShowChannels")
	if err != nil {
		return 0, fmt.Errorf("list channels in Asterisk: %w", err)
	}
	calls := 0
	for _, e := range events {
		if e.Get("AccountCode") == contextPrefix {
			calls++
		}
	}
	return calls, nil
}
