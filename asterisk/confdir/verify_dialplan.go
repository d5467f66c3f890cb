package confdir

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/asterisk/ami"
)

// registrar is how Asterisk marks what it loaded from extensions.conf.
const registrar = "pbx_config"

// step is one priority of an extension.
type step struct {
	extension string
	priority  string // a number from 1, or "hint"
}

// dialplan is a context: what each step runs, and the contexts it includes.
type dialplan struct {
	steps    map[step]string
	includes []string
}

// inspectDialplan compares a context, or the lines of a number in the context
// that all organisations' numbers are in, with what ShowDialPlan lists.
func (p *PBX) inspectDialplan(ctx context.Context, o asterisk.Object) (verdict, error) {
	where := []string{"Context", o.Section}
	if o.Kind == asterisk.KindDID {
		where = append(where, "Extension", o.Name)
	}
	events, err := p.console.list(ctx, "ShowDialPlan", where...)
	if strings.HasPrefix(refusal(err), "Did not find") {
		return absent(), nil
	}
	if err != nil {
		return verdict{}, err
	}
	shown := shownPlan(events)
	plan := asterisk.ReadPlan(o.Lines)
	written := writtenPlan(plan)
	maps.DeleteFunc(shown.steps, func(s step, _ string) bool {
		hint, watched := plan.HintOf(s.extension)
		return s.priority == "hint" && watched && hint.Extension != s.extension // Asterisk made it of a pattern
	})
	if o.Kind == asterisk.KindDID {
		// Asterisk lists whatever matches the number, patterns too.
		maps.DeleteFunc(shown.steps, func(s step, _ string) bool { return s.extension != o.Name })
		shown.includes = nil
		if len(shown.steps) == 0 {
			return absent(), nil
		}
	}
	return comparePlans(written, shown), nil
}

func comparePlans(written, shown dialplan) verdict {
	for _, s := range slices.SortedFunc(maps.Keys(written.steps), compareSteps) {
		if run, ok := shown.steps[s]; !ok || run != written.steps[s] {
			return differing("extension " + s.extension)
		}
	}
	for s := range shown.steps {
		if _, ok := written.steps[s]; !ok {
			return differing("extension " + s.extension)
		}
	}
	if !slices.Equal(written.includes, shown.includes) {
		return differing("includes")
	}
	return same()
}

func compareSteps(a, b step) int {
	return strings.Compare(a.extension+","+a.priority, b.extension+","+b.priority)
}

func shownPlan(events []ami.Event) dialplan {
	shown := dialplan{steps: map[step]string{}}
	for _, e := range events {
		switch {
		case e.Get("Registrar") != registrar:
			// Added by hand, or by another module: the next reload takes it
			// away or leaves it, as it did before.
		case e.Get("IncludeContext") != "":
			shown.includes = append(shown.includes, e.Get("IncludeContext"))
		case e.Get("Extension") != "":
			s := step{e.Get("Extension"), e.Get("Priority")}
			shown.steps[s] = call(e.Get("Application"), e.Get("AppData"))
		}
	}
	return shown
}

func writtenPlan(plan asterisk.Plan) dialplan {
	written := dialplan{steps: map[step]string{}, includes: plan.Includes}
	for _, s := range plan.Steps {
		written.steps[step{s.Extension, s.Priority}] = call(s.Application, s.Data)
	}
	return written
}

// call writes an application and its data so that they can be compared.
func call(application, data string) string {
	return strings.TrimSpace(application) + "(" + strings.TrimSpace(data) + ")"
}
