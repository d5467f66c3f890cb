package limits

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// Max is the largest finite limit. Asterisk compares limits as 32-bit numbers.
const Max = 1<<31 - 1

// ErrOutOfRange is returned when a limit is negative or above [Max].
var ErrOutOfRange = errors.New("limit must be a whole number from 0 to 2147483647, or null for unlimited")

// Limit is the most of something an organisation may have. The zero value is
// a limit of 0, which allows nothing.
type Limit struct {
	max       int
	unlimited bool
}

// AtMost returns a limit of n. A negative n, or one above [Max], is brought
// to the nearest allowed value; use [New] where the number comes from outside.
func AtMost(n int) Limit {
	return Limit{max: min(max(n, 0), Max)}
}

// Unlimited returns the limit that allows everything.
func Unlimited() Limit {
	return Limit{unlimited: true}
}

// New returns a limit of *n, or unlimited when n is nil. It returns
// [ErrOutOfRange] when the number cannot be a limit.
func New(n *int) (Limit, error) {
	if n == nil {
		return Unlimited(), nil
	}
	if *n < 0 || *n > Max {
		return Limit{}, ErrOutOfRange
	}
	return Limit{max: *n}, nil
}

// IsUnlimited reports whether the limit allows everything.
func (l Limit) IsUnlimited() bool { return l.unlimited }

// Value returns the number of the limit, and false when it is unlimited.
func (l Limit) Value() (n int, limited bool) {
	return l.max, !l.unlimited
}

// Ptr returns the limit as a pointer, nil for unlimited: the form JSON and
// SQL use.
func (l Limit) Ptr() *int {
	if l.unlimited {
		return nil
	}
	n := l.max
	return &n
}

// Allows reports whether one more may be added where used are there already.
// It is false where used is at or above the limit, as it is after a limit was
// lowered below today's use.
func (l Limit) Allows(used int) bool {
	return l.unlimited || used < l.max
}

// String returns the number, or "unlimited".
func (l Limit) String() string {
	if l.unlimited {
		return "unlimited"
	}
	return strconv.Itoa(l.max)
}

// MarshalJSON writes the number, or null for unlimited.
func (l Limit) MarshalJSON() ([]byte, error) {
	return json.Marshal(l.Ptr())
}

// UnmarshalJSON reads a number or null. It returns an error that wraps
// [ErrOutOfRange] when the value cannot be a limit.
func (l *Limit) UnmarshalJSON(data []byte) error {
	var n *int
	if err := json.Unmarshal(data, &n); err != nil {
		return fmt.Errorf("%w", ErrOutOfRange)
	}
	v, err := New(n)
	if err != nil {
		return err
	}
	*l = v
	return nil
}

// MarshalBinary writes what [Limit.UnmarshalBinary] reads.
func (l Limit) MarshalBinary() ([]byte, error) { return l.MarshalJSON() }

// UnmarshalBinary reads what [Limit.MarshalBinary] wrote. It returns an error
// that wraps [ErrOutOfRange] when the value cannot be a limit.
func (l *Limit) UnmarshalBinary(data []byte) error { return l.UnmarshalJSON(data) }
