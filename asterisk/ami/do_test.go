package ami_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
)

func TestConcurrentActionsAnsweredOutOfOrderGetTheirOwnResponse(t *testing.T) {
	t.Parallel()
	const actions = 500
	f := asterisktest.NewFakeAMI(t)
	waiting := hold(f, "Echo")
	conn := connect(t, configFor(f))

	var running sync.WaitGroup
	failures := make(chan error, actions)
	for n := range actions {
		running.Go(func() {
			want := fmt.Sprint(n)
			resp, err := conn.Do(patient(t), ami.Action{Name: "Echo", Fields: []ami.Field{field("Value", want)}})
			if err != nil || resp.Get("value") != want {
				failures <- fmt.Errorf("action %s: got %q, %w", want, resp.Get("Value"), err)
			}
		})
	}
	all := make([]received, actions)
	for i := range all {
		all[i] = receive(t, waiting)
	}
	rand.Shuffle(actions, func(i, j int) { all[i], all[j] = all[j], all[i] })
	ids := map[string]bool{}
	for _, r := range all {
		ids[r.action.ID] = true
		r.session.Reply(r.action, "Value: "+r.action.Get("Value"))
	}
	running.Wait()
	require.Empty(t, failures)
	require.Len(t, ids, actions, "every action has an ActionID of its own")
}

func TestALateResponseIsDroppedAndConfusesNobody(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t)
	waiting := hold(f, "Echo")
	conn := connect(t, configFor(f))
	ctx, giveUp := context.WithCancel(t.Context())

	failed := make(chan error, 1)
	go func() {
		_, err := conn.Do(ctx, ami.Action{Name: "Echo", Fields: []ami.Field{field("Value", "late")}})
		failed <- err
	}()
	late := receive(t, waiting)
	giveUp()
	err := receive(t, failed)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, ami.ErrOutcomeUnknown)
	require.NotErrorIs(t, err, ami.ErrNotConnected)

	late.session.Reply(late.action, "Value: late")
	echo(f, "Echo")
	resp, err := conn.Do(patient(t), ami.Action{Name: "Echo", Fields: []ami.Field{field("Value", "mine")}})
	require.NoError(t, err)
	require.Equal(t, "mine", resp.Get("Value"))
}

func TestAnActionWithoutDeadlineEndsAfterActionTimeout(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t)
	hold(f, "Echo")
	cfg := configFor(f)
	cfg.ActionTimeout = 20 * time.Millisecond
	_, err := connect(t, cfg).Do(t.Context(), ami.Action{Name: "Echo"})
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestAnActionWhoseContextHasEndedIsNotSent(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t)
	conn := connect(t, configFor(f))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := conn.Do(ctx, ami.Action{Name: "Never"})
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, ami.ErrOutcomeUnknown)
	require.Equal(t, []string{"Login", "Ping"}, namesAfterPing(t, f, conn))
}

func TestARefusedActionIsATypedErrorBesideItsResponse(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t)
	f.Handle("PJSIPShowAors", func(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) {
		s.Refuse(a, "No AORs found\n") // with the stray line feed Asterisk has there
	})
	resp, err := connect(t, configFor(f)).Do(patient(t), ami.Action{Name: "PJSIPShowAors"})
	var refused *ami.ActionError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, &ami.ActionError{Action: "PJSIPShowAors", Message: "No AORs found"}, refused)
	require.Equal(t, "Error", resp.Get("Response"))
}

func TestRepeatedKeysArriveInOrder(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t)
	waiting := hold(f, "Originate")
	conn := connect(t, configFor(f))
	go func() {
		r := <-waiting
		r.session.Reply(r.action)
	}()
	sent := []ami.Field{field("Variable", "a=1"), field("Variable", "b=c: 2"), field("Data", "")}
	_, err := conn.Do(patient(t), ami.Action{Name: "Originate", Fields: sent})
	require.NoError(t, err)

	actions := f.Actions()
	got := actions[len(actions)-1].Fields[2:] // behind Action and ActionID
	for i, want := range sent {
		require.Equal(t, want, ami.Field(got[i]))
	}
	require.Len(t, got, len(sent))
}

func TestWhatCannotBeSentSafelyIsRefusedBeforeAByteIsWritten(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t)
	conn := connect(t, configFor(f))
	with := func(fields ...ami.Field) ami.Action { return ami.Action{Name: "DBPut", Fields: fields} }
	tests := map[string]struct {
		action ami.Action
		want   error
	}{
		"line feed in a value":       {with(field("Val", "x\nAction: Logoff")), ami.ErrInjection},
		"carriage return in a value": {with(field("Val", "x\r")), ami.ErrInjection},
		"NUL in a value":             {with(field("Val", "x\x00y")), ami.ErrInjection},
		"empty line in a value":      {with(field("Val", "\r\n\r\nAction: Logoff")), ami.ErrInjection},
		"line feed in a key":         {with(field("Val\nAction", "x")), ami.ErrInjection},
		"colon in a key":             {with(field("Val: x", "y")), ami.ErrInjection},
		"line feed in the name":      {ami.Action{Name: "Ping\r\nAction"}, ami.ErrInjection},
		"no name":                    {ami.Action{}, ami.ErrBadAction},
		"no key":                     {with(field("", "x")), ami.ErrBadAction},
		"a second Action":            {with(field("action", "Logoff")), ami.ErrBadAction},
		"an ActionID":                {with(field("ActionID", "1")), ami.ErrBadAction},
		"too long a line":            {with(field("Val", strings.Repeat("x", ami.MaxLine-4))), ami.ErrTooLong},
		"too many fields":            {with(make([]ami.Field, ami.MaxFields+1)...), ami.ErrTooLong},
	}
	for name, test := range tests {
		_, err := conn.Do(t.Context(), test.action)
		require.ErrorIs(t, err, test.want, name)
		_, err = conn.List(t.Context(), test.action)
		require.ErrorIs(t, err, test.want, name)
	}
	_, err := conn.Command(t.Context(), "core show uptime\nAction: Logoff")
	require.ErrorIs(t, err, ami.ErrInjection)
	require.Equal(t, []string{"Login", "Ping"}, namesAfterPing(t, f, conn))
}

func TestAnErrorNeverQuotesAValue(t *testing.T) {
	t.Parallel()
	_, err := ami.New(ami.Config{Addr: "127.0.0.1:5038", Username: "u", Secret: "top\nsecret"})
	require.ErrorIs(t, err, ami.ErrInjection)
	require.NotContains(t, err.Error(), "top")
}

// namesAfterPing returns which actions the server got in all, a last Ping included.
func namesAfterPing(t *testing.T, f *asterisktest.FakeAMI, conn *ami.Conn) []string {
	t.Helper()
	_, err := conn.Do(patient(t), ami.Action{Name: "Ping"})
	require.NoError(t, err)
	var names []string
	for _, a := range f.Actions() {
		names = append(names, a.Name)
	}
	return names
}

func TestCommandReturnsItsOutputWithIndentation(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t)
	line := "  1001/sip:phone@192.0.2.7   Avail\r" // with a carriage return of its own
	lines := make([]string, 120_000)               // more than 4 MB
	for i := range lines {
		lines[i] = line
	}
	f.Handle("Command", func(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) {
		s.Reply(a, "Message: Command output follows", "Output: "+strings.Join(lines, "\r\nOutput: "))
	})
	output, err := connect(t, configFor(f)).Command(patient(t), "pjsip show contacts")
	require.NoError(t, err)
	require.Equal(t, strings.Join(lines, "\n"), output)
}

func TestAFailedCommandIsAnErrorThatQuotesTheOutput(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t)
	f.Handle("Command", func(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) {
		s.Send("Response: Error", "ActionID: "+a.ID, "Message: Command output follows", "Output: No such command 'x'")
	})
	output, err := connect(t, configFor(f)).Command(patient(t), "x")
	require.Equal(t, "No such command 'x'", output)
	var refused *ami.ActionError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "No such command 'x'", refused.Message)
}
