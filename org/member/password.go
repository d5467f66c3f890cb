package member

import (
	_ "embed" // the list of common passwords
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/orgpbx/orgpbx/org"
)

// Passwords have 8 to 256 characters of any kind: NIST SP 800-63B asks for
// length and against lists, not for mixtures of kinds.
const (
	minPassword = 8
	maxPassword = 256
)

// commonPasswords are passwords that are tried first by whoever guesses, in
// lower case, one a line. Most are the "Passwords" list of zxcvbn (MIT
// licence), those of 8 characters and more.
//
//go:embed common_passwords.txt
var commonPasswords string

var isCommon = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for line := range strings.Lines(commonPasswords) {
		set[strings.TrimSpace(line)] = true
	}
	return set
})

// normalized returns a password as it is counted and hashed: however a keyboard
// composes a letter, it is the same one.
func normalized(password org.Secret) string { return norm.NFKC.String(password.Reveal()) }

// checkPassword returns an [*org.InvalidError] about the field when the
// password is too short, too long or easy to guess for this member.
func checkPassword(field string, password org.Secret, m Member) error {
	text := normalized(password)
	switch n := utf8.RuneCountInString(text); {
	case n < minPassword:
		return org.Invalid(field, "min", "must have at least 8 characters")
	case n > maxPassword:
		return org.Invalid(field, "max", "must have at most 256 characters")
	}
	folded := org.NameKey(text)
	local, _, _ := strings.Cut(EmailKey(m.Email), "@")
	guessable := isCommon()[folded] || folded == EmailKey(m.Email) || folded == local || folded == org.NameKey(m.Name) ||
		strings.Count(folded, folded[:1]) == len(folded)
	if guessable {
		return org.Invalid(field, "common", "is one of the passwords that are guessed first")
	}
	return nil
}
