package org

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"regexp"
	"strings"
	"sync"

	"github.com/go-playground/validator/v10"
)

// rules are the words that validate tags may use beside those of the validator
// package, with the pattern and the message of each. All of them keep control
// characters and the characters with a meaning in Asterisk's files out.
var rules = map[string]struct {
	pattern *regexp.Regexp
	message string
}{
	"orgname": {
		regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{M}\p{N} _-]{1,48}[\p{L}\p{M}\p{N}]$`),
		"must be 3 to 50 letters, digits, spaces, _ or -, with a letter or digit at both ends",
	},
	"label": {
		regexp.MustCompile(`^[\p{L}\p{N}]([\p{L}\p{M}\p{N} ._'&-]{0,48}[\p{L}\p{M}\p{N}.])?$`),
		"must be 1 to 50 letters, digits, spaces or ._'&-, with a letter or digit first and no space last",
	},
	"text": {
		regexp.MustCompile(`^[\p{L}\p{M}\p{N} .,:_'&()/+-]{0,200}$`),
		"must be at most 200 letters, digits, spaces or .,:_'&()/+-",
	},
	"phone": {
		regexp.MustCompile(`^\+[1-9]\d{6,14}$`),
		"must be a phone number in E.164 form: + and 7 to 15 digits",
	},
	"extension": {
		regexp.MustCompile(`^\d{2,6}$`),
		"must be 2 to 6 digits",
	},
	"digits": {
		regexp.MustCompile(`^[0-9*#+]{0,20}$`),
		"must be at most 20 digits, *, # or +",
	},
	"sipuser": {
		regexp.MustCompile(`^[A-Za-z0-9+][A-Za-z0-9._+@-]{0,79}$`),
		"must be 1 to 80 letters, digits or ._+@-",
	},
	"printable": {
		regexp.MustCompile(`^[\x21-\x7e]{0,128}$`),
		"must be at most 128 printable ASCII characters without spaces",
	},
	"pin": {
		regexp.MustCompile(`^\d{4,10}$`),
		"must be 4 to 10 digits",
	},
	"class": {
		regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`),
		"must be 1 to 40 letters, digits, _ or -",
	},
}

// IsPhone reports whether s is a phone number in E.164 form: "+" and 7 to 15
// digits.
func IsPhone(s string) bool { return rules["phone"].pattern.MatchString(s) }

var hostLabel = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)

// IsHost accepts an IP address without zone or a host name. A list of digits
// and dots that is no address is refused: a resolver might read it as one.
func IsHost(s string) bool {
	if addr, err := netip.ParseAddr(s); err == nil {
		return addr.Zone() == ""
	}
	labels := strings.Split(s, ".")
	for _, l := range labels {
		if !hostLabel.MatchString(l) {
			return false
		}
	}
	return len(s) <= 253 && strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

// validate is built once: a validator caches what it learns about each type.
var validate = sync.OnceValue(func() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return name
	})
	must := func(tag string, ok func(string) bool) {
		err := v.RegisterValidation(tag, func(fl validator.FieldLevel) bool { return ok(fl.Field().String()) })
		if err != nil {
			panic(err) // a rule of this file with an impossible name
		}
	}
	for tag, rule := range rules {
		must(tag, rule.pattern.MatchString)
	}
	must("host", IsHost)
	return v
})

// Validate checks the validate tags of a struct and returns an [*InvalidError]
// that names every field by its json tag. Beside the validator package's own
// rules it knows orgname, label, text, phone, extension, digits, sipuser,
// printable, pin, class and host. Package resource uses it, and an embedder may for
// types of his own.
func Validate(v any) error {
	err := validate().Struct(v)
	var broken validator.ValidationErrors
	if !errors.As(err, &broken) {
		return err
	}
	root := reflect.Indirect(reflect.ValueOf(v)).Type().Name() + "."
	invalid := &InvalidError{}
	for _, b := range broken {
		path := strings.TrimPrefix(b.Namespace(), root)
		invalid.Fields = append(invalid.Fields, FieldError{Field: path, Rule: ruleOf(b), Message: message(b)})
	}
	return invalid
}

// ruleOf names the rule. That a field is required only beside certain values
// of another one makes no difference to the caller.
func ruleOf(b validator.FieldError) string {
	if strings.HasPrefix(b.Tag(), "required") {
		return "required"
	}
	return b.Tag()
}

// message says what the rule asks for. It never shows the value.
func message(b validator.FieldError) string {
	if rule, ours := rules[b.Tag()]; ours {
		return rule.message
	}
	switch ruleOf(b) {
	case "required":
		return "is required"
	case "email":
		return "must be an e-mail address"
	case "host":
		return "must be a host name or an IP address"
	case "oneof":
		return "must be one of " + strings.ReplaceAll(b.Param(), " ", ", ")
	case "timezone":
		return "must be a time zone of the IANA database, such as Europe/Berlin"
	case "unique":
		return "must not have the same twice"
	case "min":
		return limitMessage(b, "at least")
	case "max":
		return limitMessage(b, "at most")
	default:
		return "is not valid"
	}
}

func limitMessage(b validator.FieldError, bound string) string {
	switch b.Kind() {
	case reflect.String:
		return fmt.Sprintf("must be %s %s characters", bound, b.Param())
	case reflect.Slice:
		return fmt.Sprintf("must have %s %s items", bound, b.Param())
	default:
	}
	return fmt.Sprintf("must be %s %s", bound, b.Param())
}
