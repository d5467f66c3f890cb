package editor

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/orgpbx/orgpbx/org"
)

// filterForm is the form above a list that leaves out what is not looked for.
type filterForm struct {
	Path     string // of the list
	Fields   []field
	Problems []field
	Filtered bool // something is left out on request
	query    url.Values
}

// readFilter fills v from the address, by inputs. With problems there is nothing
// to look for.
func readFilter[T any](q *request, path, key string, inputs []input[T], v *T) filterForm {
	asked := q.URL.Query()
	problems, _ := problemsOf(apply(v, inputs, asked))
	form := filterForm{Path: path, query: url.Values{}}
	form.fill(fieldsOf(inputs, v, v, asked, problems), key)
	for _, f := range form.Fields {
		if f.Value != "" {
			form.Filtered = true
			form.query.Set(f.Name, f.Value)
		}
	}
	return form
}

func (f *filterForm) fill(fields []field, key string) {
	f.Fields = append(f.Fields, labelled(key, fields)...)
	f.Problems = append(f.Problems, broken(fields)...)
}

// refuse shows what a service did not take.
func (f *filterForm) refuse(problems fieldProblems) {
	for i := range f.Fields {
		if problem := problems[f.Fields[i].Name]; problem != "" {
			f.Fields[i].Problem = problem
			f.Problems = append(f.Problems, f.Fields[i])
		}
	}
}

// status is that of the page with the form.
func (f *filterForm) status() int {
	if len(f.Problems) > 0 {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// next is the address of the page of the list that goes on after something.
func (q *request) next(f filterForm, after string) string {
	values := url.Values{"after": {after}}
	for name, value := range f.query {
		values[name] = value
	}
	return q.editor.config.Prefix + f.Path + "?" + values.Encode()
}

// word looks for what a store can compare.
func word[T any](name string, of func(*T) *string) input[T] {
	return input[T]{
		name: name, kind: searchInput, read: func(v *T) string { return *of(v) },
		write: func(v *T, given string) error {
			*of(v) = searchable(given)
			return nil
		},
	}
}

// oneOf looks for one of several, or for any.
func oneOf[T any, C ~string](name string, of func(*T) *C, all ...C) input[T] {
	choices := []string{""}
	for _, c := range all {
		choices = append(choices, string(c))
	}
	i := choice(name, choices, of)
	i.names = map[string]string{"": label("any")}
	write := i.write
	i.write = func(v *T, given string) error { return write(v, searchable(given)) }
	return i
}

// since looks for what was on a day of a time zone or later.
func since[T any](name string, zone *time.Location, of func(*T) *time.Time) input[T] {
	return input[T]{
		name: name, kind: dateInput,
		read: func(v *T) string { return dayOf(*of(v), zone) },
		write: func(v *T, given string) (err error) {
			*of(v), err = readDay(name, given, zone)
			return err
		},
	}
}

// until looks for what was on a day or earlier.
func until[T any](name string, zone *time.Location, of func(*T) *time.Time) input[T] {
	i := since(name, zone, of)
	begin := i.write
	i.write = func(v *T, given string) error {
		err := begin(v, given)
		if end := of(v); !end.IsZero() {
			*end = end.AddDate(0, 0, 1)
		}
		return err
	}
	i.read = func(v *T) string {
		if end := *of(v); !end.IsZero() {
			return dayOf(end.In(zone).AddDate(0, 0, -1), zone)
		}
		return ""
	}
	return i
}

func dayOf(at time.Time, zone *time.Location) string {
	if at.IsZero() {
		return ""
	}
	return at.In(zone).Format(time.DateOnly)
}

func readDay(name, given string, zone *time.Location) (time.Time, error) {
	if given = strings.TrimSpace(given); given == "" {
		return time.Time{}, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, given, zone)
	if err != nil {
		return time.Time{}, org.Invalid(name, "date", "must be a day such as 2026-01-05")
	}
	return day, nil
}
