package confdir

import (
	"context"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/asterisk"
)

// maxGlobal is the longest value of a global variable, in bytes, that can be
// set and read over AMI, which cuts lines at 1024.
const maxGlobal = 900

// onlyGlobalsDiffer reports whether two configurations have the same dialplan
// but for values that can be set in a running Asterisk.
func onlyGlobalsDiffer(from, to asterisk.Config) bool {
	for _, e := range expectations(from, to, nil) {
		if e.file != extensions {
			continue
		}
		if e.kind != asterisk.KindGlobals || (!e.gone && !settable(e.lines[0].Value)) {
			return false
		}
	}
	return true
}

// settable reports whether a value means the same to a Setvar as to the
// dialplan file, where Asterisk replaces variables.
func settable(value string) bool {
	return len(value) <= maxGlobal && !strings.ContainsAny(value, "$\r\n")
}

// setGlobals sets global variables in the running Asterisk. Those that are
// gone become empty, which the dialplan cannot tell from gone.
func (p *PBX) setGlobals(ctx context.Context, expected []expectation) error {
	for _, e := range expected {
		if e.kind != asterisk.KindGlobals {
			continue
		}
		value := e.lines[0].Value
		if e.gone {
			value = ""
		}
		if _, err := p.console.do(ctx, "Setvar", "Variable", e.name, "Value", value); err != nil {
			return err
		}
	}
	return nil
}

// gone returns the expectations of objects that shall not be there any more.
func gone(expected []expectation) []expectation {
	return slices.DeleteFunc(slices.Clone(expected), func(e expectation) bool { return !e.gone })
}

// inspectGlobal compares the value of a global variable. One without a value
// does not exist, as far as anybody can see.
func (p *PBX) inspectGlobal(ctx context.Context, o object) (verdict, error) {
	value := o.lines[0].Value
	if !settable(value) {
		return same(), nil
	}
	response, err := p.console.do(ctx, "GetVar", "Variable", o.name)
	if err != nil {
		return verdict{}, err
	}
	switch response.Get("Value") {
	case value:
		return verdict{exists: value != ""}, nil
	case "":
		return absent(), nil
	default:
		return differing("value"), nil
	}
}
