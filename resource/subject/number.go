package subject

import (
	"encoding/json"
	"strings"
	"unicode"

	"github.com/google/uuid"
)

// whole is how many digits a number has at least that can be written in several
// forms. Shorter ones, such as extensions, are written in one.
const whole = 7

// countryCode is how many digits a country's code has at most.
const countryCode = 3

// number is one that is looked for.
type number struct {
	digits  string
	country bool // it begins with the code of a country
}

func newNumber(written string) number {
	return number{digits(written), strings.HasPrefix(written, "+")}
}

// in reports whether a text is the number, or has it beside other words, in any
// form: with the country's code, with a trunk prefix or one for an outside line, or
// as it is dialled in its area. Unlike a hold, which may keep too much, it must not
// take two numbers for one that end alike and are both whole: what is erased is gone.
func (n number) in(text string) bool {
	for part := range strings.FieldsFuncSeq(text, separates) {
		if n.is(part) {
			return true
		}
	}
	return false
}

// separates reports whether a character cannot be in a number.
func separates(r rune) bool { return !unicode.IsDigit(r) && !strings.ContainsRune("+ ().-/", r) }

func (n number) is(written string) bool {
	w := digits(written)
	if w == "" || len(n.digits) < whole || len(w) < whole {
		return w != "" && w == n.digits
	}
	if n.isForm(strings.TrimLeft(w, "0")) {
		return true
	}
	// A digit for an outside line, and what is dialled behind it.
	outside := (w[0] == '8' || w[0] == '9') && !strings.HasPrefix(strings.TrimSpace(written), "+")
	return outside && n.isForm(strings.TrimLeft(w[1:], "0"))
}

// isForm reports whether the shorter of the two is the end of the other, and the
// rest something that may be missing there.
func (n number) isForm(w string) bool {
	own := strings.TrimLeft(n.digits, "0")
	if len(own) < whole || len(w) < whole {
		return w == own
	}
	if strings.HasSuffix(own, w) {
		return true
	}
	rest, longer := strings.CutSuffix(w, own)
	if n.country {
		return longer && (rest == "11" || rest == "10") // of 011 and 810: out of the country
	}
	return longer && len(rest) <= countryCode
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// inJSON reports whether any text in a value has the number. Ids are none.
func (n number) inJSON(text []byte) bool {
	var v any
	return json.Unmarshal(text, &v) == nil && n.inValue(v)
}

func (n number) inValue(v any) bool {
	switch v := v.(type) {
	case string:
		return uuid.Validate(v) != nil && n.in(v)
	case []any:
		for _, one := range v {
			if n.inValue(one) {
				return true
			}
		}
	case map[string]any:
		for _, one := range v {
			if n.inValue(one) {
				return true
			}
		}
	}
	return false
}
