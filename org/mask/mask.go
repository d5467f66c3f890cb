package mask

import "strings"

const (
	// hidden stands for whatever is left out, however long that is.
	hidden = "•••••"
	// leastHidden is how many digits of a number are hidden at least, so that a
	// million numbers look the same.
	leastHidden = 6
	mostFirst   = 3 // of its digits stay at the beginning
	last        = 2 // of its digits stay at the end
)

// Number returns a number as others may see it: of 8 digits or more, with or
// without a + before them, up to three stay at the beginning and two at the end, such
// as +141•••••00. Nothing stays of a shorter one, and of what is no number. Of a
// caller who is anonymous there is nothing to hide.
func Number(number string) string {
	if number == "" || strings.EqualFold(number, "anonymous") {
		return number
	}
	digits := strings.TrimPrefix(number, "+")
	if !allDigits(digits) || len(digits) < leastHidden+last {
		return hidden
	}
	first := min(mostFirst, len(digits)-leastHidden-last)
	return number[:len(number)-len(digits)+first] + hidden + digits[len(digits)-last:]
}

// Text returns what others may see of a name, and of any text that may hold one or
// a number: that there is one.
func Text(text string) string {
	if text == "" {
		return ""
	}
	return hidden
}

// alike is how many digits at their end two numbers have in common when they are the
// same in two forms.
const alike = 7

// Repeats reports whether a text holds a number of 7 digits or more, in whatever form
// and whatever is between its digits.
func Repeats(text, number string) bool {
	digits := digitsOf(number)
	return len(digits) >= alike && strings.Contains(digitsOf(text), digits[len(digits)-alike:])
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

func allDigits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}
