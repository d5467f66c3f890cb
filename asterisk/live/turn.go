package live

import (
	"context"
	"errors"
	"fmt"

	"github.com/orgpbx/orgpbx/resource"
)

// turn is a lock that gives up when a context ends.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

func (t turn) lock(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return waited(ctx.Err())
	}
}

func (t turn) unlock() { <-t }

// waited tells a caller whose time ran out to come back later: whatever he
// waited for, it is an Asterisk that is slow to answer.
func waited(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", resource.ErrPBXUnavailable, err)
	}
	return err
}
