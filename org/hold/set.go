package hold

import (
	"maps"
	"slices"
	"strings"
)

// alike is how many digits at their end two numbers have in common when they are
// the same number in two forms: with its country code, with a trunk prefix or
// one for an outside line, or as it is dialled in its area. Two different numbers
// may have them in common too. Then a hold keeps too much, which is the way it has
// to err.
const alike = 7

// Set is what the holds of an organisation keep together.
type Set struct {
	everything bool
	calls      map[string]bool
	numbers    map[string]bool // by their key
	endpoints  map[string]bool
}

// InForce returns what those of the holds keep that are not released.
func InForce(holds []Hold) Set {
	s := Set{calls: map[string]bool{}, numbers: map[string]bool{}, endpoints: map[string]bool{}}
	for _, h := range holds {
		switch {
		case !h.InForce():
		case h.Target == OfCall:
			s.calls[h.Value] = true
		case h.Target == OfNumber:
			s.numbers[key(h.Value)] = true
			if h.Endpoint != "" {
				s.endpoints[h.Endpoint] = true
			}
		default:
			s.everything = true
		}
	}
	return s
}

// Everything reports whether everything of the organisation is kept.
func (s Set) Everything() bool { return s.everything }

// Nothing reports whether no hold is in force.
func (s Set) Nothing() bool {
	return !s.everything && len(s.calls)+len(s.numbers)+len(s.endpoints) == 0
}

// Calls returns the calls that are held themselves, by id and in order.
func (s Set) Calls() []string { return slices.Sorted(maps.Keys(s.calls)) }

// Keeps reports whether a call is kept: it is held itself, or one of the numbers
// in it is, in whatever form, or one of the endpoints. Numbers with 7 digits or
// more are the same when their last 7 are, shorter ones when all are.
func (s Set) Keeps(callID string, numbers, endpoints []string) bool {
	return s.everything || s.calls[callID] ||
		slices.ContainsFunc(numbers, func(n string) bool { return s.numbers[key(n)] }) ||
		slices.ContainsFunc(endpoints, func(e string) bool { return s.endpoints[e] })
}

// key returns what two forms of a number have in common; "" where there is no
// number. What phones put between digits does not count.
func key(number string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, number)
	return digits[max(0, len(digits)-alike):]
}
