package editor

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/member"
)

const (
	// mostChanges is how many fields of an entry a page shows, and longestValue
	// how many bytes of each.
	mostChanges  = 10
	longestValue = 80
)

// trailList is the page of who did what.
type trailList struct {
	head
	Filter  filterForm
	Rows    []trailRow
	Next    string // address of the next page; empty on the last one
	First   bool
	Verdict *audit.Verdict // of the check that was asked for
}

// trailRow is one entry.
type trailRow struct {
	audit.Entry
	Who     string
	Remote  string
	Untold  int
	Changes []changedField
	More    int // that are not shown
}

// changedField is a field before and after, as JSON; empty for none.
type changedField struct{ Name, Before, After string }

// trailInputs narrow the list.
func trailInputs() []input[audit.Filter] {
	return []input[audit.Filter]{
		word("actor", func(f *audit.Filter) *string { return &f.Actor }),
		word("operation", func(f *audit.Filter) *string { return &f.Operation }),
		word("object", func(f *audit.Filter) *string { return &f.Object }),
		word("outcome", func(f *audit.Filter) *string { return &f.Outcome }),
		since("from", time.UTC, func(f *audit.Filter) *time.Time { return &f.From }),
		until("to", time.UTC, func(f *audit.Filter) *time.Time { return &f.To }),
	}
}

// showTrail is about one organisation.
func (e *Editor) showTrail(q *request) error {
	o, err := q.organization(member.ReadAudit)
	if err != nil {
		return err
	}
	return e.renderTrail(q, o.ID, trailList{head: q.head(o, "trail")}, "/organizations/"+o.ID+"/trail")
}

// showPlatformTrail is about what belongs to no organisation.
func (e *Editor) showPlatformTrail(q *request) error {
	return e.renderTrail(q, audit.Platform, trailList{}, "/trail")
}

func (e *Editor) renderTrail(q *request, chain string, view trailList, path string) error {
	var filter audit.Filter
	view.Filter, view.First = readFilter(q, path, "trail", trailInputs(), &filter), true
	part := audit.Page{NewestFirst: true, Limit: perPage + 1} // one more, to learn whether there are more
	if after, err := strconv.ParseInt(q.URL.Query().Get("after"), 10, 64); err == nil && after > 0 {
		part.From, view.First = after, false
	}
	if q.URL.Query().Has("check") {
		verdict, err := e.config.Trail.Verify(q.Context(), chain)
		if err != nil {
			return err
		}
		view.Verdict = &verdict
	}
	if len(view.Filter.Problems) == 0 {
		found, err := e.config.Trail.List(q.Context(), chain, filter, part)
		if err != nil {
			return err
		}
		if len(found) > perPage {
			found = found[:perPage]
			view.Next = q.next(view.Filter, strconv.FormatInt(found[perPage-1].Sequence, 10))
		}
		for _, entry := range found {
			row, err := newTrailRow(entry)
			if err != nil {
				return err
			}
			view.Rows = append(view.Rows, row)
		}
	}
	return q.show(view.Filter.status(), "trail", view)
}

func newTrailRow(e audit.Entry) (trailRow, error) {
	d, err := e.Reveal()
	row := trailRow{Entry: e, Who: cmp.Or(d.ActorName, label(e.Actor.Kind)), Remote: d.Remote, Untold: d.Untold}
	for _, diff := range d.Changes {
		for _, name := range slices.Sorted(maps.Keys(diff.Fields)) {
			if len(row.Changes) == mostChanges {
				row.More++
				continue
			}
			change := diff.Fields[name]
			row.Changes = append(row.Changes, changedField{diff.Kind + "." + name, short(change.Before), short(change.After)})
		}
	}
	return row, err
}

// short is a value as it fits into a line.
func short(value json.RawMessage) string {
	s := strings.ToValidUTF8(string(value), "")
	if len(s) <= longestValue {
		return s
	}
	s = s[:longestValue]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + "…"
}
