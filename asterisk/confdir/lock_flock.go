//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package confdir

import (
	"errors"
	"os"
	"syscall"
)

// tryLock takes the lock for as long as the file is open, or returns errLocked.
func tryLock(file *os.File) error {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errLocked
	}
	return err
}
