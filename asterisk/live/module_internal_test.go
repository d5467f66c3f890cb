package live

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// heldModule is a module whose reloads wait for the test.
type heldModule struct {
	*module
	begun chan string // the part that is loaded
	end   chan error
}

func newHeldModule() heldModule {
	h := heldModule{begun: make(chan string, 10), end: make(chan error)}
	h.module = newModule(func(_ context.Context, part string) error {
		h.begun <- part
		return <-h.end
	})
	return h
}

func nothingWritten() error { return nil }

// change writes and waits for the reload, as a deploy does.
func (h heldModule) change(ctx context.Context) <-chan error { return h.loaded(ctx, h.reload) }

// first is change for an organisation that was not there before.
func (h heldModule) first(ctx context.Context) <-chan error { return h.loaded(ctx, h.reloadTogether) }

func (h heldModule) loaded(ctx context.Context, reload func(context.Context, *round) error) <-chan error {
	result := make(chan error, 1)
	go func() {
		r, err := h.write(ctx, "", nothingWritten)
		if err == nil {
			err = reload(ctx, r)
		}
		result <- err
	}()
	return result
}

func TestFirstDeploysShareAReload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHeldModule()
		arrived, gaveUp := h.expect(t.Context()), h.expect(t.Context())
		first := h.first(t.Context())
		synctest.Wait()
		require.Empty(t, h.begun, "two others will write too")
		gaveUp()
		gaveUp()
		second := h.first(t.Context())
		synctest.Wait()
		require.Empty(t, h.begun, "one is still expected")
		arrived()
		<-h.begun
		h.end <- nil
		require.NoError(t, <-first)
		require.NoError(t, <-second)
		synctest.Wait()
		require.Empty(t, h.begun)
	})
}

func TestOnlyThePartIsLoadedThatAloneWasWritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHeldModule()
		for _, c := range []struct {
			written []string
			loaded  string
		}{
			{[]string{"alpha-600"}, "alpha-600"},
			{[]string{"alpha-600", "alpha-600"}, "alpha-600"},
			{[]string{"alpha-600", "beta-600"}, ""},
			{[]string{"alpha-600", ""}, ""},
		} {
			var r *round
			for _, part := range c.written {
				var err error
				r, err = h.write(t.Context(), part, nothingWritten)
				require.NoError(t, err)
			}
			go func() { h.end <- nil }()
			require.NoError(t, h.reload(t.Context(), r))
			require.Equal(t, c.loaded, <-h.begun, "%v", c.written)
		}
	})
}

func TestAChangeDoesNotWaitForFirstDeploys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHeldModule()
		defer h.expect(t.Context())()
		first := h.first(t.Context())
		synctest.Wait()
		change := h.change(t.Context())
		<-h.begun
		h.end <- nil
		require.NoError(t, <-change)
		require.NoError(t, <-first, "it had written before")
	})
}

func TestOneReloadServesAllWhoWroteBeforeItBegan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHeldModule()
		first := h.change(t.Context())
		<-h.begun
		var rest []<-chan error
		for range 50 {
			rest = append(rest, h.change(t.Context()))
		}
		synctest.Wait()
		require.Empty(t, h.begun, "one reload at a time")
		h.end <- nil
		require.NoError(t, <-first)
		<-h.begun
		h.end <- nil
		for _, result := range rest {
			require.NoError(t, <-result)
		}
		synctest.Wait()
		require.Empty(t, h.begun)
	})
}

func TestAReloadWaitsForWhoeverWritesAndServesHimToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHeldModule()
		writing, written := make(chan struct{}), make(chan *round, 1)
		go func() {
			r, err := h.write(t.Context(), "", func() error { <-writing; return nil })
			if err == nil {
				written <- r
			}
		}()
		synctest.Wait()
		asked := h.change(t.Context())
		synctest.Wait()
		late := h.change(t.Context())
		synctest.Wait()
		require.Empty(t, h.begun, "a file is being written")
		close(writing)
		r := <-written
		<-h.begun
		h.end <- nil
		require.NoError(t, <-asked)
		require.NoError(t, h.reload(t.Context(), r), "it was served by the reload that somebody else asked for")
		<-h.begun
		h.end <- nil
		require.NoError(t, <-late, "who came after a reload was asked for gets the next one")
		synctest.Wait()
		require.Empty(t, h.begun)
	})
}

func TestAReloadThatFailsFailsForAllAndIsTriedAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHeldModule()
		broken := errors.New("broken")
		first, err := h.write(t.Context(), "", nothingWritten)
		require.NoError(t, err)
		second, err := h.write(t.Context(), "", nothingWritten)
		require.NoError(t, err)
		require.Same(t, first, second)
		go func() { <-h.begun; h.end <- broken }()
		require.ErrorIs(t, h.reload(t.Context(), first), broken)
		require.ErrorIs(t, h.reload(t.Context(), second), broken)
		again := h.change(t.Context())
		<-h.begun
		h.end <- nil
		require.NoError(t, <-again)
	})
}

func TestWhoGivesUpStopsNobodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHeldModule()
		r, err := h.write(t.Context(), "", nothingWritten)
		require.NoError(t, err)
		ctx, leave := context.WithCancel(t.Context())
		first := make(chan error, 1)
		go func() { first <- h.reload(ctx, r) }()
		<-h.begun
		waiting := h.change(ctx)
		synctest.Wait()
		leave()
		require.ErrorIs(t, <-first, context.Canceled)
		require.ErrorIs(t, <-waiting, context.Canceled)
		second := make(chan error, 1)
		go func() { second <- h.reload(t.Context(), r) }()
		h.end <- nil
		require.NoError(t, <-second)
	})
}

func TestAWriteThatFailsLeavesTheModuleFree(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHeldModule()
		broken := errors.New("disk full")
		_, err := h.write(t.Context(), "", func() error { return broken })
		require.ErrorIs(t, err, broken)
		next := h.change(t.Context())
		<-h.begun
		h.end <- nil
		require.NoError(t, <-next)
	})
}
