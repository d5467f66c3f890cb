package httpapi

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode"

	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/deploy"
)

// marks are how a plan for people shows what happens to an object or a setting.
var marks = map[resource.ChangeAction]string{resource.Add: "+", resource.Modify: "~", resource.Delete: "-"}

// planText writes a plan for people, in the form of a diff.
func planText(plan deploy.Plan) string {
	var text strings.Builder
	writeChanges(&text, plan.Changes)
	if len(plan.Warnings) > 0 {
		text.WriteString("\nWill not work as it looks:\n")
	}
	for _, w := range plan.Warnings {
		fmt.Fprintf(&text, "! %s %s: %s: %s\n", w.Kind, w.ID, w.Field, oneLine(w.Message))
	}
	return text.String()
}

func writeChanges(text *strings.Builder, changes []resource.ObjectChange) {
	if len(changes) == 0 {
		text.WriteString("Nothing to change.\n")
		return
	}
	count := map[resource.ChangeAction]int{}
	for _, c := range changes {
		count[c.Action]++
		fmt.Fprintf(text, "%s %s %s\n", marks[c.Action], c.Object, oneLine(c.Name))
		for _, s := range c.Settings {
			writeSetting(text, s)
		}
	}
	fmt.Fprintf(text, "\n%d to add, %d to modify, %d to delete.\n", count[resource.Add], count[resource.Modify], count[resource.Delete])
}

func writeSetting(text *strings.Builder, s resource.SettingChange) {
	switch {
	case s.Secret:
		fmt.Fprintf(text, "    %s %s (secret)\n", marks[s.Action], s.Name)
	case s.Action == resource.Modify:
		fmt.Fprintf(text, "    - %s = %s\n    + %s = %s\n", s.Name, oneLine(s.Old), s.Name, oneLine(s.New))
	default: // one of the two is empty
		fmt.Fprintf(text, "    %s %s = %s\n", marks[s.Action], s.Name, oneLine(s.Old+s.New))
	}
}

// oneLine keeps a value from looking like another line, or from moving a
// terminal's cursor.
func oneLine(value string) string {
	if strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(value)
	}
	return value
}

// prefersText reports whether a client asks for text rather than JSON. JSON is
// what everybody gets who does not say so.
func prefersText(r *http.Request) bool {
	text, json := 0.0, 0.0
	for _, accepted := range strings.Split(strings.Join(r.Header.Values("Accept"), ","), ",") {
		kind, params, err := mime.ParseMediaType(accepted)
		if err != nil {
			continue
		}
		weight := 1.0
		if q, err := strconv.ParseFloat(params["q"], 64); err == nil {
			weight = q
		}
		switch kind {
		case "text/plain":
			text = max(text, weight)
		case "application/json", "application/*", "*/*":
			json = max(json, weight)
		}
	}
	return text > json
}

// textType is what plans for people are sent as.
const textType = "text/plain; charset=utf-8"

func (*API) writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", textType)
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // the client may be gone: nothing to be done
}
