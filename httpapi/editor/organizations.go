package editor

import (
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

const (
	// perPage is how many organisations a page of the list shows.
	perPage = 25
	// longestSearch is how many bytes of a name are looked for.
	longestSearch = 100
)

// organizationList is the page of organisations.
type organizationList struct {
	Query, Status string
	Rows          []organizationRow
	Next          string // the id that the next page goes on after; empty on the last one
	First         bool   // it is the first page
	Deleted       bool   // one was deleted just now
}

// Filtered reports whether the list leaves organisations out on request.
func (l organizationList) Filtered() bool { return l.Query != "" || l.Status != "" }

// organizationRow is one of them with its use at a glance.
type organizationRow struct {
	org.Organization
	Usage []resource.Usage
}

// home is the list for the administrator, and his organisation for a member.
func (e *Editor) home(q *request) error {
	if q.who.Platform {
		return q.redirect("/organizations")
	}
	return q.redirect("/organizations/" + q.who.Organization.ID)
}

func (e *Editor) listOrganizations(q *request) error {
	asked := q.URL.Query()
	list := organizationList{Query: searchable(asked.Get("q")), First: true, Deleted: asked.Has("deleted")}
	if s := asked.Get("status"); s == string(org.Active) || s == string(org.Suspended) {
		list.Status = s
	}
	part := org.Page{Limit: perPage + 1} // one more, to learn whether there are more
	if after := asked.Get("after"); uuid.Validate(after) == nil {
		part.After, list.First = after, false
	}
	found, err := e.config.Organizations.List(q.Context(), org.Filter{Query: list.Query, Status: org.Status(list.Status)}, part)
	if err != nil {
		return err
	}
	if len(found) > perPage {
		found = found[:perPage]
		list.Next = found[perPage-1].ID
	}
	if list.Rows, err = e.withUsage(q, found); err != nil {
		return err
	}
	return q.show(http.StatusOK, "organizations", list)
}

// withUsage counts what each of them uses of its quotas. The PBX is not asked:
// a list must not wait for it.
func (e *Editor) withUsage(q *request, found []org.Organization) ([]organizationRow, error) {
	usages, err := e.config.Resources.Usages(q.Context(), found)
	if err != nil {
		return nil, err
	}
	rows := make([]organizationRow, len(found))
	for i, o := range found {
		rows[i] = organizationRow{o, usages[i]}
	}
	return rows, nil
}

// searchable is what of s a store can look for.
func searchable(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	for len(s) > longestSearch {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return strings.Map(printable, s)
}

func printable(r rune) rune {
	if unicode.IsControl(r) {
		return -1
	}
	return r
}
