package cdr

import (
	"strings"

	"github.com/orgpbx/orgpbx/org"
)

// TailLength is how many characters at the end of a number a store has an index
// of. Few numbers have them in common, and a shorter number is its own tail.
const TailLength = 7

// NumberTail returns what the index of a store knows a number by.
func NumberTail(number string) string {
	characters := []rune(number)
	return string(characters[max(0, len(characters)-TailLength):])
}

// SearchText is what [Filter.Query] is looked for in, as [SearchKey] makes it.
func (c Call) SearchText() string {
	return SearchKey(c.Caller + "\n" + c.Called + "\n" + c.CallerName)
}

// SearchKey is a text as it is compared: without regard to case.
func SearchKey(s string) string { return org.NameKey(s) }

func (c Call) matches(query string) bool {
	return query == "" || strings.Contains(c.SearchText(), SearchKey(query))
}

func (c Call) endsOn(number string) bool {
	return strings.HasSuffix(c.Caller, number) || strings.HasSuffix(c.Called, number)
}

// findByNumber makes of a query that is the end of a number, and long enough, what an
// index finds.
func (f *Filter) findByNumber() {
	if number, is := numberEnd(f.Query); is {
		f.Ending, f.Query = number, ""
	}
}

// numberEnd returns a query that is a number, or its end, without what people write
// between digits.
func numberEnd(query string) (number string, is bool) {
	number = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", ".", "", "/", "").Replace(query)
	digits := strings.TrimPrefix(number, "+")
	notDigit := func(r rune) bool { return r < '0' || r > '9' }
	return number, len(digits) >= TailLength && !strings.ContainsFunc(digits, notDigit)
}
