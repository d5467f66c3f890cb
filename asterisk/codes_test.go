package asterisk_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/resource"
)

// dialCode dials a feature code and hears it confirmed.
func dialCode(t *testing.T, phone *asterisktest.Phone, code string) {
	t.Helper()
	call, err := phone.Call(patient(t), code)
	require.NoError(t, err)
	require.Equal(t, 200, call.StatusCode(), code)
	require.NoError(t, call.HeardAudio(patient(t), 100*time.Millisecond), code)
	require.NoError(t, call.WaitDone(patient(t)), code)
}

// requireStatus calls a number and checks the answer.
func requireStatus(t *testing.T, phone *asterisktest.Phone, number string, status int) {
	t.Helper()
	call, err := phone.Call(patient(t), number)
	require.NoError(t, err)
	require.Equal(t, status, call.StatusCode(), number)
	require.NoError(t, call.Hangup(patient(t)))
}

func TestWhoDoesNotWantToBeDisturbedIsBusy(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.55", nil)
	first, second := p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 2)

	dialCode(t, second, "*78")
	requireStatus(t, first, "1002", 486)
	require.Empty(t, second.Incoming())

	dialCode(t, first, "*78")
	message, err := second.Call(patient(t), "1001")
	require.NoError(t, err)
	require.True(t, message.Answered(), "his mailbox")
	require.NoError(t, message.Hangup(patient(t)))
	waiting := p.call(t, "+15550101002")
	require.True(t, waiting.Answered())
	require.NoError(t, waiting.HeardAudio(patient(t), time.Second), "the queue plays music")
	require.Empty(t, first.Incoming(), "the queue does not ring him")
	require.NoError(t, waiting.Hangup(patient(t)))

	p.Restart()
	for _, phone := range []*asterisktest.Phone{first, second} {
		require.NoError(t, phone.Register(patient(t)))
	}
	requireStatus(t, first, "1002", 486)
	dialCode(t, second, "*79")
	requireStatus(t, first, "1002", 200)
	require.NotContains(t, p.cli(t, "database show orgpbx-aaaa1111"), "phone2/dnd")
}

func TestCallsAreForwarded(t *testing.T) {
	t.Parallel()
	p := startWithThree(t, "127.0.0.56", func(_ string, s *resource.Snapshot) {
		s.Organization.Limits.ConcurrentCalls = limits.AtMost(1)
	})
	first, second, third := p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 2), p.phone(t, "aaaa1111", 3)

	dialCode(t, second, "*721003")
	made, _ := connect(t, first, "1002", third)
	require.NoError(t, made.Hangup(patient(t)))
	require.Empty(t, second.Incoming())
	dialCode(t, second, "*73")
	made, _ = connect(t, first, "1002", second)
	require.NoError(t, made.Hangup(patient(t)))

	dialCode(t, second, "*901003")
	second.OnIncoming(asterisktest.Busy)
	made, _ = connect(t, first, "1002", third)
	require.NoError(t, made.Hangup(patient(t)))
	dialCode(t, second, "*91")
	requireStatus(t, first, "1002", 486)

	dialCode(t, second, "*921003")
	requireStatus(t, first, "1002", 486)
	require.NoError(t, second.Unregister(patient(t)))
	made, _ = connect(t, first, "1002", third)
	require.NoError(t, made.Hangup(patient(t)))
	require.NoError(t, second.Register(patient(t)))
	dialCode(t, second, "*93")

	dialCode(t, second, "*72912345")
	made, far := connect(t, first, "1002", p.carrier)
	require.Equal(t, "12345", far.To())
	p.awaitTaken(t, "aaaa1111", 1)
	requireStatus(t, third, "1002", 503)
	require.NoError(t, made.Hangup(patient(t)))
	p.awaitTaken(t, "aaaa1111", 0)
	inbound := p.call(t, "+15550101001")
	require.True(t, inbound.Answered())
	next(t, first)
	requireStatus(t, third, "1002", 503)
}

func TestForwardingInARingEnds(t *testing.T) {
	t.Parallel()
	p := startWithThree(t, "127.0.0.57", nil)
	first, second, third := p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 2), p.phone(t, "aaaa1111", 3)
	dialCode(t, second, "*721003")
	dialCode(t, third, "*721002")
	requireStatus(t, first, "1002", 486)

	dialCode(t, first, "*721001")
	message, err := second.Call(patient(t), "1001")
	require.NoError(t, err)
	require.True(t, message.Answered(), "the mailbox of who forwards to himself")
}

func TestCallsAreNotForwardedWhereTheNumberLeadsNowhere(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.58", func(prefix string, s *resource.Snapshot) {
		if prefix == "bbbb2222" {
			s.Users[1].Extension = "1003"
		}
	})
	first, second := p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 2)
	requireAll(t, 404, func(number string) (*asterisktest.Call, error) { return second.Dial(number) },
		"*721003", "*7277", "*9044444", "*92**1003", "*72", "*90", "*721002%26PJSIP%2Fbbbb2222-phone2")
	requireStatus(t, first, "1002", 200)
	require.NotContains(t, p.cli(t, "database show orgpbx-aaaa1111"), "forward")
}

func TestACodeIsForTheOwnPhoneOnly(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.59", nil)
	first, second := p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 2)
	outside := p.call(t, "+15550101001")
	inside := next(t, first)
	requireTogether(t, outside, inside)
	_, err := inside.Transfer(patient(t), "sip:*78@"+p.SIPAddr())
	require.NoError(t, err)
	require.NoError(t, outside.WaitDone(patient(t)))

	for _, code := range []string{"*78", "*721001", "*45", "*97"} {
		made, answered := connect(t, first, "1002", second)
		_, err := made.Transfer(patient(t), "sip:"+code+"@"+p.SIPAddr())
		require.NoError(t, err)
		require.NoError(t, answered.WaitDone(patient(t)), code)
	}
	require.Contains(t, p.cli(t, "database show orgpbx-aaaa1111"), "0 results found")
}
