package live

import (
	"slices"
	"strconv"
	"strings"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/resource"
)

// valueEdits says how to come from some sections to others where only values
// differ. Asterisk finds each by the one that is there, and refuses all where
// one is not, so the file need not be read before. ok is false where more
// differs, or a value is empty or begins with what means something to Asterisk.
func valueEdits(from, to []asterisk.Section) (steps []edit, ok bool) {
	if len(from) != len(to) {
		return nil, false
	}
	for _, s := range to {
		i := slices.IndexFunc(from, func(was asterisk.Section) bool { return was.Name == s.Name })
		if i < 0 || len(from[i].Lines) != len(s.Lines) {
			return nil, false
		}
		for n, l := range s.Lines {
			was := from[i].Lines[n]
			if was == l {
				continue
			}
			if l.Key != was.Key || timesOf(l.Key, s) > 1 || l.Arrow || was.Arrow || l.Value == "" || was.Value == "" || strings.HasPrefix(l.Value, ">") {
				return nil, false
			}
			steps = append(steps, edit{action: "Update", section: s.Name, key: l.Key, value: l.Value, match: was.Value})
		}
	}
	return steps, len(steps) > 0
}

func timesOf(key string, s asterisk.Section) (n int) {
	for _, l := range s.Lines {
		if l.Key == key {
			n++
		}
	}
	return n
}

// lineEdits says how to come from one version of a section to another line by
// line. ok is false where writing the section anew takes no more steps.
//
// Asterisk believes a line's number, and falls over one that is too large. So
// from must be what the file says, and is read before.
func lineEdits(from, to asterisk.Section) (steps []edit, ok bool) {
	for _, e := range asterisk.LineEdits(from.Lines, to.Lines) {
		step := edit{action: "Delete", section: to.Name, line: strconv.Itoa(e.At)}
		if e.Action == resource.Add {
			step.action, step.key, step.value = "Insert", e.Line.Key, written(e.Line)
		}
		steps = append(steps, step)
	}
	return steps, len(steps) < len(to.Lines)
}
