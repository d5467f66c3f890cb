package editor

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
)

// numberRange is what the form of a range of DIDs says.
type numberRange struct{ First, Last string }

// rangePage is the page that adds a range of DIDs.
type rangePage struct {
	head
	Path, List string
	Fields     []field
	Problems   []field
	Rows       []rangeRow // every number of the range, once it was looked at
	Ready      []string   // those that can be added
	Changed    bool       // something else than was looked at could be added
}

// rangeRow is one number of the range.
type rangeRow struct{ Number, Refused string }

// rangeEntry is what was entered, as far as it could be read.
type rangeEntry struct {
	numberRange
	did      resource.DID // what all of them have
	problems fieldProblems
}

// numbersField carries the numbers that were looked at.
const numbersField = "numbers"

func rangeInputs() []input[numberRange] {
	return []input[numberRange]{
		line("first", phoneInput, func(r *numberRange) *string { return &r.First }),
		line("last", phoneInput, func(r *numberRange) *string { return &r.Last }),
	}
}

// sharedInputs are those that all DIDs of the range have.
func sharedInputs(s resource.Snapshot) []input[resource.DID] {
	var shared []input[resource.DID]
	for _, i := range didInputs(s) {
		if i.name != "number" {
			shared = append(shared, i)
		}
	}
	return shared
}

func (e *Editor) showRange(q *request) error {
	o, err := q.organization(member.WriteSetup)
	if err != nil {
		return err
	}
	s, err := e.config.Resources.Snapshot(q.Context(), o.ID)
	if err != nil {
		return err
	}
	return e.renderRange(q, s, rangeEntry{}, rangePage{})
}

// addRange shows what would be added, and adds it once it was looked at: all of
// it, in one change, or nothing.
func (e *Editor) addRange(q *request) error {
	o, err := q.organization(member.WriteSetup)
	if err != nil {
		return err
	}
	s, err := e.config.Resources.Snapshot(q.Context(), o.ID)
	if err != nil {
		return err
	}
	entry, numbers := readRange(q, s)
	view := rangePage{}
	if len(entry.problems) == 0 {
		if view.Rows, view.Ready, err = e.tryRange(q.Context(), s, &entry, numbers); err != nil {
			return err
		}
	}
	seen := q.form.Get(numbersField)
	if q.form.Get("go") != "add" || seen == "" || len(entry.problems) > 0 {
		return e.renderRange(q, s, entry, view)
	}
	if seen != strings.Join(view.Ready, " ") {
		view.Changed = true
		return e.renderRange(q, s, entry, view)
	}
	err = q.recorded("create-did", string(resource.KindDID), func(ctx context.Context, _ *audit.Record) (string, error) {
		_, err := e.config.Resources.DIDs().CreateAll(ctx, o.ID, entry.dids(view.Ready))
		return o.ID, err
	})
	var refused *resource.BatchError
	if errors.As(err, &refused) { // it came between the look and the change
		view.Changed = true
		if view.Rows, view.Ready, err = e.tryRange(q.Context(), s, &entry, numbers); err != nil {
			return err
		}
		return e.renderRange(q, s, entry, view)
	}
	if err != nil {
		return err
	}
	if _, _, err := e.deploy(q, o); err != nil {
		return err
	}
	return q.redirect("/organizations/" + o.ID + "/dids?saved")
}

// readRange reads the form, and the numbers that it is about.
func readRange(q *request, s resource.Snapshot) (rangeEntry, []string) {
	var entry rangeEntry
	errs := []error{apply(&entry.numberRange, rangeInputs(), q.form), apply(&entry.did, sharedInputs(s), q.form)}
	numbers, err := resource.NumberRange(entry.First, entry.Last)
	entry.problems, _ = problemsOf(org.JoinInvalid(append(errs, err)...)) // they are all about fields
	return entry, numbers
}

// dids are those of some numbers.
func (r rangeEntry) dids(numbers []string) []resource.DID {
	all := make([]resource.DID, len(numbers))
	for i, n := range numbers {
		all[i] = r.did
		all[i].Number = n
	}
	return all
}

// tryRange finds out what of the range can be added, and why the rest cannot. A
// problem that is not one of a number goes to the fields.
func (e *Editor) tryRange(ctx context.Context, s resource.Snapshot, entry *rangeEntry, numbers []string) (rows []rangeRow, ready []string, err error) {
	own := map[string]bool{}
	for _, d := range s.DIDs {
		own[d.Number] = true
	}
	most, limited := s.Organization.Settings.MaxDIDs.Value()
	for i, d := range entry.dids(numbers) {
		if own[d.Number] {
			rows = append(rows, rangeRow{d.Number, "range.own"})
			continue
		}
		if limited && len(s.DIDs)+len(ready) >= most {
			rows = append(rows, rangeRow{d.Number, "range.limit"})
			continue
		}
		refused, err := e.tryDID(ctx, s.Organization.ID, d)
		problems, form := problemsOf(err)
		if !form {
			return nil, nil, err
		}
		if len(problems) > 0 {
			entry.problems = problems.ofLists()
			return nil, nil, nil
		}
		if rows = append(rows, rangeRow{d.Number, refused}); refused == "" {
			ready = append(ready, numbers[i])
		}
	}
	return rows, ready, nil
}

// tryDID returns the key of the text that says why a number cannot be added; ""
// when it can.
func (e *Editor) tryDID(ctx context.Context, organizationID string, d resource.DID) (string, error) {
	err := e.config.Resources.DIDs().Try(ctx, organizationID, d)
	var invalid *org.InvalidError
	var taken *org.DuplicateError
	var exceeded *limits.ExceededError
	switch {
	case errors.As(err, &taken):
		return "range.taken", nil
	case errors.As(err, &exceeded):
		return "range.limit", nil
	case errors.As(err, &invalid) && invalid.Fields[0].Field == "number":
		return "range.no_number", nil
	default:
		return "", err
	}
}

func (e *Editor) renderRange(q *request, s resource.Snapshot, entry rangeEntry, view rangePage) error {
	view.head = q.head(s.Organization, "dids")
	view.List = "/organizations/" + s.Organization.ID + "/dids"
	view.Path = view.List + "/range"
	view.Fields = append(fieldsOf(rangeInputs(), &entry.numberRange, &entry.numberRange, q.form, entry.problems),
		fieldsOf(sharedInputs(s), &entry.did, &entry.did, q.form, entry.problems)...)
	for i := range view.Fields {
		f := &view.Fields[i]
		f.Key = "dids." + f.Name
		if f.Problem == "" { // of a place: told under its kind or its number
			f.Problem = entry.problems[f.Name+".type"]
		}
		if f.Problem != "" {
			view.Problems = append(view.Problems, *f)
		}
	}
	status := http.StatusOK
	switch {
	case len(view.Problems) > 0:
		status = http.StatusUnprocessableEntity
	case view.Changed:
		status = http.StatusConflict
	}
	return q.show(status, "range", view)
}

// Numbers are those that can be added, as the form repeats them.
func (p rangePage) Numbers() string { return strings.Join(p.Ready, " ") }

// Refused is how many cannot be added.
func (p rangePage) Refused() int { return len(p.Rows) - len(p.Ready) }
