package resource

import "strings"

// maxPatternLength leaves room in the 80 characters Asterisk keeps of an
// extension.
const maxPatternLength = 40

// CheckPattern reports whether s is a dial pattern that Asterisk can parse and
// that is safe to route by: digits, "*", "#", "+", the classes X (0-9), Z
// (1-9), N (2-9) and sets such as [1-57], ended if wanted by one "." (one or
// more characters) or "!" (none or more). A leading "_" is allowed and means
// nothing. A pattern that is only "." or "!" is refused: it would also match
// the special extensions of the dialplan.
func CheckPattern(s string) bool {
	p := strings.TrimPrefix(s, "_")
	if p == "" || len(p) > maxPatternLength {
		return false
	}
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case isDialled(c), strings.IndexByte("XxZzNn", c) >= 0:
		case c == '.' || c == '!':
			return i > 0 && i == len(p)-1
		case c == '[':
			end := strings.IndexByte(p[i:], ']')
			if end < 0 || !isSet(p[i+1:i+end]) {
				return false
			}
			i += end
		default:
			return false
		}
	}
	return true
}

// isSet checks the inside of [ ]: single characters and rising digit ranges.
func isSet(s string) bool {
	if s == "" {
		return false
	}
	for i := 0; i < len(s); i++ {
		if !isDialled(s[i]) {
			return false
		}
		if i+2 < len(s) && s[i+1] == '-' {
			if !isDigit(s[i]) || !isDigit(s[i+2]) || s[i] > s[i+2] {
				return false
			}
			i += 2
		}
	}
	return true
}

func isDialled(c byte) bool { return isDigit(c) || c == '*' || c == '#' || c == '+' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// MatchPattern reports whether a dialled number is one of those that a pattern
// stands for, as Asterisk decides it. No number matches a pattern that
// [CheckPattern] refuses.
func MatchPattern(pattern, number string) bool {
	if !CheckPattern(pattern) {
		return false
	}
	for p := strings.TrimPrefix(pattern, "_"); p != ""; number = number[1:] {
		switch {
		case p == "!":
			return true
		case number == "":
			return false
		case p == ".":
			return true
		}
		var fits bool
		if fits, p = matchFirst(p, number[0]); !fits {
			return false
		}
	}
	return number == ""
}

// matchFirst compares a character with the first element of a pattern, and
// returns what comes behind that.
func matchFirst(p string, c byte) (fits bool, rest string) {
	switch p[0] {
	case 'X', 'x':
		return isDigit(c), p[1:]
	case 'Z', 'z':
		return isDigit(c) && c >= '1', p[1:]
	case 'N', 'n':
		return isDigit(c) && c >= '2', p[1:]
	case '[':
		end := strings.IndexByte(p, ']')
		return inSet(p[1:end], c), p[end+1:]
	default:
		return p[0] == c, p[1:]
	}
}

// inSet looks a character up in the inside of [ ].
func inSet(s string, c byte) bool {
	for i := 0; i < len(s); i++ {
		if i+2 < len(s) && s[i+1] == '-' {
			if s[i] <= c && c <= s[i+2] {
				return true
			}
			i += 2
			continue
		}
		if s[i] == c {
			return true
		}
	}
	return false
}

// IsNumber reports whether a pattern stands for one number only.
func IsNumber(pattern string) bool {
	number := strings.TrimPrefix(pattern, "_")
	return CheckPattern(pattern) && !strings.ContainsAny(number, "XxZzNn.![")
}
