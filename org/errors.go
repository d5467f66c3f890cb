package org

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The errors callers act on. They come back wrapped: compare with errors.Is.
var (
	// ErrNotFound: there is no such object in this organisation. An object of
	// another organisation gives the same error.
	ErrNotFound = errors.New("not found")
	// ErrUnauthenticated: the credential is wrong, unknown, expired or of a
	// deleted organisation. Which one is not said on purpose.
	ErrUnauthenticated = errors.New("unauthenticated")
	// ErrSuspended: the credential is right, and its organisation suspended.
	ErrSuspended = errors.New("organization suspended")
	// ErrVersionMismatch: the object changed since the caller read it.
	ErrVersionMismatch = errors.New("version mismatch")
	// ErrHeld: a legal hold of the organisation is in force, so it is not deleted.
	ErrHeld = errors.New("kept by a legal hold")
	// ErrUnavailable: the store cannot be reached, or has no room or time. Try
	// again later. A write that it came back from was most likely not made, but
	// where the connection broke while it was being committed nobody knows.
	ErrUnavailable = errors.New("store unavailable")
)

// DuplicateError says that a value must be unique and is taken.
type DuplicateError struct {
	Field string // the field's name in the API, such as "name"
}

// Error names the field, never the value.
func (e *DuplicateError) Error() string {
	return fmt.Sprintf("%s: already exists", e.Field)
}

// InvalidError lists every field that breaks a rule. Nothing was changed when
// it is returned.
type InvalidError struct {
	Fields []FieldError
}

// FieldError is one field and the rule it breaks. It never holds the value,
// which may be a secret.
type FieldError struct {
	Field   string // path in the API, such as "settings.max_users"
	Rule    string // stable code of the rule, such as "required"
	Message string // for people
}

// Error lists fields and messages, without values.
func (e *InvalidError) Error() string {
	parts := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		parts[i] = f.Field + " " + f.Message
	}
	return "invalid: " + strings.Join(parts, "; ")
}

// InvalidChoices returns an [*InvalidError] that names every value that is none of
// the known ones, with the message, or is there twice; nil when there is none. It
// stops after one more than there are known ones.
func InvalidChoices[T comparable](field string, values, known []T, message string) error {
	var wrong []error
	for i, v := range values {
		at := fmt.Sprintf("%s[%d]", field, i)
		switch {
		case !slices.Contains(known, v):
			wrong = append(wrong, Invalid(at, "oneof", message))
		case slices.Contains(values[:i], v):
			wrong = append(wrong, Invalid(at, "unique", "must be named once"))
		}
		if len(wrong) > len(known) {
			break
		}
	}
	return JoinInvalid(wrong...)
}

// JoinInvalid puts the fields of several [*InvalidError] into one, so that a
// caller hears of all that is wrong at once. Where two are about the same
// field, the first is kept. An error of another kind comes back instead of
// them, the first one; nil errors do not count.
func JoinInvalid(errs ...error) error {
	joined := &InvalidError{}
	for _, err := range errs {
		var invalid *InvalidError
		switch {
		case err == nil:
		case errors.As(err, &invalid):
			joined.add(invalid.Fields)
		default:
			return err
		}
	}
	if len(joined.Fields) == 0 {
		return nil
	}
	return joined
}

func (e *InvalidError) add(fields []FieldError) {
	for _, f := range fields {
		if !slices.ContainsFunc(e.Fields, func(known FieldError) bool { return known.Field == f.Field }) {
			e.Fields = append(e.Fields, f)
		}
	}
}

// Invalid returns an [*InvalidError] about one field.
func Invalid(field, rule, message string) error {
	return &InvalidError{Fields: []FieldError{{Field: field, Rule: rule, Message: message}}}
}
