package resource

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/orgpbx/orgpbx/org"
)

// MaxRange is how many numbers a range may have.
const MaxRange = 100

// NumberRange returns the phone numbers from first to last, both of the form
// +914440001000 and of the same length. It returns an [*org.InvalidError] about
// "first" or "last", or when there would be more than [MaxRange].
func NumberRange(first, last string) ([]string, error) {
	begin, beginErr := digitsOf("first", first)
	end, endErr := digitsOf("last", last)
	if err := org.JoinInvalid(beginErr, endErr); err != nil {
		return nil, err
	}
	switch {
	case len(first) != len(last):
		return nil, org.Invalid("last", "length", "must be as long as the first number")
	case end < begin:
		return nil, org.Invalid("last", "order", "must not be lower than the first number")
	case end-begin >= MaxRange:
		return nil, org.Invalid("last", "max", fmt.Sprintf("must leave a range of at most %d numbers", MaxRange))
	}
	numbers := make([]string, 0, end-begin+1)
	for n := begin; n <= end; n++ {
		numbers = append(numbers, "+"+strconv.FormatUint(n, 10))
	}
	return numbers, nil
}

// digitsOf reads a phone number. Those of E.164 begin with a digit other than 0,
// so none of it is lost.
func digitsOf(field, number string) (uint64, error) {
	digits, plus := strings.CutPrefix(number, "+")
	n, err := strconv.ParseUint(digits, 10, 64)
	if !plus || err != nil || len(digits) > 15 || strconv.FormatUint(n, 10) != digits {
		return 0, org.Invalid(field, "phone", "must be a phone number in E.164 form, such as +919944421125")
	}
	return n, nil
}
