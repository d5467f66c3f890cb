package ami

import (
	"errors"
	"fmt"
)

// Errors a caller acts on. They arrive wrapped with the action's name and the
// cause; compare with [errors.Is].
var (
	// ErrNotConnected means that there is no logged-in connection. When it
	// comes without [ErrOutcomeUnknown] the action was never sent.
	ErrNotConnected = errors.New("ami: not connected")

	// ErrOutcomeUnknown accompanies the error of an action that was sent, or
	// partly sent, and whose response did not come: Asterisk may or may not
	// have carried it out. Look at the object before repeating an action that
	// must not run twice.
	ErrOutcomeUnknown = errors.New("the action may or may not have been carried out")

	// ErrClosed means that [Conn.Close] was called or that the context given
	// to [Conn.Start] has ended.
	ErrClosed = errors.New("ami: closed")

	// ErrStarted means that [Conn.Start] was called before.
	ErrStarted = errors.New("ami: already started")

	// ErrInjection means that a name, key or value holds a carriage return,
	// line feed or NUL, or a key a colon: sent as it stands it would change the
	// meaning of the packet. Nothing was written.
	ErrInjection = errors.New("ami: field would break out of its line")

	// ErrBadAction means that an action has no name, a field no key, or that a
	// field is called Action or ActionID, which this package sets itself.
	// Nothing was written.
	ErrBadAction = errors.New("ami: malformed action")

	// ErrTooLong means that an action exceeds [MaxLine] or [MaxFields].
	// Nothing was written.
	ErrTooLong = errors.New("ami: action is longer than Asterisk accepts")

	// ErrNotBooted is what [Conn.Ready] names as the reason when the login
	// succeeded and FullyBooted did not come yet.
	ErrNotBooted = errors.New("ami: no FullyBooted event yet: Asterisk is still starting, " +
		"or the manager user lacks read=system")

	// ErrNotList means that the answer to [Conn.List] announced no list.
	ErrNotList = errors.New("ami: the response announces no list")

	// ErrListCancelled means that Asterisk broke a list off; the items that
	// came before are returned with it.
	ErrListCancelled = errors.New("ami: list cancelled by Asterisk")
)

// ActionError is an action that Asterisk answered with "Response: Error".
type ActionError struct {
	Action  string // name of the action, such as "DBPut"
	Message string // what Asterisk said, such as "Permission denied"
}

// Error names the action and quotes Asterisk.
func (e *ActionError) Error() string {
	return fmt.Sprintf("ami: %s refused: %s", e.Action, e.Message)
}

// AuthError is a login that Asterisk refused because of the user name, the
// secret or the address it came from; Asterisk does not say which.
type AuthError struct {
	Username string
	Message  string // what Asterisk said
}

// Error names the user and what to look at; it never holds the secret.
func (e *AuthError) Error() string {
	return fmt.Sprintf("ami: login as %q refused: %s (check the user, secret and permit/deny rules in manager.conf)",
		e.Username, e.Message)
}
