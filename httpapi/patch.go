package httpapi

import (
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// field is a value of a request that may be left out, which changes nothing,
// and may not be null. The zero value is "left out". A nested object is a field
// as well: what it leaves out stays too, so objects merge.
type field[T any] struct {
	value T
	given bool
}

// decode reads the field.
func (f *field[T]) decode(d *decoder, path string, raw json.RawMessage) {
	if isNull(raw) {
		d.fail(path, "null", "must not be null")
		return
	}
	f.given = d.value(path, raw, &f.value)
}

// into sets dst to the value, if there is one.
func (f field[T]) into(dst *T) {
	if f.given {
		*dst = f.value
	}
}

// Schema returns the schema of the value.
func (field[T]) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[T](), true, "")
}

// nullable is a [field] that may also be null. Null is the zero value of T,
// unless T reads null itself: an empty string, a limit that is unlimited.
type nullable[T any] struct {
	value T
	given bool
	null  bool
}

// decode reads the field.
func (f *nullable[T]) decode(d *decoder, path string, raw json.RawMessage) {
	_, readsNull := any(&f.value).(json.Unmarshaler)
	if f.null = isNull(raw); f.null && !readsNull {
		f.given = true
		return
	}
	f.given = d.value(path, raw, &f.value)
}

// into sets dst to the value, if there is one.
func (f nullable[T]) into(dst *T) {
	if f.given {
		*dst = f.value
	}
}

// intoPtr sets dst to the value, or to nil for null, if there is one.
func (f nullable[T]) intoPtr(dst **T) {
	switch {
	case !f.given:
	case f.null:
		*dst = nil
	default:
		*dst = &f.value
	}
}

// Schema returns the schema of the value, or null.
func (nullable[T]) Schema(r huma.Registry) *huma.Schema {
	s := r.Schema(reflect.TypeFor[T](), true, "")
	if s.Ref != "" {
		return &huma.Schema{AnyOf: []*huma.Schema{s, {Type: "null"}}}
	}
	s.Nullable = true
	return s
}

func isNull(raw json.RawMessage) bool { return string(raw) == "null" }
