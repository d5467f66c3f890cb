package httpapi

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// echo is what a change repeats of an answer without being able to change it.
// Who reads an object, edits one field and sends the whole back sends its id
// and the like as well: that is no mistake as long as they are the same.
type echo map[string]json.RawMessage

// unheeded are the fields of an echo that are not compared: the first two move
// by themselves, and a client may write a time in another way than it came.
var unheeded = []string{"config", "updated_at", "created_at"}

// check returns the 422 about fields that are not as in shown, the object as
// it is answered.
func (e echo) check(shown any) error {
	if len(e) == 0 {
		return nil
	}
	asJSON, err := json.Marshal(shown)
	if err != nil {
		return err
	}
	var have map[string]json.RawMessage
	if err := json.Unmarshal(asJSON, &have); err != nil {
		return err
	}
	d := &decoder{}
	for _, name := range slices.Sorted(maps.Keys(e)) {
		if !slices.Contains(unheeded, name) && !same(e[name], have[name]) {
			d.fail(name, "read_only", "cannot be changed")
		}
	}
	return d.err()
}

// same compares two texts, or two truth values: nothing else is repeated.
func same(a, b json.RawMessage) bool { return sameAs[string](a, b) || sameAs[bool](a, b) }

func sameAs[T comparable](a, b json.RawMessage) bool {
	var x, y *T
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && x != nil && y != nil && *x == *y
}

// echoed returns the fields of an answer that are not in the request, by their
// name in JSON.
func echoed(req, resp reflect.Type) map[string]reflect.StructField {
	fields := fieldsOf(resp)
	for name := range fieldsOf(req) {
		delete(fields, name)
	}
	return fields
}

// fieldsOf returns the fields of a struct by their name in JSON, those of
// embedded structs too.
func fieldsOf(t reflect.Type) map[string]reflect.StructField {
	fields := map[string]reflect.StructField{}
	for _, f := range reflect.VisibleFields(t) {
		if !f.Anonymous {
			fields[jsonName(f)] = f
		}
	}
	return fields
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}
