package caller

import (
	"crypto/sha256"
	"crypto/subtle"

	"github.com/orgpbx/orgpbx/org"
)

// Administrator checks the platform administrator's name and password. The zero
// value is nobody.
type Administrator struct {
	enabled            bool
	username, password [32]byte
}

// NewAdministrator returns the administrator of a name and a password. With an
// empty password there is none.
func NewAdministrator(username string, password org.Secret) Administrator {
	return Administrator{
		enabled:  password != "",
		username: sha256.Sum256([]byte(username)),
		password: password.Hash(),
	}
}

// Enabled reports whether there is an administrator.
func (a Administrator) Enabled() bool { return a.enabled }

// Is reports whether these are his name and password. It compares hashes, so
// neither content nor length shows in the time it takes, and it looks at the
// password whether the name is right or not.
func (a Administrator) Is(username string, password org.Secret) bool {
	givenName, givenPassword := sha256.Sum256([]byte(username)), password.Hash()
	same := subtle.ConstantTimeCompare(givenName[:], a.username[:]) &
		subtle.ConstantTimeCompare(givenPassword[:], a.password[:])
	return a.enabled && same == 1
}
