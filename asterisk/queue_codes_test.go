package asterisk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/resource"
)

// startQueue has the first and the second phone in the queue 2001, which rings all.
func startQueue(t *testing.T, carrierHost string, edit func(prefix string, s *resource.Snapshot)) *realPBX {
	t.Helper()
	return startWithThree(t, carrierHost, func(prefix string, s *resource.Snapshot) {
		q := &s.Queues[0]
		q.Strategy, q.Retry = resource.RingAll, 1
		for i := range q.Members {
			q.Members[i].Penalty = 0
		}
		if edit != nil {
			edit(prefix, s)
		}
	})
}

func TestMembersLogOutAndPause(t *testing.T) {
	t.Parallel()
	p := startQueue(t, "127.0.0.61", nil)
	first, second, third := p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 2), p.phone(t, "aaaa1111", 3)
	requireRings := func(rings, silent *asterisktest.Phone) {
		t.Helper()
		waiting := p.call(t, "+15550101002")
		requireTogether(t, next(t, rings), waiting)
		require.NoError(t, waiting.Hangup(patient(t)))
		require.Empty(t, silent.Incoming())
	}
	for _, code := range []string{"*45", "*46", "*451001", "*461001"} {
		dialCode(t, first, code)
		require.Contains(t, p.member(t, "aaaa1111-phone1"), "paused", code)
		requireRings(second, first)
		dialCode(t, first, code)
		require.NotContains(t, p.member(t, "aaaa1111-phone1"), "paused", code)
		dialCode(t, second, code[:3])
		requireRings(first, second)
		dialCode(t, second, code[:3])
	}
	requireAll(t, 404, func(number string) (*asterisktest.Call, error) { return third.Dial(number) }, "*45", "*46", "*451003", "*451001")

	dialCode(t, first, "*45")
	p.Restart()
	require.NotContains(t, p.member(t, "aaaa1111-phone1"), "paused", "Asterisk has forgotten it")
	for i, phone := range []*asterisktest.Phone{first, second} {
		// Asterisk asks only a new contact at once whether it is there.
		require.NoError(t, phone.Unregister(patient(t)))
		require.NoError(t, phone.Register(patient(t)))
		require.Eventually(t, func() bool {
			return !strings.Contains(p.member(t, fmt.Sprintf("aaaa1111-phone%d", i+1)), "Unavailable")
		}, patience, 20*time.Millisecond)
	}
	requireRings(second, first)
	require.Contains(t, p.member(t, "aaaa1111-phone1"), "paused", "the first call has told it again")
}

// member is the line about a member in a queue of the first organisation.
func (p *realPBX) member(t *testing.T, endpoint string) string {
	t.Helper()
	for line := range strings.Lines(p.cli(t, "queue show aaaa1111-2001")) {
		if strings.Contains(line, endpoint) {
			return line
		}
	}
	require.Fail(t, "no member")
	return ""
}

func TestAQueueRingsEveryDeviceOfAMember(t *testing.T) {
	t.Parallel()
	p := startQueue(t, "127.0.0.62", nil)
	devices := []*asterisktest.Phone{p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 1)}
	for _, d := range devices {
		d.OnIncoming(asterisktest.Ring)
	}
	waiting := p.call(t, "+15550101002")
	var ringing []*asterisktest.Call
	for _, d := range devices {
		ringing = append(ringing, next(t, d))
	}
	require.NoError(t, ringing[1].Answer(patient(t)))
	requireTogether(t, ringing[1], waiting)
	require.NoError(t, ringing[0].WaitDone(patient(t)))

	second := p.call(t, "+15550101002")
	require.NoError(t, second.HeardAudio(patient(t), time.Second))
	require.Empty(t, devices[0].Incoming(), "who speaks is not rung by the queue")
}

func TestAQueueRingsThePhoneNumberOfAMember(t *testing.T) {
	t.Parallel()
	p := startQueue(t, "127.0.0.63", func(_ string, s *resource.Snapshot) {
		s.Organization.Limits.ConcurrentCalls = limits.AtMost(1)
		s.Users[0].RingTarget, s.Users[0].PhoneNumber = resource.RingPhone, "+4930999"
	})
	second, third := p.phone(t, "aaaa1111", 2), p.phone(t, "aaaa1111", 3)
	dialCode(t, second, "*45")

	waiting, err := third.Call(patient(t), "2001")
	require.NoError(t, err)
	mobile := next(t, p.carrier)
	require.Equal(t, "+4930999", mobile.To())
	requireTogether(t, mobile, waiting)
	p.awaitTaken(t, "aaaa1111", 1)
	requireStatus(t, third, "+4930123", 503)
	require.NoError(t, waiting.Hangup(patient(t)))
	p.awaitTaken(t, "aaaa1111", 0)
}

func TestAnAgentHandsTheCallerOn(t *testing.T) {
	t.Parallel()
	p := startQueue(t, "127.0.0.64", nil)
	first, third := p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 3)
	for name, transfer := range map[string]func(agent *asterisktest.Call) *asterisktest.Call{
		"by keys": func(agent *asterisktest.Call) *asterisktest.Call {
			handOn(t, agent, "##", "1003")
			return next(t, third)
		},
		"by keys, after asking": func(agent *asterisktest.Call) *asterisktest.Call {
			handOn(t, agent, "*2", "1003")
			asked := next(t, third)
			requireTogether(t, agent, asked)
			require.NoError(t, agent.Hangup(patient(t)))
			return asked
		},
		"by the phone": func(agent *asterisktest.Call) *asterisktest.Call {
			status, err := agent.Transfer(patient(t), "sip:1003@"+p.SIPAddr())
			require.NoError(t, err)
			require.Equal(t, 202, status)
			answered := next(t, third)
			require.NoError(t, agent.Hangup(patient(t)))
			return answered
		},
		"by the phone, after asking": func(agent *asterisktest.Call) *asterisktest.Call {
			asking, answered := connect(t, first, "1003", third)
			status, err := agent.TransferTo(patient(t), asking)
			require.NoError(t, err)
			require.Equal(t, 202, status)
			require.NoError(t, agent.Hangup(patient(t)))
			return answered
		},
	} {
		waiting := p.call(t, "+15550101002")
		agent := next(t, first)
		requireTogether(t, waiting, agent)
		requireTogether(t, transfer(agent), waiting)
		require.NoError(t, waiting.Hangup(patient(t)), name)
		p.awaitTaken(t, "aaaa1111", 0)
	}
}
