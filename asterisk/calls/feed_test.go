package calls

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// patience bounds every wait for something that comes at once.
const patience = time.Minute

// exchange tells of calls as Asterisk does: each as an event, to who is connected, and
// as a line of the file.
type exchange struct {
	*asterisktest.FakeAMI
	conn          *ami.Conn
	contextPrefix string
	path          string
	done          chan struct{} // closed when the feed has heard the event Done
}

// newExchange returns one that a feed, which runs until the test ends, hears of and
// reads. config.File is its file if there is one.
func newExchange(t testing.TB, contextPrefix string, config Config) *exchange {
	t.Helper()
	feed := NewFeed(config)
	x := &exchange{FakeAMI: asterisktest.NewFakeAMI(t), contextPrefix: contextPrefix, path: config.File, done: make(chan struct{})}
	conn, err := ami.New(ami.Config{
		Addr: x.Addr(), Username: asterisktest.FakeAMIUsername, Secret: asterisktest.FakeAMISecret,
		RetryMax: time.Second, // a connection that lasted longer is no bad one: the next attempt is soon
		OnReady:  feed.Ready, Events: feed.Events(),
		OnEvent: func(e ami.Event) {
			feed.Event(e)
			if e.Name() == "Done" {
				close(x.done)
			}
		},
	})
	require.NoError(t, err)
	x.conn = conn
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- feed.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		require.ErrorIs(t, <-done, context.Canceled)
		require.NoError(t, conn.Close())
	})
	require.NoError(t, conn.Start(ctx))
	require.NoError(t, conn.Ready(t.Context()))
	return x
}

// calls tells of call n, which the organisation had at a second.
func (x *exchange) calls(t testing.TB, n int, second int64) {
	t.Helper()
	told := written(n, x.contextPrefix, second)
	event := []string{"Event: Cdr", "Privilege: cdr,all"}
	for _, f := range fields {
		event = append(event, eventName(f)+": "+told[f])
	}
	x.Broadcast(event...)
	if x.path == "" {
		return
	}
	out, err := os.OpenFile(x.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	_, err = out.WriteString(lineOf(told))
	require.NoError(t, errors.Join(err, out.Close()))
}

// stalled is a recorder that waits before it records anything.
type stalled struct {
	release chan struct{}
	mu      sync.Mutex
	heard   map[int64]int // how often, by sequence
}

// Record implements [Recorder].
func (s *stalled) Record(_ context.Context, records []cdr.Record) error {
	<-s.release
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range records {
		s.heard[r.Sequence]++
	}
	return nil
}

func (s *stalled) missing(n int) (missing []int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(numbers(0, n), func(sequence int64) bool { return s.heard[sequence] > 0 })
}

// A recorder that is slower than the calls costs no memory where there is a file, and no
// call either way.
func TestNoCallIsLostToARecorderThatIsBehind(t *testing.T) {
	t.Parallel()
	const calls = 4 * batch
	for name, test := range map[string]struct {
		file, written bool // the feed reads one, Asterisk writes it
		waits         bool // in the memory of the connection
	}{
		"a file":                   {file: true, written: true},
		"no file":                  {waits: true},
		"a file that is not there": {file: true, waits: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			slow := &stalled{release: make(chan struct{}), heard: map[int64]int{}}
			config := Config{Recorder: slow, Positions: memstore.New(), Interval: 50 * time.Millisecond}
			if test.file {
				config.File = filepath.Join(t.TempDir(), FileName)
			}
			x := newExchange(t, "aaaa1111", config)
			if !test.written {
				x.path = ""
			}
			for n := range calls {
				x.calls(t, n, 1795521600)
			}
			x.Broadcast("Event: Done")
			if test.waits {
				// A batch is with the recorder, and one in the feed.
				require.Eventually(t, func() bool { return x.conn.Backlog() >= calls-2*batch }, patience, time.Millisecond)
			} else {
				<-x.done
			}
			close(slow.release)
			require.Eventually(t, func() bool { return len(slow.missing(calls)) == 0 }, patience, time.Millisecond)
		})
	}
}

// What came as an event is not saved once more when the file is read, and what did not
// is.
func TestTheFileAddsWhatTheEventsHadNot(t *testing.T) {
	t.Parallel()
	told := &stalled{release: make(chan struct{}), heard: map[int64]int{}}
	close(told.release)
	x := newExchange(t, "aaaa1111", Config{Recorder: told, Positions: memstore.New(), File: filepath.Join(t.TempDir(), FileName)})
	for n := range 3 {
		x.calls(t, n, 1795521600)
		require.Eventually(t, func() bool { return len(told.missing(n+1)) == 0 }, patience, time.Millisecond)
	}
	x.SetDown(true)
	x.Cut()
	x.calls(t, 3, 1795521600)
	x.SetDown(false)
	require.Eventually(t, func() bool { return len(told.missing(4)) == 0 }, patience, time.Millisecond)
	told.mu.Lock()
	defer told.mu.Unlock()
	require.Equal(t, []int{1, 1, 1}, []int{told.heard[0], told.heard[1], told.heard[3]}, "2 may be read the moment it is saved")
}

func TestSavedEventsAreForgotten(t *testing.T) {
	t.Parallel()
	var saved savedEvents
	record := func(sequence int64) []cdr.Record {
		return []cdr.Record{{ContextPrefix: "aaaa1111", UniqueID: "1795521600.1", Sequence: sequence}}
	}
	saved.add(record(1))
	require.Empty(t, saved.others(record(1)))
	require.Equal(t, record(1), saved.others(record(1)), "it was read")
	for n := range int64(maxSavedEvents + 1) {
		saved.add(record(n))
	}
	require.Len(t, saved.keys, 1)
	require.Equal(t, record(1), saved.others(record(1)), "there were too many")
}
