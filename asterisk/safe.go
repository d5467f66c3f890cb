package asterisk

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The functions of this file are the only way from a string of a snapshot into
// a configuration. Each leaves a string alone that keeps the rules of packages
// org and resource, and makes any other harmless. None of them can leave a
// character in that means something in a dialplan, because Asterisk has no way
// to quote one there that holds in every place.

// maxName keeps section names within the 79 characters that Asterisk compares,
// with room for what is put behind a prefix.
const maxName = 64

const (
	letters      = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	numbers      = "0123456789"
	nameAlphabet = letters + numbers + "_-"
)

// word keeps ASCII letters, digits, "_", "." and "+", and writes "_" for
// everything else: the part of an object's name that comes from outside.
func word(s string) string {
	return cut(strings.Map(func(r rune) rune {
		if isAlphanumeric(r) || r == '.' || r == '+' {
			return r
		}
		return '_'
	}, s), maxName/2)
}

// contextPrefix returns the name of an organisation in Asterisk. It is never
// the name of a section with a meaning of its own.
func contextPrefix(s string) string {
	prefix := strings.Map(func(r rune) rune {
		if isAlphanumeric(r) {
			return r
		}
		return '_'
	}, cut(s, maxName/3))
	switch strings.ToLower(prefix) {
	case "", "general", "globals", "default", "zonemessages", "orgpbx":
		return "_" + prefix
	}
	return prefix
}

// class keeps what may be in the name of something that the operator has
// defined, such as a music class.
func class(s string) string { return keep(s, nameAlphabet, 40) }

// dialled keeps digits, "*", "#" and "+".
func dialled(s string) string { return keep(s, numbers+"*#+", 40) }

// digits keeps digits.
func digits(s string) string { return keep(s, numbers, 40) }

// displayName keeps what may be in a person's name: letters of any script,
// digits, spaces and ._'&- Others become a space.
func displayName(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || strings.ContainsRune("._'&-", r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(s, " "))
	return strings.TrimSpace(cut(strings.Join(strings.Fields(s), " "), 80))
}

// host keeps what may be in a host name or an IP address.
func host(s string) string {
	return strings.Trim(keep(s, letters+numbers+".:-", 253), "-")
}

// sipUser keeps what may be in a SIP user part without escapes.
func sipUser(s string) string { return keep(s, nameAlphabet+".+@", 80) }

// plain keeps a text on its line: control characters and the line ends of
// Unicode become spaces, and there are none at the ends.
func plain(s string) string {
	clean := func(r rune) bool {
		return r == utf8.RuneError || unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	}
	if strings.ContainsFunc(s, clean) {
		s = strings.Map(func(r rune) rune {
			if clean(r) {
				return ' '
			}
			return r
		}, s)
	}
	return strings.TrimSpace(s)
}

func isAlphanumeric(r rune) bool { return strings.ContainsRune(letters+numbers, r) }

func keep(s, alphabet string, most int) string {
	return cut(strings.Map(func(r rune) rune {
		if strings.ContainsRune(alphabet, r) {
			return r
		}
		return -1
	}, s), most)
}

// cut shortens s to at most n bytes, at the end of a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
