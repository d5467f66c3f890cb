package httpapi

import (
	"cmp"
	"encoding/json"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
)

// decode reads a body that [call.readBody] accepted into a struct whose fields
// are of the types [field] and [nullable]. Names must be exactly those of the
// json tags; one that is not known breaks the rule "unknown", in nested objects
// too, save the names in repeatable, which come back as the [echo]. All broken
// fields are reported together. An empty body is an empty object.
//
// What a value may be is the domain's business; only its JSON type is checked
// here.
func decode(body []byte, req any, repeatable []string) (echo, error) {
	d := &decoder{repeatable: repeatable, echo: echo{}}
	if len(body) > 0 {
		d.object("", body, reflect.ValueOf(req).Elem())
	}
	return d.echo, d.err()
}

// decoder collects what is wrong with the fields or parameters of a request.
type decoder struct {
	broken     []org.FieldError
	repeatable []string
	echo       echo
}

// readable is a field of a request, or a value that reads itself.
type readable interface {
	decode(d *decoder, path string, raw json.RawMessage)
}

// err returns the 422 for what was collected, or nil.
func (d *decoder) err() error {
	if len(d.broken) == 0 {
		return nil
	}
	return invalid(d.broken)
}

// require notes a field that has to be given and is not.
func (d *decoder) require(name string, given bool) {
	if !given {
		d.fail(name, "required", "is required")
	}
}

func (d *decoder) fail(path, rule, message string) {
	d.broken = append(d.broken, org.FieldError{Field: path, Rule: rule, Message: message})
}

func (d *decoder) object(path string, raw json.RawMessage, target reflect.Value) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil || members == nil {
		d.fail(cmp.Or(path, "body"), "type", "must be an object")
		return
	}
	if path == "" {
		d.takeEcho(members)
	}
	for _, f := range reflect.VisibleFields(target.Type()) {
		if f.Anonymous {
			continue // what is in it comes by itself
		}
		name := jsonName(f)
		value, given := members[name]
		delete(members, name)
		if !given {
			continue
		}
		m, is := target.FieldByIndex(f.Index).Addr().Interface().(readable)
		if !is {
			panic("httpapi: " + name + " of a request is neither a field nor nullable")
		}
		m.decode(d, join(path, name), value)
	}
	d.unknown(path, slices.Collect(maps.Keys(members)), "is not a field of this request")
}

// takeEcho moves what may be repeated from members to the echo.
func (d *decoder) takeEcho(members map[string]json.RawMessage) {
	for _, name := range d.repeatable {
		if value, given := members[name]; given {
			d.echo[name] = value
			delete(members, name)
		}
	}
}

// unknown reports names that mean nothing here, in an order of their own.
func (d *decoder) unknown(path string, names []string, message string) {
	for i, name := range names {
		names[i] = join(path, shown(name))
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		d.fail(name, "unknown", message)
	}
}

// value reads one value and reports whether it has the type of target.
func (d *decoder) value(path string, raw json.RawMessage, target any) bool {
	if m, is := target.(readable); is {
		m.decode(d, path, raw)
		return true
	}
	v := reflect.ValueOf(target).Elem()
	_, readsItself := target.(json.Unmarshaler)
	if v.Kind() == reflect.Struct && !readsItself {
		d.object(path, raw, v)
		return true
	}
	if json.Unmarshal(raw, target) != nil {
		rule, message := expectation(target)
		d.fail(path, rule, message)
		return false
	}
	// Some databases cannot hold NUL, not even to look for it.
	if v.Kind() == reflect.String && strings.ContainsRune(v.String(), 0) {
		d.fail(path, "characters", "must not contain a NUL character")
		return false
	}
	return true
}

// expectation says what a value of the target's type looks like.
func expectation(target any) (rule, message string) {
	if _, ok := target.(*limits.Limit); ok {
		return "limit", "must be a whole number from 0 to 2147483647, or null for unlimited"
	}
	switch reflect.TypeOf(target).Elem().Kind() {
	case reflect.String:
		return "type", "must be a string"
	case reflect.Bool:
		return "type", "must be true or false"
	case reflect.Slice:
		return "type", "must be a list of strings"
	default:
		return "type", "must be a whole number"
	}
}

var fieldName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// shown returns a name that was sent if it looks like the name of a field, so
// that a typo can be pointed at. Anything else could be anything.
func shown(name string) string {
	if fieldName.MatchString(name) {
		return name
	}
	return "(another name)"
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
