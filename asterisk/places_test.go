package asterisk_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/resource"
)

// placesPBX is an Asterisk whose organisations have the places of
// placesSnapshot under the same numbers, behind the same carrier.
type placesPBX struct {
	*realPBX
	agent    *asterisktest.AudioAgent // 5001 of every organisation
	sipAgent *asterisktest.Carrier    // 5002 of every organisation
}

func startPlaces(t *testing.T, carrierHost string, edit func(prefix string, s *resource.Snapshot)) *placesPBX {
	t.Helper()
	agent := asterisktest.NewAudioAgent(t)
	sipAgent := asterisktest.NewCarrier(t, asterisktest.CarrierOptions{
		Host: strings.Replace(carrierHost, "127.0.0", "127.0.3", 1),
	})
	pbx := startPBX(t, carrierHost, func(prefix string, s *resource.Snapshot) {
		places := placesSnapshot()
		s.Organization.Settings = places.Organization.Settings
		s.IVRs, s.Conferences, s.AIAgents = places.IVRs, places.Conferences, places.AIAgents
		s.AIAgents[0].Address = agent.Addr()
		s.AIAgents[1].Address = "sip:booking@" + sipAgent.Addr()
		for i := range s.IVRs {
			s.IVRs[i].Timeout = 1
		}
		if edit != nil {
			edit(prefix, s)
		}
	})
	return &placesPBX{pbx, agent, sipAgent}
}

// callFrom brings a call in from the carrier that can be told from others in
// the call records.
func (p *realPBX) callFrom(t *testing.T, from, to string) *asterisktest.Call {
	t.Helper()
	call, err := p.carrier.Call(patient(t), p.SIPAddr(), asterisktest.InboundCall{From: from, To: to})
	require.NoError(t, err)
	return call
}

// recordOf is the call record of the only call of a caller.
func (p *realPBX) recordOf(t *testing.T, caller string) asterisktest.CallRecord {
	t.Helper()
	var found asterisktest.CallRecord
	_, err := p.WaitCallRecords(patient(t), func(records []asterisktest.CallRecord) bool {
		for _, record := range records {
			if record["src"] == caller {
				found = record
				return true
			}
		}
		return false
	})
	require.NoError(t, err)
	return found
}

// awaitSteps returns when the dialplan has run a step n times. It is written as
// in the log, without the channel: an application, or one and its arguments.
func (p *realPBX) awaitSteps(t *testing.T, step string, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return p.steps(step) >= n }, patience, 20*time.Millisecond, "%d times %s", n, step)
}

// steps is how often the dialplan has run a step.
func (p *realPBX) steps(step string) int {
	application, arguments, _ := strings.Cut(step, "(")
	n := 0
	for line := range strings.Lines(p.Log()) {
		if run := executed.FindStringSubmatch(line); len(run) == 4 && run[2] == application && strings.Contains(run[3], ` "`+arguments) {
			n++
		}
	}
	return n
}

// asked is the step that asks for a key.
const asked = "Gosub(orgpbx-ask,s,1("

// answered is a call of a phone that was picked up.
func answered(t *testing.T, phone *asterisktest.Phone, number string) *asterisktest.Call {
	t.Helper()
	call, err := phone.Call(patient(t), number)
	require.NoError(t, err)
	require.True(t, call.Answered(), number)
	return call
}

// requireBoth checks that two sides hear each other.
func requireBoth(t *testing.T, one, other *asterisktest.Call) {
	t.Helper()
	require.NoError(t, one.Hears(patient(t), other))
	require.NoError(t, other.Hears(patient(t), one))
}

// receiver is a phone or a carrier.
type receiver interface {
	Incoming() <-chan *asterisktest.Call
}

// incoming is the next call at a phone or a carrier.
func incoming(t *testing.T, at receiver) *asterisktest.Call {
	t.Helper()
	select {
	case call := <-at.Incoming():
		return call
	case <-patient(t).Done():
		require.Fail(t, "no call came in")
		return nil
	}
}
