package confdir

import (
	"context"
	"maps"
	"slices"
	"strconv"
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
	written := writtenPlan(o.Lines)
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

// writtenPlan reads the lines as Asterisk does: extension, priority (a number,
// n or hint, with a label in brackets), application and its data.
func writtenPlan(lines []asterisk.Line) dialplan {
	written := dialplan{steps: map[step]string{}}
	extension, priority := "", 0
	for _, line := range lines {
		rest := line.Value
		switch line.Key {
		case "include":
			written.includes = append(written.includes, line.Value)
			continue
		case "exten":
			extension, rest = cutExtension(line.Value)
		case "same":
		default:
			continue
		}
		at, run, _ := strings.Cut(rest, ",")
		at, _, _ = strings.Cut(strings.TrimSpace(at), "(")
		if at == "hint" {
			written.steps[step{extension, at}] = call(run, "")
			continue
		}
		if n, err := strconv.Atoi(at); err == nil {
			priority = n
		} else {
			priority++
		}
		application, data, _ := strings.Cut(run, "(")
		if end := strings.LastIndexByte(data, ')'); end >= 0 {
			data = data[:end]
		}
		written.steps[step{extension, strconv.Itoa(priority)}] = call(application, data)
	}
	return written
}

// cutExtension splits at the first comma that is not inside of [ ].
func cutExtension(value string) (extension, rest string) {
	depth := 0
	for i := range len(value) {
		switch value[i] {
		case '[':
			depth++
		case ']':
			depth = max(depth-1, 0)
		case ',':
			if depth == 0 {
				return value[:i], value[i+1:]
			}
		}
	}
	return value, ""
}

// call writes an application and its data so that they can be compared.
func call(application, data string) string {
	return strings.TrimSpace(application) + "(" + strings.TrimSpace(data) + ")"
}
