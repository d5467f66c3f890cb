package live

import (
	"context"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/asterisk"
)

func isGlobals(s asterisk.Section) bool { return s.Kind == asterisk.KindGlobals }

func (c *change) globals(s state) []asterisk.Line {
	var lines []asterisk.Line
	for _, section := range s.sections("extensions") {
		if isGlobals(section) {
			lines = append(lines, section.Lines...)
		}
	}
	return lines
}

// setGlobals sets the global variables that differ in the running Asterisk.
func (c *change) setGlobals(ctx context.Context) error {
	have := c.globals(c.have)
	for _, l := range c.globals(c.want) {
		if slices.Contains(have, l) {
			continue
		}
		if _, err := c.console.do(ctx, "Setvar", "Variable", l.Key, "Value", l.Value); err != nil {
			return err
		}
	}
	return c.clearGlobals(ctx)
}

// clearGlobals empties the variables that are gone, which a reload leaves. The
// dialplan cannot tell an empty one from none.
func (c *change) clearGlobals(ctx context.Context) error {
	want := c.globals(c.want)
	for _, l := range c.globals(c.have) {
		if slices.ContainsFunc(want, func(w asterisk.Line) bool { return w.Key == l.Key }) {
			continue
		}
		if _, err := c.console.do(ctx, "Setvar", "Variable", l.Key, "Value", ""); err != nil {
			return err
		}
	}
	return nil
}

// settable reports whether a value means the same to a Setvar as to the
// dialplan file, where Asterisk replaces variables.
func settable(value string) bool { return len(value) <= 900 && !strings.Contains(value, "$") }
