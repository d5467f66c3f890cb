//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package confdir

import (
	"errors"
	"fmt"
	"os"
)

// tryLock refuses: without a lock two processes would spoil each other's work.
func tryLock(*os.File) error {
	return fmt.Errorf("lock a file on this system: %w", errors.ErrUnsupported)
}
