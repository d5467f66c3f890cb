package editor

import (
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
)

// inputKind is how a field is entered.
type inputKind string

const (
	lineInput   inputKind = "text"
	emailInput  inputKind = "email"
	phoneInput  inputKind = "tel"
	limitInput  inputKind = "limit"  // a number, or unlimited
	daysInput   inputKind = "days"   // a number, or for ever
	switchInput inputKind = "switch" // on or off
	choiceInput inputKind = "choice"
	wholeInput  inputKind = "number" // it has to be given

	passwordInput inputKind = "password" // never sent back
	searchInput   inputKind = "search"
	dateInput     inputKind = "date"
	urlInput      inputKind = "url"
	severalInput  inputKind = "several" // any of the choices; its value has spaces between them
	membersInput  inputKind = "members" // of a queue, in an order that can be changed
	stateFact     inputKind = "state"   // how something is now; never entered
)

// boundless ends the name of the tick box that takes a number's place.
const boundless = ".boundless"

// input is one field of a T in forms. Its name is its path in the API, so that
// errors of the services find it.
type input[T any] struct {
	name    string
	kind    inputKind
	choices []string
	names   map[string]string // of choices that are called by what somebody entered
	read    func(*T) string   // "" is a number without bound, or off
	write   func(*T, string) error
	below   func(*T) string // what is said below the value; nil for nothing
}

// identityInputs say who it is.
func (e *Editor) identityInputs() []input[org.Profile] {
	var industries []string
	for _, p := range e.config.Organizations.Presets() {
		industries = append(industries, string(p.Industry))
	}
	return []input[org.Profile]{
		line("name", lineInput, func(p *org.Profile) *string { return &p.Name }),
		choice("industry", industries, func(p *org.Profile) *org.Industry { return &p.Industry }),
		line("contact_info.email", emailInput, func(p *org.Profile) *string { return &p.Contact.Email }),
		line("contact_info.phone", phoneInput, func(p *org.Profile) *string { return &p.Contact.Phone }),
	}
}

// limitInputs are the seven limits.
func limitInputs() []input[org.Profile] {
	return []input[org.Profile]{
		limit("settings.max_users", func(p *org.Profile) *limits.Limit { return &p.Settings.MaxUsers }),
		limit("settings.max_dids", func(p *org.Profile) *limits.Limit { return &p.Settings.MaxDIDs }),
		limit("settings.max_trunks", func(p *org.Profile) *limits.Limit { return &p.Settings.MaxTrunks }),
		limit("settings.max_queues", func(p *org.Profile) *limits.Limit { return &p.Settings.MaxQueues }),
		limit("limits.concurrent_calls", func(p *org.Profile) *limits.Limit { return &p.Limits.ConcurrentCalls }),
		limit("limits.monthly_minutes", func(p *org.Profile) *limits.Limit { return &p.Limits.MonthlyMinutes }),
		limit("limits.storage_gb", func(p *org.Profile) *limits.Limit { return &p.Limits.StorageGB }),
	}
}

// complianceInputs say how calls are recorded, kept and shown.
func complianceInputs() []input[org.Profile] {
	modes := []string{string(org.Announcement), string(org.ExternalConsent), string(org.OptOut), string(org.ExplicitOptIn)}
	return []input[org.Profile]{
		choice("compliance.recording_consent", modes, func(p *org.Profile) *org.Consent { return &p.Compliance.RecordingConsent }),
		days("compliance.retention_cdr_days", func(p *org.Profile) **int { return &p.Compliance.RetentionCDRDays }),
		days("compliance.retention_recording_days", func(p *org.Profile) **int { return &p.Compliance.RetentionRecordingDays }),
		toggle("compliance.pii_masking", func(p *org.Profile) *bool { return &p.Compliance.PIIMasking }),
	}
}

func line[T any](name string, kind inputKind, of func(*T) *string) input[T] {
	return input[T]{
		name: name, kind: kind, read: func(v *T) string { return *of(v) },
		write: func(v *T, given string) error {
			*of(v) = strings.TrimSpace(given)
			return nil
		},
	}
}

func choice[T any, C ~string](name string, choices []string, of func(*T) *C) input[T] {
	return input[T]{
		name: name, kind: choiceInput, choices: choices, read: func(v *T) string { return string(*of(v)) },
		write: func(v *T, given string) error {
			*of(v) = C(given)
			return nil
		},
	}
}

// several are any of the choices; about says what each of them is.
func several[T any, C ~string](name string, choices []C, about map[string]string, of func(*T) *[]C) input[T] {
	all := make([]string, len(choices))
	for i, c := range choices {
		all[i] = string(c)
	}
	return input[T]{
		name: name, kind: severalInput, choices: all, names: about,
		read: func(v *T) string {
			var chosen []string
			for _, c := range *of(v) {
				chosen = append(chosen, string(c))
			}
			return strings.Join(chosen, " ")
		},
		write: func(v *T, given string) error {
			*of(v) = nil
			for _, c := range strings.Fields(given) {
				*of(v) = append(*of(v), C(c))
			}
			return nil
		},
	}
}

func toggle[T any](name string, of func(*T) *bool) input[T] {
	return input[T]{
		name: name, kind: switchInput,
		read: func(v *T) string {
			if *of(v) {
				return "on"
			}
			return ""
		},
		write: func(v *T, given string) error {
			*of(v) = given != ""
			return nil
		},
	}
}

func limit[T any](name string, of func(*T) *limits.Limit) input[T] {
	return input[T]{
		name: name, kind: limitInput,
		read: func(v *T) string { return number(of(v).Ptr()) },
		write: func(v *T, given string) error {
			n, err := readNumber(given)
			if err == nil {
				*of(v), err = limits.New(n)
			}
			if err != nil {
				return org.Invalid(name, "range", "must be a whole number from 0 to 2147483647, or unlimited")
			}
			return nil
		},
	}
}

func whole[T any](name string, of func(*T) *int) input[T] {
	return input[T]{
		name: name, kind: wholeInput,
		read: func(v *T) string { return strconv.Itoa(*of(v)) },
		write: func(v *T, given string) error {
			n, err := strconv.Atoi(strings.TrimSpace(given))
			if err != nil {
				return org.Invalid(name, "range", "must be a whole number")
			}
			*of(v) = n
			return nil
		},
	}
}

func days[T any](name string, of func(*T) **int) input[T] {
	return input[T]{
		name: name, kind: daysInput,
		read: func(v *T) string { return number(*of(v)) },
		write: func(v *T, given string) error {
			n, err := readNumber(given)
			if err != nil {
				return org.Invalid(name, "range", "must be a whole number of days from 1 to 36500, or for ever")
			}
			*of(v) = n
			return nil
		},
	}
}

func number(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

func readNumber(given string) (*int, error) {
	if given == "" {
		return nil, nil //nolint:nilnil // no number is one of the values
	}
	n, err := strconv.Atoi(given)
	return &n, err
}

// given returns what a form says of the field. A number that is left empty is
// no number: having no bound has to be said.
func (i input[T]) given(form url.Values) (string, error) {
	if i.kind == severalInput {
		return strings.Join(form[i.name], " "), nil
	}
	if i.kind == membersInput {
		return givenMembers(form), nil
	}
	text := strings.TrimSpace(form.Get(i.name))
	if i.kind != limitInput && i.kind != daysInput {
		return form.Get(i.name), nil
	}
	if form.Get(i.name+boundless) != "" {
		return "", nil
	}
	if text == "" {
		return "", errNoNumber
	}
	return text, nil
}

var errNoNumber = errors.New("a number is missing")

// apply writes what a form says into a value. It returns an
// [*org.InvalidError] about every field that cannot be read.
func apply[T any](v *T, inputs []input[T], form url.Values) error {
	errs := make([]error, 0, len(inputs))
	for _, i := range inputs {
		given, err := i.given(form)
		if err != nil {
			err = org.Invalid(i.name, "required", "is required: enter a number, or tick the box beside it")
		} else {
			err = i.write(v, given)
		}
		errs = append(errs, err)
	}
	return org.JoinInvalid(errs...)
}
