package asterisk

import "strings"

// application is one call of a dialplan application with its arguments.
type application string

// call writes an application. The arguments are joined by the comma, which no
// safe piece has unless a constant of this package put it there.
func call(app safe, args ...safe) application {
	return application(app + "(" + join(args) + ")")
}

// gosub calls a subroutine of the base dialplan.
func gosub(context safe, args ...safe) application { return gosubAt(context, "s", args...) }

// gosubAt calls a subroutine that is told by its extension what it is about.
func gosubAt(context, extension safe, args ...safe) application {
	if len(args) == 0 {
		return call("Gosub", context, extension, "1")
	}
	return call("Gosub", context, extension, "1("+join(args)+")")
}

// jump goes on at the first priority of an extension.
func jump(context, extension safe) application { return call("Goto", context, extension, "1") }

// exten writes one extension. pattern is its name or pattern.
func exten(pattern safe, steps ...application) []Line {
	lines := make([]Line, 0, len(steps))
	for i, step := range steps {
		if i == 0 {
			lines = append(lines, Line{"exten", string(pattern) + ",1," + string(step), true})
			continue
		}
		lines = append(lines, Line{"same", "n," + string(step), true})
	}
	return lines
}

// hint says whose state a phone is told that watches an extension.
func hint(pattern, devices safe) []Line {
	return []Line{{"exten", string(pattern + ",hint," + devices), true}}
}

func join(args []safe) safe {
	texts := make([]string, len(args))
	for i, a := range args {
		texts[i] = string(a)
	}
	return safe(strings.Join(texts, ","))
}
