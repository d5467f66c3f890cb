package asterisk_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/resource"
)

// destination is a kind of place, and how to tell that a caller got there.
type destination struct {
	resource.Destination
	application string // what the call ended in
	reached     func(t *testing.T, p *placesPBX, caller *asterisktest.Call)
}

// destinations is one of every kind. The first phone is 1001 and the second
// takes the calls of 2001.
func destinations(first, second *asterisktest.Phone) []destination {
	meets := func(at receiver) func(*testing.T, *placesPBX, *asterisktest.Call) {
		return func(t *testing.T, _ *placesPBX, caller *asterisktest.Call) {
			call := incoming(t, at)
			require.Equal(t, "+15557000000", call.From())
			requireBoth(t, caller, call)
		}
	}
	hears := func(t *testing.T, _ *placesPBX, caller *asterisktest.Call) {
		require.NoError(t, caller.HeardAudio(patient(t), caller.Heard()+time.Second))
	}
	to := func(kind resource.DestinationType, number string) resource.Destination {
		return resource.Destination{Type: kind, Number: number}
	}
	return []destination{
		{to(resource.ToExtension, "1001"), "Dial", meets(first)},
		{to(resource.ToQueue, "2001"), "Queue", meets(second)},
		{to(resource.ToIVR, "3002"), "ControlPlayback", hears},
		{to(resource.ToVoicemail, "1001"), "VoiceMail", hears},
		{to(resource.ToConference, "4002"), "ConfBridge", hears},
		{to(resource.ToExternal, "+15550108888"), "Dial", func(t *testing.T, p *placesPBX, caller *asterisktest.Call) {
			call := incoming(t, p.carrier)
			require.Equal(t, "+15550108888", call.To())
			requireBoth(t, caller, call)
		}},
		{to(resource.ToAIAgent, "5001"), "AudioSocket", func(t *testing.T, p *placesPBX, caller *asterisktest.Call) {
			call, err := p.agent.WaitCall(patient(t))
			require.NoError(t, err)
			require.NoError(t, caller.HearsVoice(patient(t)))
			require.NoError(t, call.Hears(patient(t), caller))
		}},
	}
}

// ways adds three ways to each destination: a DID, a queue that nobody serves,
// and a key of a menu.
func ways(prefix string, s *resource.Snapshot) {
	numbers := map[string]int{"aaaa1111": 1, "bbbb2222": 2}
	s.Queues[0].Members = s.Queues[0].Members[1:]
	s.IVRs[1].Options = map[string]resource.Destination{"1": {Type: resource.ToExtension, Number: "1001"}}
	menu := s.IVRs[1].Clone()
	menu.ID, menu.Number, menu.Name = "0198f2a6-0000-7000-8000-0000000000e9", "3009", "Everywhere"
	s.DIDs = nil
	route := func(line int, to resource.Destination) {
		number := fmt.Sprintf("+1555010%d0%02d", numbers[prefix], line)
		s.DIDs = append(s.DIDs, did(fmt.Sprint(line), number, peerTrunk, to.Type, to.Number))
	}
	for i, d := range destinations(nil, nil) {
		overflow := resource.Queue{
			Meta: resource.Meta{ID: fmt.Sprintf("0198f2a3-0000-7000-8000-0000000000%d", 10+i)}, Name: fmt.Sprint("Overflow ", i),
			Number: fmt.Sprint(2010 + i), Timeout: 1, Retry: 1, MaxWait: 1, MusicOnHold: "no-such-class", Overflow: &d.Destination,
		}
		s.Queues = append(s.Queues, overflow)
		menu.Options[fmt.Sprint(i)] = d.Destination
		route(i, d.Destination)
		route(20+i, resource.Destination{Type: resource.ToQueue, Number: overflow.Number})
	}
	s.IVRs = append(s.IVRs, menu)
	route(40, resource.Destination{Type: resource.ToIVR, Number: menu.Number})
	s.OutboundRoutes = slices.DeleteFunc(s.OutboundRoutes, func(r resource.OutboundRoute) bool { return r.TrunkID != peerTrunk })
}

func TestEveryKindOfPlaceIsReached(t *testing.T) {
	t.Parallel()
	p := startPlaces(t, "127.0.0.68", ways)
	first, second := p.phone(t, "bbbb2222", 1), p.phone(t, "bbbb2222", 2)
	p.phone(t, "aaaa1111", 1).OnIncoming(asterisktest.Ring)
	p.phone(t, "aaaa1111", 2).OnIncoming(asterisktest.Ring)
	const menu = "+15550102040"
	for i, d := range destinations(first, second) {
		t.Log(d.Type)
		for _, number := range []string{fmt.Sprintf("+1555010200%d", i), fmt.Sprintf("+1555010202%d", i), menu} {
			caller := p.callFrom(t, "+15557000000", number)
			require.True(t, caller.Answered(), number)
			if number == menu {
				require.NoError(t, caller.SendDTMF(patient(t), fmt.Sprint(i)))
			}
			d.reached(t, p, caller)
			require.NoError(t, caller.Hangup(patient(t)))
		}
		applications := map[string]int{}
		for _, record := range p.recordsTo(t, menu, i+1)[i:] {
			require.Equal(t, "bbbb2222", record["accountcode"])
			applications[record["lastapp"]]++
		}
		for _, number := range []string{fmt.Sprintf("+1555010200%d", i), fmt.Sprintf("+1555010202%d", i)} {
			applications[p.recordsTo(t, number, 1)[0]["lastapp"]]++
		}
		require.Equal(t, map[string]int{d.application: 3}, applications)
	}
}

// recordsTo are the records of the calls to a DID, when there are n.
func (p *realPBX) recordsTo(t *testing.T, number string, n int) []asterisktest.CallRecord {
	t.Helper()
	var found []asterisktest.CallRecord
	_, err := p.WaitCallRecords(patient(t), func(records []asterisktest.CallRecord) bool {
		found = slices.DeleteFunc(slices.Clone(records), func(r asterisktest.CallRecord) bool { return r["orgpbx_called"] != number })
		return len(found) >= n
	})
	require.NoError(t, err)
	return found
}
