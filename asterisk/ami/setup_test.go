package ami_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
)

// patience bounds every wait of these tests; none of them comes near it.
const patience = 30 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// configFor returns a configuration that retries fast.
func configFor(f *asterisktest.FakeAMI) ami.Config {
	return ami.Config{
		Addr:     f.Addr(),
		Username: asterisktest.FakeAMIUsername,
		Secret:   asterisktest.FakeAMISecret,
		RetryMin: time.Millisecond,
		RetryMax: 10 * time.Millisecond,
	}
}

// start returns a started connection that ends with the test.
func start(t testing.TB, cfg ami.Config) *ami.Conn {
	t.Helper()
	conn, err := ami.New(cfg)
	require.NoError(t, err)
	require.NoError(t, conn.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return conn
}

// connect returns a connection that is ready.
func connect(t testing.TB, cfg ami.Config) *ami.Conn {
	t.Helper()
	conn := start(t, cfg)
	require.NoError(t, conn.Ready(patient(t)))
	return conn
}

func patient(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// receive takes one value from a channel or fails the test.
func receive[T any](t testing.TB, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		require.FailNow(t, "nothing came")
		panic("unreachable")
	}
}

func field(key, value string) ami.Field { return ami.Field{Key: key, Value: value} }

// received is an action that a fake server got, with the session to answer on.
type received struct {
	session *asterisktest.FakeAMISession
	action  asterisktest.FakeAMIAction
}

// hold makes the server take an action and leave the answer to the test.
func hold(f *asterisktest.FakeAMI, action string) <-chan received {
	got := make(chan received, 1000)
	f.Handle(action, func(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) {
		got <- received{s, a}
	})
	return got
}

// echo makes the server answer an action with the fields it came with.
func echo(f *asterisktest.FakeAMI, action string) {
	f.Handle(action, func(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) {
		s.Reply(a, "Value: "+a.Get("Value"))
	})
}
