package confdir

import (
	"context"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/resource"
)

// maxGlobal is the longest value of a global variable, in bytes, that can be
// set and read over AMI, which cuts lines at 1024.
const maxGlobal = 900

// onlyGlobalsDiffer reports whether two configurations have the same dialplan
// but for values that can be set in a running Asterisk.
func onlyGlobalsDiffer(from, to asterisk.Config) bool {
	return !slices.ContainsFunc(asterisk.Differences(from, to), func(d asterisk.Difference) bool {
		hot := d.Kind == asterisk.KindGlobal && (d.Action == resource.Delete || settable(d.Lines[0].Value))
		return d.File == extensions && !hot
	})
}

// settable reports whether a value means the same to a Setvar as to the
// dialplan file, where Asterisk replaces variables.
func settable(value string) bool {
	return len(value) <= maxGlobal && !strings.ContainsAny(value, "$\r\n")
}

// setGlobals sets global variables in the running Asterisk. Those that are
// gone become empty, which the dialplan cannot tell from gone.
func (p *PBX) setGlobals(ctx context.Context, expected []asterisk.Difference) error {
	for _, d := range expected {
		if d.Kind != asterisk.KindGlobal {
			continue
		}
		value := d.Lines[0].Value
		if d.Action == resource.Delete {
			value = ""
		}
		if _, err := p.console.do(ctx, "Setvar", "Variable", d.Name, "Value", value); err != nil {
			return err
		}
	}
	return nil
}

// deleted returns those that shall not be there any more.
func deleted(expected []asterisk.Difference) []asterisk.Difference {
	return slices.DeleteFunc(slices.Clone(expected), func(d asterisk.Difference) bool { return d.Action != resource.Delete })
}

// inspectGlobal compares the value of a global variable. One without a value
// does not exist, as far as anybody can see.
func (p *PBX) inspectGlobal(ctx context.Context, o asterisk.Object) (verdict, error) {
	value := o.Lines[0].Value
	if !settable(value) {
		return same(), nil
	}
	response, err := p.console.do(ctx, "GetVar", "Variable", o.Name)
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
