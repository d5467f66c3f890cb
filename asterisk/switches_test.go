package asterisk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/resource"
)

// What an organisation has not bought is refused with a prompt, wherever it is
// called from, and the call record says so. The other organisation has it all.
func TestAPlaceThatIsSwitchedOffIsRefused(t *testing.T) {
	t.Parallel()
	p := startPlaces(t, "127.0.0.69", func(prefix string, s *resource.Snapshot) {
		f := &s.Organization.Settings.Features
		on := prefix == "bbbb2222"
		f.IVR, f.Conference, f.AIAgent, f.Voicemail = on, on, on, on
		for i, to := range []resource.Destination{
			{Type: resource.ToIVR, Number: "3001"},
			{Type: resource.ToVoicemail, Number: "1001"},
			{Type: resource.ToConference, Number: "4002"},
			{Type: resource.ToAIAgent, Number: "5001"},
			{Type: resource.ToAIAgent, Number: "5002"},
		} {
			s.DIDs[i].Routing = to
		}
	})
	phone := p.phone(t, "aaaa1111", 1)
	numbers := []string{"3001", "3002", "4001", "4002", "5001", "5002"}
	var refused []*asterisktest.Call
	keep := func(call *asterisktest.Call, err error) (*asterisktest.Call, error) {
		refused = append(refused, call)
		return call, err
	}
	requireAll(t, 403, func(number string) (*asterisktest.Call, error) { return keep(phone.Dial(number)) }, numbers...)
	dids := []string{"+15550101001", "+15550101002", "+15550101003", "+15550101004", "+15550101005"}
	requireAll(t, 403, func(number string) (*asterisktest.Call, error) {
		return keep(p.carrier.Dial(p.SIPAddr(), asterisktest.InboundCall{From: "+15557000000", To: number}))
	}, dids...)
	for _, call := range refused {
		require.True(t, call.EarlyMedia(), "%s hears why", call.To())
	}
	for _, number := range append(numbers, dids...) {
		require.Equal(t, "feature_off", p.recordsTo(t, number, 1)[0]["orgpbx_denied"], number)
	}

	other := p.phone(t, "bbbb2222", 1)
	for _, number := range numbers {
		answered(t, other, number)
	}
	for _, number := range []string{"+15550102001", "+15550102002", "+15550102003", "+15550102004", "+15550102005"} {
		require.True(t, p.call(t, number).Answered(), number)
	}
}

// The same numbers are other places in another organisation, and a number that
// only one has leads the other nowhere.
func TestPlacesAreReachedFromTheirOwnOrganizationOnly(t *testing.T) {
	t.Parallel()
	p := startPlaces(t, "127.0.0.70", func(prefix string, s *resource.Snapshot) {
		if prefix == "bbbb2222" {
			return
		}
		s.IVRs, s.Conferences, s.AIAgents, s.Queues = nil, nil, nil, nil
	})
	phone := p.phone(t, "aaaa1111", 1)
	requireAll(t, 404, func(number string) (*asterisktest.Call, error) { return phone.Dial(number) },
		"2001", "3001", "3002", "4001", "4002", "5001", "5002", "bbbb2222-4002", "471100", "fallback", "bbbb2222-ai-0000000000a2")
	p.requireInside(t, "aaaa1111", "bbbb2222-")
	require.Empty(t, p.sipAgent.Incoming())
}
