package asterisk

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// safe is a piece of text that means nothing but itself in every place of a
// dialplan. The functions of this file are the only way from a string of a
// snapshot to one: each leaves a string alone that keeps the rules of packages
// org and resource, and makes any other harmless. None leaves a comma, a
// bracket, a quote, a "$" or a "\" in, because there is no way to quote them
// that holds in every argument of every application. What a constant of this
// package says is safe as it stands.
type safe string

const (
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	numbers = "0123456789"
)

// alphabet says of every ASCII character whether it is in it.
type alphabet [utf8.RuneSelf]bool

var (
	ofPrefixes = newAlphabet(letters + numbers)
	ofWords    = newAlphabet(letters + numbers + "_.+")
	ofNames    = newAlphabet(letters + numbers + "_-")
	ofSections = newAlphabet(letters + numbers + "_-.+")
	ofNumbers  = newAlphabet(numbers)
	ofDialling = newAlphabet(numbers + "*#+")
	ofHosts    = newAlphabet(letters + numbers + ".:-")
	ofSIPUsers = newAlphabet(letters + numbers + "_-.+@")
	ofHex      = newAlphabet("0123456789abcdef")
)

func newAlphabet(characters string) *alphabet {
	var a alphabet
	for _, c := range characters {
		a[c] = true
	}
	return &a
}

func (a *alphabet) has(r rune) bool { return r < utf8.RuneSelf && a[r] }

// hasAll reports whether s has no other characters.
func (a *alphabet) hasAll(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || !a[s[i]] {
			return false
		}
	}
	return true
}

const (
	// maxPrefix and maxWord together, with what is put between them, stay
	// within the 79 characters that Asterisk compares of a section's name.
	maxPrefix = 21
	maxWord   = 50
)

// contextPrefix returns the name of an organisation in Asterisk. It is never
// the name of a section with a meaning of its own.
func contextPrefix(s string) safe {
	prefix := underscored(cut(s, maxPrefix-1), ofPrefixes)
	switch strings.ToLower(prefix) {
	case "", "general", "globals", "default", "zonemessages", "orgpbx", "custom":
		return safe("_" + prefix)
	}
	return safe(prefix)
}

// word keeps letters, digits, "_", "." and "+", and writes "_" for anything
// else: the part of an object's name that comes from outside. It has no "-",
// so two words with one between them cannot be mistaken for two others.
func word(s string) safe { return safe(underscored(cut(s, maxWord), ofWords)) }

// tail returns the last twelve letters and digits of an id, which in a UUIDv7
// are 48 of its random bits.
func tail(id string) safe {
	id = strings.ToLower(keep(id, ofPrefixes))
	return safe(id[max(0, len(id)-12):])
}

// class keeps what may be in the name of something that the operator has
// defined, such as a music class.
func class(s string) safe { return safe(cut(keep(s, ofNames), 40)) }

// dialled keeps digits, "*", "#" and "+".
func dialled(s string) safe { return safe(cut(keep(s, ofDialling), 40)) }

// digits keeps digits.
func digits(s string) safe { return safe(cut(keep(s, ofNumbers), 40)) }

// number writes a count that is not negative.
func number(n int) safe { return safe(strconv.Itoa(max(n, 0))) }

// displayName keeps what may be in a person's name: letters of any script,
// digits, spaces and ._'&- Others become a space. Asterisk keeps 79 bytes.
func displayName(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || strings.ContainsRune("._'&-", r) {
			return r
		}
		return ' '
	}, s)
	return strings.TrimSpace(cut(strings.Join(strings.Fields(s), " "), 79))
}

// host keeps what may be in a host name or an IP address. An IPv6 address gets
// its brackets.
func host(s string) string {
	s = cut(keep(s, ofHosts), 253)
	if strings.Contains(s, ":") {
		return "[" + s + "]"
	}
	return s
}

// sipUser keeps what may be in a user name that a trunk registers with.
func sipUser(s string) string { return cut(keep(s, ofSIPUsers), 80) }

// text keeps a value that is compared as it is, such as a password.
func text(s string) string { return plain(cut(s, 255)) }

// plain keeps a text on its line: control characters and the line ends of
// Unicode become spaces, and there are none at the ends.
func plain(s string) string {
	if strings.ContainsFunc(s, breaksLine) {
		s = strings.Map(func(r rune) rune {
			if breaksLine(r) {
				return ' '
			}
			return r
		}, s)
	}
	return strings.TrimSpace(s)
}

func breaksLine(r rune) bool {
	if ' ' <= r && r <= '~' {
		return false
	}
	return r == utf8.RuneError || unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
}

// keep drops every character that is not in the alphabet.
func keep(s string, a *alphabet) string { return replace(s, a, -1) }

// underscored writes "_" for every character that is not in the alphabet.
func underscored(s string, a *alphabet) string { return replace(s, a, '_') }

func replace(s string, a *alphabet, by rune) string {
	if a.hasAll(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if a.has(r) {
			return r
		}
		return by
	}, s)
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
