package member

import (
	"errors"
	"fmt"
	"time"
)

// The errors callers act on beside those of package org. They come back
// wrapped: compare with errors.Is.
var (
	// ErrForbidden: the actor's role may not do this to this member, or it is
	// his own role.
	ErrForbidden = errors.New("not with this role")
	// ErrLastOwner: the organisation would be left without an active owner.
	ErrLastOwner = errors.New("the last owner has to stay")
	// ErrLinkOver: the link is unknown, used, replaced or past its time.
	ErrLinkOver = errors.New("the link is over")
	// ErrCodeRequired: the password is right, and a code of the second factor
	// has to come with it.
	ErrCodeRequired = errors.New("a code of the second factor is required")
	// ErrTOTPState: there is a confirmed second factor already, or none that
	// could be confirmed.
	ErrTOTPState = errors.New("the second factor is not in this state")
	// ErrTOTPUnavailable: the service has no sealer to keep seeds with.
	ErrTOTPUnavailable = errors.New("second factors are not set up")
)

// BlockedError says that too many wrong codes were given with the right
// password.
type BlockedError struct {
	RetryAfter time.Duration // rounded up to whole seconds
}

// Error says how long to wait.
func (e *BlockedError) Error() string {
	return fmt.Sprintf("too many wrong codes: try again in %s", e.RetryAfter)
}
