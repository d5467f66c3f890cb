package live

import (
	"strconv"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/resource"
)

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
