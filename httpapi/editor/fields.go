package editor

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
)

// field is an input as a page shows it.
type field struct {
	Name      string
	Key       string // of its texts
	Kind      inputKind
	Choices   []string
	Value     string
	Boundless bool   // the tick box is ticked: unlimited, or for ever
	Problem   string // what is wrong with the value; empty if nothing is
	Preset    string // the value of the industry's preset
	Changed   bool   // it is another one than the preset's, or the saved one
	Theirs    bool   // it is another one than somebody else has saved meanwhile
	Used      *usageRow
	Below     string            // what is said below the value
	names     map[string]string // what choices are called that have no text
}

// Called names one of the choices.
func (f field) Called(choice string) string {
	if name, known := f.names[choice]; known {
		return name
	}
	return label(choice)
}

// fieldProblems are the broken rules of a form, by field.
type fieldProblems map[string]string

// Chosen reports whether one of the choices is among several that are.
func (f field) Chosen(choice string) bool { return slices.Contains(strings.Fields(f.Value), choice) }

// problemsOf returns the broken rules that an error lists, and false when it is
// about something else.
func problemsOf(err error) (fieldProblems, bool) {
	var invalid *org.InvalidError
	var taken *org.DuplicateError
	switch {
	case err == nil:
		return fieldProblems{}, true
	case errors.As(err, &invalid):
		found := fieldProblems{}
		for _, f := range invalid.Fields {
			found[f.Field] = f.Message
		}
		return found, true
	case errors.As(err, &taken):
		return fieldProblems{taken.Field: "is taken: choose another one"}, true
	default:
		return nil, false
	}
}

// refusalOf is problemsOf for a form that a limit can refuse too: with what status its
// page comes again, and what is wrong with no field.
func refusalOf(err error) (status int, others []string, problems fieldProblems, form bool) {
	var exceeded *limits.ExceededError
	if errors.As(err, &exceeded) {
		return http.StatusConflict, []string{exceeded.Error()}, nil, true
	}
	problems, form = problemsOf(err)
	return http.StatusUnprocessableEntity, nil, problems, form
}

// labelled gives fields the keys of a page's texts.
func labelled(key string, fields []field) []field {
	for i := range fields {
		fields[i].Key = key + "." + fields[i].Name
	}
	return fields
}

// broken returns the fields that have a problem.
func broken(fields []field) []field {
	var found []field
	for _, f := range fields {
		if f.Problem != "" {
			found = append(found, f)
		}
	}
	return found
}

// ofLists names the field where a problem is about one line of it.
func (p fieldProblems) ofLists() fieldProblems {
	found := fieldProblems{}
	for name, problem := range p {
		list, _, _ := strings.Cut(name, "[")
		found[list] = problem
	}
	return found
}

// about returns the problems of the fields of inputs.
func about[T any](p fieldProblems, inputs []input[T]) fieldProblems {
	found := fieldProblems{}
	for _, i := range inputs {
		if problem, broken := p[i.name]; broken {
			found[i.name] = problem
		}
	}
	return found
}

// fieldsOf returns inputs as they are in a value. What is wrong is shown as it
// was entered, so that nobody types it again.
func fieldsOf[T any](inputs []input[T], value, preset *T, form url.Values, problems fieldProblems) []field {
	fields := make([]field, 0, len(inputs))
	for _, i := range inputs {
		f := field{
			Name: i.name, Key: i.name, Kind: i.kind, Choices: i.choices, names: i.names, Value: i.read(value), Preset: i.read(preset),
			Problem: problems[i.name],
		}
		if i.kind == limitInput || i.kind == daysInput {
			f.Boundless = f.Value == ""
		}
		f.Changed = f.Value != f.Preset
		if i.below != nil {
			f.Below = i.below(value)
		}
		if f.Problem != "" && form.Has(i.name) && i.kind != passwordInput && i.kind != severalInput {
			f.Value, f.Boundless = form.Get(i.name), form.Get(i.name+boundless) != ""
			if i.kind == membersInput {
				f.Value = givenMembers(form)
			}
		}
		fields = append(fields, f)
	}
	return fields
}
