package ami_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
)

type listResult struct {
	items []ami.Event
	err   error
}

func listInBackground(ctx context.Context, conn *ami.Conn, action string) <-chan listResult {
	result := make(chan listResult, 1)
	go func() {
		items, err := conn.List(ctx, ami.Action{Name: action})
		result <- listResult{items, err}
	}()
	return result
}

func TestInterleavedListsKeepTheirOwnItemsAndLetEventsPass(t *testing.T) {
	t.Parallel()
	const items = 50
	f := asterisktest.NewFakeAMI(t)
	queues, peers := hold(f, "QueueSummary"), hold(f, "PJSIPShowEndpoints")
	events := make(chan ami.Event, 2*items+2)
	cfg := configFor(f)
	cfg.OnEvent = func(e ami.Event) { events <- e }
	conn := connect(t, cfg)

	queueList := listInBackground(patient(t), conn, "QueueSummary")
	peerList := listInBackground(patient(t), conn, "PJSIPShowEndpoints")
	q, p := receive(t, queues), receive(t, peers)
	s := q.session
	s.Reply(q.action, "EventList: start", "Message: Queue summary will follow")
	s.Reply(p.action, "EventList: start")
	for n := range items {
		s.Send("Event: QueueSummary", "ActionID: "+q.action.ID, fmt.Sprintf("Queue: q%d", n))
		s.Send("Event: Newchannel", fmt.Sprintf("Uniqueid: %d", n))
		s.Send("Event: EndpointList", "ActionID: "+p.action.ID, fmt.Sprintf("ObjectName: e%d", n))
		// The late result of an Originate has an ActionID and is no list item.
		s.Send("Event: OriginateResponse", "ActionID: other", "Response: Failure")
	}
	s.Send("Event: EndpointListComplete", "ActionID: "+p.action.ID, "EventList: Complete", "ListItems: 50")
	s.Send("Event: QueueSummaryComplete", "ActionID: "+q.action.ID, "EventList: Complete", "ListItems: 50")

	gotQueues, gotPeers := receive(t, queueList), receive(t, peerList)
	require.NoError(t, gotQueues.err)
	require.NoError(t, gotPeers.err)
	require.Len(t, gotQueues.items, items)
	require.Len(t, gotPeers.items, items)
	require.Equal(t, "FullyBooted", receive(t, events).Name())
	for n := range items {
		require.Equal(t, fmt.Sprintf("q%d", n), gotQueues.items[n].Get("Queue"))
		require.Equal(t, fmt.Sprintf("e%d", n), gotPeers.items[n].Get("ObjectName"))
		require.Equal(t, fmt.Sprint(n), receive(t, events).Get("Uniqueid"))
		require.Equal(t, "OriginateResponse", receive(t, events).Name())
	}
	require.Empty(t, events)
}

func TestHowAListEnds(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer func(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction)
		items  int
		want   error
	}{
		"empty": {
			answer: func(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) {
				s.Reply(a, "EventList: start")
				s.Send("Event: ListComplete", "ActionID: "+a.ID, "EventList: Complete", "ListItems: 0")
			},
		},
		"empty in the words of res_pjsip": {
			answer: func(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) {
				s.Refuse(a, "No endpoints found\n")
			},
		},
		"complete in the response itself": {
			answer: func(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) {
				s.Reply(a, "EventList: Complete")
			},
		},
		"cancelled after an item": {
			answer: func(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) {
				s.Reply(a, "EventList: start")
				s.Send("Event: Item", "ActionID: "+a.ID)
				s.Send("Event: ListComplete", "ActionID: "+a.ID, "EventList: cancelled")
			},
			items: 1,
			want:  ami.ErrListCancelled,
		},
		"cancelled at once": {
			answer: func(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) {
				s.Reply(a, "EventList: cancelled")
			},
			want: ami.ErrListCancelled,
		},
		"cut off after an item": {
			answer: func(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) {
				s.Reply(a, "EventList: start")
				s.Send("Event: Item", "ActionID: "+a.ID)
				s.Cut()
			},
			items: 1,
			want:  ami.ErrNotConnected,
		},
		"no list at all": {
			answer: func(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) { s.Reply(a) },
			want:   ami.ErrNotList,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := asterisktest.NewFakeAMI(t)
			f.Handle("List", test.answer)
			items, err := connect(t, configFor(f)).List(patient(t), ami.Action{Name: "List"})
			require.ErrorIs(t, err, test.want)
			require.Len(t, items, test.items)
		})
	}
}

func TestARefusedListIsAnActionError(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t)
	_, err := connect(t, configFor(f)).List(patient(t), ami.Action{Name: "Nonsense"})
	var refused *ami.ActionError
	require.ErrorAs(t, err, &refused)
	require.Contains(t, refused.Message, "Invalid/unknown command")
}

func TestTheItemsOfAnAbandonedListDoNotPassForEvents(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t)
	waiting := hold(f, "QueueSummary")
	events := make(chan ami.Event, 10)
	cfg := configFor(f)
	cfg.OnEvent = func(e ami.Event) { events <- e }
	conn := connect(t, cfg)
	ctx, giveUp := context.WithCancel(t.Context())

	result := listInBackground(ctx, conn, "QueueSummary")
	late := receive(t, waiting)
	giveUp()
	require.ErrorIs(t, receive(t, result).err, ami.ErrOutcomeUnknown)
	late.session.Reply(late.action, "EventList: start")
	late.session.Send("Event: QueueSummary", "ActionID: "+late.action.ID)
	late.session.Send("Event: QueueSummaryComplete", "ActionID: "+late.action.ID, "EventList: Complete")
	late.session.Send("Event: Newchannel")

	require.Equal(t, "FullyBooted", receive(t, events).Name())
	require.Equal(t, "Newchannel", receive(t, events).Name())
}
