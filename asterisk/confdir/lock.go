package confdir

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/orgpbx/orgpbx/resource"
)

const (
	lockFile = ".lock"
	// These bound the wait between two tries to get a lock that another
	// process holds, which the kernel cannot announce and cancel both.
	lockRetryFirst, lockRetryMost = 2 * time.Millisecond, 100 * time.Millisecond
)

// errLocked is what tryLock returns while another process has the lock.
var errLocked = errors.New("locked by another process")

// lock waits until nobody else changes the folder, in this process or another.
// The kernel gives the lock back when its holder dies.
func (p *PBX) lock(ctx context.Context, f folder) (unlock func(), err error) {
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, waited(ctx.Err())
	}
	file, err := lockFolder(ctx, f)
	if err != nil {
		<-p.turn
		return nil, fmt.Errorf("lock the folder: %w", err)
	}
	return func() {
		if err := file.Close(); err != nil {
			p.log.Warn("confdir: unlock the folder", "error", err)
		}
		<-p.turn
	}, nil
}

// waited tells a caller whose time ran out to come back later: whatever he
// waited for, it is an Asterisk that is slow to answer.
func waited(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", resource.ErrPBXUnavailable, err)
	}
	return err
}

func lockFolder(ctx context.Context, f folder) (*os.File, error) {
	file, err := f.OpenFile(lockFile, os.O_RDWR|os.O_CREATE, secretMode)
	if err != nil {
		return nil, err
	}
	for wait := lockRetryFirst; ; wait = min(2*wait, lockRetryMost) {
		err := tryLock(file)
		if err == nil {
			return file, nil
		}
		if !errors.Is(err, errLocked) {
			return nil, errors.Join(err, file.Close())
		}
		if err := pause(ctx, wait); err != nil {
			return nil, errors.Join(err, file.Close())
		}
	}
}

// pause waits, unless ctx ends before. Its error is that of waited.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return waited(ctx.Err())
	}
}
