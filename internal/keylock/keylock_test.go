package keylock

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOneHolderAtATime(t *testing.T) {
	t.Parallel()
	var (
		locks Set
		held  int // the lock is what guards it
		wg    sync.WaitGroup
	)
	for range 32 {
		wg.Go(func() {
			unlock, err := locks.Lock(t.Context(), "a")
			if err != nil {
				t.Error(err)
				return
			}
			defer unlock()
			held++
		})
	}
	wg.Wait()
	require.Equal(t, 32, held)
	require.Empty(t, locks.locks, "nothing is kept")
}

func TestKeysDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	var locks Set
	first, err := locks.Lock(t.Context(), "a")
	require.NoError(t, err)
	second, err := locks.Lock(t.Context(), "b")
	require.NoError(t, err)
	second()
	first()
	require.Empty(t, locks.locks)
}

func TestAWaiterGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	var locks Set
	unlock, err := locks.Lock(t.Context(), "a")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := locks.Lock(ctx, "a")
		failed <- err
	}()
	cancel()
	require.ErrorIs(t, <-failed, context.Canceled)
	unlock()
	require.Empty(t, locks.locks)
}
