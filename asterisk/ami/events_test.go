package ami_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
)

// The handler stops at the first event of each burst until the whole burst has
// been sent and an action answered behind it: far longer than goami2's channel
// of 12 messages and 10 ms would stand.
func TestAStalledHandlerLosesNoEventAndHoldsUpNoResponse(t *testing.T) {
	t.Parallel()
	const bursts, size = 6, 20_000
	f := asterisktest.NewFakeAMI(t)
	echo(f, "Echo")
	stalled, release := make(chan int), make(chan struct{})
	finished := make(chan []string, 1)
	var seen []string
	cfg := configFor(f)
	cfg.OnEvent = func(e ami.Event) {
		if e.Name() != "Burst" {
			return
		}
		seen = append(seen, e.Get("Number"))
		if len(seen)%size == 1 {
			stalled <- len(seen)
			<-release
		}
		if len(seen) == bursts*size {
			finished <- seen
		}
	}
	conn := connect(t, cfg)

	for burst := range bursts {
		f.Broadcast("Event: Burst", fmt.Sprintf("Number: %d", burst*size))
		receive(t, stalled)
		var packets strings.Builder
		for n := burst*size + 1; n < (burst+1)*size; n++ {
			fmt.Fprintf(&packets, "Event: Burst\r\nNumber: %d\r\n\r\n", n)
		}
		f.Broadcast(strings.TrimSuffix(packets.String(), "\r\n\r\n"))
		resp, err := conn.Do(patient(t), ami.Action{Name: "Echo", Fields: []ami.Field{field("Value", "behind")}})
		require.NoError(t, err)
		require.Equal(t, "behind", resp.Get("Value"))
		require.Equal(t, size, conn.Backlog())
		release <- struct{}{}
	}
	for n, number := range receive(t, finished) {
		require.Equal(t, fmt.Sprint(n), number)
	}
}

func TestAHandlerMayPerformActions(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t)
	echo(f, "Echo")
	answers := make(chan string, 1)
	var conn *ami.Conn
	ready := make(chan struct{})
	cfg := configFor(f)
	cfg.OnEvent = func(e ami.Event) {
		if e.Name() != "Ask" {
			return
		}
		<-ready
		resp, err := conn.Do(patient(t), ami.Action{Name: "Echo", Fields: []ami.Field{field("Value", "asked")}})
		if err != nil {
			answers <- err.Error()
			return
		}
		answers <- resp.Get("Value")
	}
	conn = connect(t, cfg)
	close(ready)
	f.Broadcast("Event: Ask")
	require.Equal(t, "asked", receive(t, answers))
}

func TestEventsOfAllConnectionsComeInOrder(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t)
	events := make(chan ami.Event, 10)
	cfg := configFor(f)
	cfg.OnEvent = func(e ami.Event) { events <- e }
	conn := connect(t, cfg)

	f.Broadcast("Event: First")
	f.Cut()
	require.Equal(t, "FullyBooted", receive(t, events).Name())
	require.Equal(t, "First", receive(t, events).Name())
	require.Equal(t, "FullyBooted", receive(t, events).Name(), "each connection begins with it")
	require.NoError(t, conn.Ready(patient(t)))
	f.Broadcast("Event: Second")
	require.Equal(t, "Second", receive(t, events).Name())
}

func TestTheLogTellsThatAHandlerDoesNotKeepUp(t *testing.T) {
	t.Parallel()
	const size = 20_001
	f := asterisktest.NewFakeAMI(t)
	stalled, release := make(chan struct{}), make(chan struct{})
	var once bool
	var log bytes.Buffer // read once Close has ended all that writes to it
	cfg := configFor(f)
	cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	cfg.OnEvent = func(ami.Event) {
		if !once {
			once = true
			close(stalled)
			<-release
		}
	}
	conn := connect(t, cfg)
	receive(t, stalled)
	f.Broadcast(strings.TrimSuffix(strings.Repeat("Event: Burst\r\n\r\n", size), "\r\n\r\n"))
	_, err := conn.Do(patient(t), ami.Action{Name: "Ping"})
	require.NoError(t, err)
	close(release)
	require.NoError(t, conn.Close())
	require.Contains(t, log.String(), "waiting_events=10000")
	require.Contains(t, log.String(), "waiting_events=20000")
	require.Equal(t, 2, strings.Count(log.String(), "does not keep up"))
	require.NotContains(t, log.String(), asterisktest.FakeAMISecret)
}

func TestWithoutAHandlerOnlySystemEventsAreAskedFor(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t)
	conn := connect(t, configFor(f))
	f.Broadcast("Event: Reload")
	_, err := conn.Do(patient(t), ami.Action{Name: "Ping"})
	require.NoError(t, err)
	require.Zero(t, conn.Backlog())
	require.Equal(t, "system", f.Actions()[0].Get("Events"))
}

func TestAHandlerMayAskForSomeClassesOfEvents(t *testing.T) {
	t.Parallel()
	for classes, asked := range map[string]string{"": "on", "system,cdr": "system,cdr"} {
		f := asterisktest.NewFakeAMI(t)
		cfg := configFor(f)
		cfg.OnEvent, cfg.Events = func(ami.Event) {}, classes
		connect(t, cfg)
		require.Equal(t, asked, f.Actions()[0].Get("Events"))
	}
}
