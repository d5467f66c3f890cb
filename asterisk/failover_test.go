package asterisk_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/resource"
)

// startFailover has routes over two trunks: to away, and where that does not
// take the call to the carrier. An INVITE that is not answered is given up
// after a fifth of the usual 32 seconds.
func startFailover(t *testing.T, carrierHost string) *realPBX {
	t.Helper()
	timers := map[string]string{"pjsip.conf": "[system]\ntype = system\ntimer_t1 = 100\ntimer_b = 6400\n"}
	return startOperatedPBX(t, carrierHost, timers, func(_ string, s *resource.Snapshot) {
		s.Organization.Limits.ConcurrentCalls = limits.AtMost(1)
		s.OutboundRoutes = []resource.OutboundRoute{
			{Meta: resource.Meta{ID: "d1"}, DialPattern: "+X.", TrunkID: peerTrunk, Priority: 20, PrependDigits: "00", StripDigits: 1},
			{Meta: resource.Meta{ID: "d2"}, DialPattern: "+4930123", TrunkID: outboundTrunk, Priority: 10},
		}
	})
}

func TestACallTakesTheNextTrunkWhereThatHelps(t *testing.T) {
	t.Parallel()
	p := startFailover(t, "127.0.0.47")
	first := p.phone(t, "aaaa1111", 1)
	takesTheNext := func(name string) {
		t.Helper()
		call, err := first.Call(patient(t), "+4930123")
		require.NoError(t, err)
		require.True(t, call.Answered(), "%s: %d %s", name, call.StatusCode(), call.Reason())
		far, err := p.carrier.WaitIncoming(patient(t))
		require.NoError(t, err)
		require.Equal(t, "004930123", far.To(), name)
		require.Equal(t, 1, p.taken(t, "aaaa1111"), name)
		require.NoError(t, call.Hangup(patient(t)))
		p.awaitTaken(t, "aaaa1111", 0)
	}

	p.away.OnIncoming(asterisktest.Unavailable)
	takesTheNext("out of order")
	p.away.OnIncoming(asterisktest.Silent)
	takesTheNext("no answer at all")
	p.setGlobal(t, "ORGPBX_aaaa1111_trunk_0000000000a1_CHANNELS", "0")
	takesTheNext("full")

	p.setGlobal(t, "ORGPBX_aaaa1111_trunk_0000000000a3_CHANNELS", "0")
	full, err := first.Call(patient(t), "+4930123")
	require.NoError(t, err)
	require.Equal(t, 503, full.StatusCode())
	p.record(t, asterisktest.CallRecord{"orgpbx_denied": "trunk_channels", "orgpbx_limit": "0", "orgpbx_used": "0"})

	p.setGlobal(t, "ORGPBX_aaaa1111_trunk_0000000000a3_CHANNELS", "1000000000")
	p.carrier.OnIncoming(asterisktest.Unavailable)
	failed, err := first.Call(patient(t), "+4930999")
	require.NoError(t, err)
	require.Equal(t, 503, failed.StatusCode())
	require.False(t, failed.EarlyMedia(), "the carrier's failure is not a refusal")
	require.NoError(t, failed.WaitDone(patient(t)))
	p.awaitTaken(t, "aaaa1111", 0)
}

func TestACallTakesTheNextTrunkWhereOneCannotBeReached(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.48", func(_ string, s *resource.Snapshot) {
		s.Trunks[0].Type, s.Trunks[0].Host, s.Trunks[0].Port = resource.PeerToPeerTrunk, "127.0.0.99", 5099
	})
	p.awaitUnreachable(t, "aaaa1111-trunk-0000000000a1")
	call, err := p.phone(t, "aaaa1111", 1).Call(patient(t), "912345")
	require.NoError(t, err)
	require.True(t, call.Answered())
	far, err := p.carrier.WaitIncoming(patient(t))
	require.NoError(t, err)
	require.Equal(t, "12345", far.To())
}

// awaitUnreachable waits until Asterisk has found nobody at a trunk's address. By
// itself it asks for the first time within a minute.
func (p *realPBX) awaitUnreachable(t *testing.T, trunk string) {
	t.Helper()
	p.cli(t, "pjsip qualify "+trunk)
	require.Eventually(t, func() bool {
		for line := range strings.Lines(p.cli(t, "pjsip show contacts")) {
			if strings.Contains(line, trunk+"/") && strings.Contains(line, "Unavail") {
				return true
			}
		}
		return false
	}, patience, 100*time.Millisecond)
}

func TestACallThatItsCalleeDoesNotTakeIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	p := startFailover(t, "127.0.0.49")
	first := p.phone(t, "aaaa1111", 1)
	for status, refuse := range map[int]func(*asterisktest.Call) error{
		486: func(far *asterisktest.Call) error { return far.Reject(patient(t), 486, "Busy Here") },
		480: func(far *asterisktest.Call) error { return far.Reject(patient(t), 480, "Temporarily Unavailable") },
		603: func(far *asterisktest.Call) error { return far.Reject(patient(t), 603, "Decline") },
	} {
		p.away.OnIncoming(asterisktest.Ring)
		call, err := first.Dial("+4930123")
		require.NoError(t, err)
		far, err := p.away.WaitIncoming(patient(t))
		require.NoError(t, err)
		require.NoError(t, refuse(far))
		require.NoError(t, call.WaitAnswer(patient(t)))
		require.False(t, call.Answered(), status)
		require.Empty(t, p.carrier.Incoming(), "%d", status)
		p.awaitTaken(t, "aaaa1111", 0)
	}
}
