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
	Tabs         []tab
}

// tab is one of the pages of an organisation.
type tab struct {
	Key, Path string // inside the organisation
	asked     member.Permission
}

// tabs are all of them, in their order.
func (e *Editor) tabs() []tab {
	all := []tab{{"overview", "", member.ReadDirectory}}
	for _, s := range e.screens() {
		all = append(all, s.tab())
	}
	all = append(all, []tab{
		{"settings", "/settings", member.WriteCompliance},
		{"deploys", "/deploys", member.ReadSetup},
		{"usage", "/usage", member.ReadSetup},
		{"calls", "/calls", member.ReadCalls},
		{"trail", "/trail", member.ReadAudit},
	}...)
	if e.config.Subjects != nil {
		all = append(all, tab{"subject-requests", "/subject-requests", member.ReadSubjectRequests})
	}
	if e.config.Holds != nil {
		all = append(all, tab{"legal-holds", "/legal-holds", member.ReadLegalHolds})
	}
	return all
}

// head returns the top of a page with the tabs that the caller may open.
func (q *request) head(o org.Organization, shown string) head {
	h := head{Organization: o, FormToken: q.formToken(), Tab: shown}
	for _, t := range q.editor.tabs() {
		if q.who.May(t.asked) {
			h.Tabs = append(h.Tabs, t)
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
