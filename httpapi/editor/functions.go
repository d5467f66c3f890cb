package editor

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/orgpbx/orgpbx/limits"
)

// functions are what the templates call beside their data.
func functions(prefix string) template.FuncMap {
	return template.FuncMap{
		"t":      text,
		"label":  label,
		"lines":  lines,
		"asset":  func(name string) (string, error) { return assetAddress(prefix, name) },
		"path":   func(parts ...string) string { return prefix + strings.Join(parts, "") },
		"share":  share,
		"day":    func(at time.Time) string { return at.UTC().Format(time.DateOnly) },
		"moment": moment,
		"copy":   newCopyable,
		"pair":   func(a, b any) []any { return []any{a, b} },
	}
}

// lines returns the lines of a text.
func lines(key any) ([]string, error) {
	found, err := text(key)
	return strings.Split(found, "\n"), err
}

// label names one of several choices. The industries of an embedder's presets
// have no text here: they are called as they are.
func label(choice any) string {
	if found, known := texts()[fmt.Sprint("choice.", choice)]; known {
		return found
	}
	return fmt.Sprint(choice)
}

// share is how much of a limit is used, from 0 to 100.
func share(used int, limit limits.Limit) int {
	most, limited := limit.Value()
	switch {
	case !limited || used == 0:
		return 0
	case used >= most:
		return 100
	default:
		return used * 100 / most
	}
}
