package asterisk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/resource"
)

// requireRefused checks how a call was refused: with a prompt, and with a
// reason in its call record.
func (p *realPBX) requireRefused(t *testing.T, call *asterisktest.Call, status int, record asterisktest.CallRecord) {
	t.Helper()
	require.NoError(t, call.WaitAnswer(patient(t)))
	require.Equal(t, status, call.StatusCode())
	require.True(t, call.EarlyMedia(), "the caller hears why")
	p.record(t, record)
}

func TestARefusedCallCarriesItsReason(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.41", func(prefix string, s *resource.Snapshot) {
		if prefix == "aaaa1111" {
			s.Organization.Limits.ConcurrentCalls = limits.AtMost(2)
			s.Trunks[2].MaxChannels = limits.AtMost(1)
		}
	})
	first := p.phone(t, "aaaa1111", 1)
	dial := func(number string) *asterisktest.Call {
		call, err := first.Dial(number)
		require.NoError(t, err)
		return call
	}

	p.requireRefused(t, dial("77"), 404, asterisktest.CallRecord{
		"accountcode": "aaaa1111", "orgpbx_direction": "out", "orgpbx_denied": "no_route", "orgpbx_limit": "", "orgpbx_used": "",
	})
	p.requireRefused(t, p.call(t, "+15550109999"), 404, asterisktest.CallRecord{
		// It came over a trunk that both organisations have: it is nobody's.
		"accountcode": "", "orgpbx_direction": "", "orgpbx_denied": "no_route",
	})
	running := p.call(t, "+15550101002")
	require.True(t, running.Answered())
	p.requireRefused(t, dial("+4930123"), 503, asterisktest.CallRecord{
		"accountcode": "aaaa1111", "orgpbx_direction": "out",
		"orgpbx_denied": "trunk_channels", "orgpbx_limit": "1", "orgpbx_used": "1",
	})
	p.requireRefused(t, p.call(t, "+15550101004"), 503, asterisktest.CallRecord{
		"accountcode": "aaaa1111", "orgpbx_direction": "",
		"orgpbx_denied": "trunk_channels", "orgpbx_limit": "1", "orgpbx_used": "1",
	})
	p.setGlobal(t, "ORGPBX_aaaa1111_CALLS", "1")
	p.requireRefused(t, dial("+4930123"), 503, asterisktest.CallRecord{
		"accountcode": "aaaa1111", "orgpbx_direction": "out",
		"orgpbx_denied": "concurrent_calls", "orgpbx_limit": "1", "orgpbx_used": "1",
	})
	p.requireRefused(t, p.call(t, "+15550101004"), 503, asterisktest.CallRecord{
		"accountcode": "aaaa1111", "orgpbx_direction": "",
		"orgpbx_denied": "concurrent_calls", "orgpbx_limit": "1", "orgpbx_used": "1",
	})
	p.suspend(t, "aaaa1111")
	for direction, call := range map[string]*asterisktest.Call{
		"out": dial("+4930123"), "internal": dial("1002"), "": p.call(t, "+15550101001"),
	} {
		p.requireRefused(t, call, 403, asterisktest.CallRecord{
			"accountcode": "aaaa1111", "orgpbx_direction": direction,
			"orgpbx_denied": "suspended", "orgpbx_limit": "", "orgpbx_used": "",
		})
	}
	require.True(t, p.call(t, "+15550102002").Answered(), "the other organisation has calls and channels of its own")
}

func TestACallThatIsNotRefusedCarriesItsDirectionOnly(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.42", func(_ string, s *resource.Snapshot) {
		s.Users[1].RingTarget, s.Users[1].PhoneNumber = resource.RingPhone, "+4930199"
	})
	first := p.phone(t, "aaaa1111", 1)
	for number, direction := range map[string]string{"+4930123": "out", "1001": "internal", "1002": "out"} {
		call, err := first.Call(patient(t), number)
		require.NoError(t, err)
		require.NoError(t, call.Hangup(patient(t)))
		p.record(t, asterisktest.CallRecord{
			"accountcode": "aaaa1111", "orgpbx_direction": direction, "orgpbx_denied": "", "orgpbx_emergency": "",
		})
	}
	require.NoError(t, p.call(t, "+15550101001").Hangup(patient(t)))
	p.record(t, asterisktest.CallRecord{"accountcode": "aaaa1111", "orgpbx_direction": "", "orgpbx_denied": ""})
}
