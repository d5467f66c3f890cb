package asterisk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// emergency dials a number that must get through to the carrier as called.
func (p *realPBX) emergency(t *testing.T, phone *asterisktest.Phone, dialled, called string, headers ...asterisktest.Header) *asterisktest.Call {
	t.Helper()
	call, err := phone.Call(patient(t), dialled, headers...)
	require.NoError(t, err)
	require.True(t, call.Answered(), "%s: %d %s", dialled, call.StatusCode(), call.Reason())
	far, err := p.carrier.WaitIncoming(patient(t))
	require.NoError(t, err)
	require.Equal(t, called, far.To())
	require.NoError(t, call.Hangup(patient(t)))
	require.NoError(t, far.WaitDone(patient(t)))
	return far
}

func TestEmergencyCallsAreNeverRefused(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.43", func(prefix string, s *resource.Snapshot) {
		s.Organization.EmergencyNumbers = []string{"112", "911", "110"}
		if prefix == "bbbb2222" {
			s.Organization.Settings.Features = org.Features{}
			s.DIDs = nil
			return
		}
		s.Organization.Limits.ConcurrentCalls = limits.AtMost(1)
		s.Trunks[2].MaxChannels = limits.AtMost(1)
		s.Users[1].Extension, s.Users[1].OutboundCallerID = "911", s.DIDs[1].Number
	})
	first, second := p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 2)

	running, err := first.Call(patient(t), "+4930123")
	require.NoError(t, err)
	require.True(t, running.Answered())
	_, err = p.carrier.WaitIncoming(patient(t))
	require.NoError(t, err)
	refused, err := first.Call(patient(t), "+4930124")
	require.NoError(t, err)
	require.Equal(t, 503, refused.StatusCode(), "the limit is reached")

	p.carrier.OnIncoming(asterisktest.Ring)
	ringing, err := second.Dial("112")
	require.NoError(t, err)
	far, err := p.carrier.WaitIncoming(patient(t))
	require.NoError(t, err)
	require.Equal(t, "112", far.To(), "over the trunk that takes it, although no route has the number")
	require.Equal(t, "+15550101002", far.From())
	require.Equal(t, 2, p.taken(t, "aaaa1111"), "an emergency call is counted")
	require.NoError(t, far.Answer(patient(t)))
	require.NoError(t, ringing.WaitAnswer(patient(t)))
	require.NoError(t, far.Hangup(patient(t)))
	require.NoError(t, ringing.WaitDone(patient(t)))
	p.awaitTaken(t, "aaaa1111", 1)
	p.carrier.OnIncoming(asterisktest.Answer)
	p.record(t, asterisktest.CallRecord{
		"accountcode": "aaaa1111", "orgpbx_emergency": "1", "orgpbx_direction": "out", "orgpbx_denied": "",
	})

	hidden := asterisktest.Header{Name: "Privacy", Value: "id"}
	far = p.emergency(t, first, "112", "112", hidden)
	require.Equal(t, "+15550101001", far.From(), "who answers can call back")
	p.emergency(t, first, "911", "911") // before the extension of the same number
	require.Empty(t, second.Incoming())

	p.suspend(t, "aaaa1111")
	p.setGlobal(t, "ORGPBX_aaaa1111_trunk_0000000000a3_CHANNELS", "0")
	p.emergency(t, first, "112", "112")
	requireAll(t, 403, func(number string) (*asterisktest.Call, error) { return first.Dial(number) },
		"1123", "0112", "+112", "11", "*112", "1001", "+4930123")

	p.emergency(t, p.phone(t, "bbbb2222", 1), "110", "110") // without a number to show
	require.Empty(t, p.carrier.Incoming())
}

func TestEmergencyCallsTakeTheirRoutesFirst(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.44", func(_ string, s *resource.Snapshot) {
		s.Organization.EmergencyNumbers = []string{"112", "110"}
		s.OutboundRoutes = append(s.OutboundRoutes,
			resource.OutboundRoute{
				Meta: resource.Meta{ID: "0198f2a5-0000-7000-8000-0000000000d4"}, DialPattern: "1XX", TrunkID: peerTrunk,
				Priority: 2, StripDigits: 1,
			},
			resource.OutboundRoute{
				Meta: resource.Meta{ID: "0198f2a5-0000-7000-8000-0000000000d5"}, DialPattern: "_110", TrunkID: peerTrunk,
				Priority: 1, StripDigits: 1, PrependDigits: "0049",
			})
	})
	first := p.phone(t, "aaaa1111", 1)
	p.emergency(t, first, "112", "112")    // the route takes a digit off all that it has, but not off this
	p.emergency(t, first, "110", "004910") // the route is made for this number
	require.Empty(t, p.away.Incoming(), "the trunk without a route was not needed")

	// Busy at one is not the end.
	p.carrier.OnIncoming(asterisktest.Busy)
	p.away.OnIncoming(asterisktest.Answer)
	call, err := first.Call(patient(t), "112")
	require.NoError(t, err)
	require.True(t, call.Answered())
	far, err := p.away.WaitIncoming(patient(t))
	require.NoError(t, err)
	require.Equal(t, "112", far.To())
}

func TestEmergencyCallsGoToATrunkThatIsHeldForUnreachable(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.46", func(_ string, s *resource.Snapshot) {
		s.Organization.EmergencyNumbers = []string{"112"}
		s.OutboundRoutes = s.OutboundRoutes[:1]
	})
	p.carrier.OnIncoming(asterisktest.Mute)
	p.awaitUnreachable(t, "aaaa1111-trunk-0000000000a3")
	first := p.phone(t, "aaaa1111", 1)
	refused, err := first.Call(patient(t), "+4930123")
	require.NoError(t, err)
	require.Equal(t, 480, refused.StatusCode(), "any other call")
	far := p.emergency(t, first, "112", "112")
	require.Equal(t, "+15550101001", far.From())
	p.awaitTaken(t, "aaaa1111", 0)
}

func TestAnOrganizationWithoutEmergencyNumbersHasNoContextForThem(t *testing.T) {
	t.Parallel()
	require.NotContains(t, allText(asterisk.Render(exampleSnapshot())), "-emergency")
}
