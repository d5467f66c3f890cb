package asterisk

import (
	"strconv"
	"strings"

	"github.com/orgpbx/orgpbx/resource"
)

// Step is one priority of an extension, as Asterisk runs it.
type Step struct {
	Extension   string
	Priority    string // a number from 1, or "hint"
	Application string // of a hint, the devices
	Data        string
}

// Plan is what Asterisk makes of the lines of a context.
type Plan struct {
	Steps    []Step
	Includes []string
	// Plain says that the steps are all there is: nothing that steps alone
	// could not bring into a running dialplan, such as a label.
	Plain bool
}

// ReadPlan reads the lines of a context as Asterisk does: extension, priority (a
// number, n or hint, with a label in brackets), application and its data.
func ReadPlan(lines []Line) Plan {
	p := Plan{Plain: true}
	extension, priority := "", 0
	for _, line := range lines {
		rest := line.Value
		switch line.Key {
		case "include":
			p.Includes = append(p.Includes, line.Value)
			p.Plain = false
			continue
		case "exten":
			extension, rest = cutExtension(line.Value)
		case "same":
		default:
			p.Plain = false
			continue
		}
		at, run, _ := strings.Cut(rest, ",")
		at, _, labelled := strings.Cut(strings.TrimSpace(at), "(")
		// Asterisk puts values for variables of an extension when it reads the
		// file, and takes what is behind a slash for a caller's number.
		p.Plain = p.Plain && !labelled && !strings.ContainsAny(extension, "$/")
		if at == "hint" {
			p.Steps = append(p.Steps, Step{Extension: extension, Priority: at, Application: strings.TrimSpace(run)})
			continue
		}
		n, err := strconv.Atoi(at)
		if err != nil {
			n = priority + 1
		}
		priority = n
		application, data, _ := strings.Cut(run, "(")
		if end := strings.LastIndexByte(data, ')'); end >= 0 {
			data = data[:end]
		}
		p.Plain = p.Plain && strings.TrimSpace(application) != "" && (err == nil || at == "n")
		p.Steps = append(p.Steps, Step{extension, strconv.Itoa(priority), strings.TrimSpace(application), strings.TrimSpace(data)})
	}
	return p
}

// HintOf returns the hint of an extension, which may be that of a pattern. Of
// that Asterisk makes one for the extension when a phone watches it, and keeps it
// until the next reload.
func (p Plan) HintOf(extension string) (hint Step, ok bool) {
	number := strings.ReplaceAll(extension, "-", "") // Asterisk passes over them
	for _, s := range p.Steps {
		switch {
		case s.Priority != "hint":
		case s.Extension == extension:
			return s, true
		case strings.HasPrefix(s.Extension, "_") && resource.MatchPattern(s.Extension, number):
			hint, ok = s, true
		}
	}
	return hint, ok
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
