package editor

import (
	"strconv"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
)

// head is the top of every page of an organisation: its name, its state and the
// way to its other pages.
type head struct {
	Organization org.Organization
	FormToken    string
	Tab          string // key of the page that is shown
	Areas        []area
}

// area is some of the pages of an organisation that belong together. Where the
// caller may open one of them only, that page stands for it.
type area struct {
	Key   string
	Tabs  []tab
	Shown bool // one of them is
}

// First is where the area leads to.
func (a area) First() tab { return a.Tabs[0] }

// IsPage reports whether one page stands for the area.
func (a area) IsPage() bool { return len(a.Tabs) == 1 }

// Text is the key of its name.
func (a area) Text() string {
	if a.IsPage() {
		return "tab." + a.First().Key
	}
	return "area." + a.Key
}

// tab is one of the pages of an organisation.
type tab struct {
	area      string
	Key, Path string // inside the organisation
	asked     member.Permission
}

// areas are the keys of all of them, in their order.
func areas() []string {
	return []string{"overview", "telephony", "activity", "access", "compliance", "settings"}
}

// tabs are all of them, in the order in which they are in their areas.
func (e *Editor) tabs() []tab {
	all := []tab{
		{"overview", "overview", "", member.ReadDirectory},
		{"activity", "calls", "/calls", member.ReadCalls},
		{"activity", "usage", "/usage", member.ReadSetup},
		{"activity", "deploys", "/deploys", member.ReadSetup},
		{"compliance", "trail", "/trail", member.ReadAudit},
		{"settings", "settings", "/settings", member.WriteCompliance},
	}
	for _, s := range e.screens() {
		all = append(all, s.tab())
	}
	if e.config.Subjects != nil {
		all = append(all, tab{"compliance", "subject-requests", "/subject-requests", member.ReadSubjectRequests})
	}
	if e.config.Holds != nil {
		all = append(all, tab{"compliance", "legal-holds", "/legal-holds", member.ReadLegalHolds})
	}
	return all
}

// head returns the top of a page with the areas and tabs that the caller may
// open.
func (q *request) head(o org.Organization, shown string) head {
	h := head{Organization: o, FormToken: q.formToken(), Tab: shown}
	all := q.editor.tabs()
	for _, key := range areas() {
		a := area{Key: key}
		for _, t := range all {
			if t.area == key && q.who.May(t.asked) {
				a.Tabs = append(a.Tabs, t)
				a.Shown = a.Shown || t.Key == shown
			}
		}
		if len(a.Tabs) > 0 {
			h.Areas = append(h.Areas, a)
		}
	}
	return h
}

// never is a version that no object has.
const never = -1

// seenVersion is the version of what the form was made of. A form that does not
// tell has seen none that there is.
func (q *request) seenVersion() int64 {
	version, err := strconv.ParseInt(q.form.Get("version"), 10, 64)
	if err != nil || version < 1 {
		return never
	}
	return version
}
