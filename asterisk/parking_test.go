package asterisk_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
)

func TestCallsAreParkedAndFetched(t *testing.T) {
	t.Parallel()
	p := startWithThree(t, "127.0.0.67", nil)
	first, second, third := p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 2), p.phone(t, "aaaa1111", 3)
	slot, err := third.Watch(patient(t), "*701")
	require.NoError(t, err)
	require.NoError(t, slot.WaitState(patient(t), "terminated"))

	for name, park := range map[string]func(call *asterisktest.Call){
		"by keys": func(call *asterisktest.Call) {
			handOn(t, call, "##", "*700")
			require.NoError(t, call.HeardAudio(patient(t), call.Heard()+200*time.Millisecond), "the slot is told")
		},
		"by the phone": func(call *asterisktest.Call) {
			before := call.Heard()
			status, err := call.Transfer(patient(t), "sip:*700@"+p.SIPAddr())
			require.NoError(t, err)
			require.Equal(t, 202, status)
			require.NoError(t, call.HeardAudio(patient(t), before+200*time.Millisecond), "the slot is told")
		},
	} {
		outside := p.call(t, "+15550101001")
		inside := next(t, first)
		requireTogether(t, outside, inside)
		park(inside)
		require.NoError(t, slot.WaitState(patient(t), "confirmed"), name)
		require.NoError(t, inside.Hangup(patient(t)))

		victim, err := p.phone(t, "bbbb2222", 1).Call(patient(t), "*701")
		require.NoError(t, err)
		require.NoError(t, victim.WaitDone(patient(t)), "nothing is parked there")
		requireStatus(t, second, "*721", 404)

		fetched, err := second.Call(patient(t), "*701")
		require.NoError(t, err)
		requireTogether(t, fetched, outside)
		require.NoError(t, slot.WaitState(patient(t), "terminated"), name)
		require.NoError(t, outside.Hangup(patient(t)))
		require.NoError(t, fetched.WaitDone(patient(t)))
	}
}

func TestAParkedCallThatNobodyFetchesComesBack(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.68", nil)
	first := p.phone(t, "aaaa1111", 1)
	outside := p.call(t, "+15550101001")
	inside := next(t, first)
	requireTogether(t, outside, inside)
	handOn(t, inside, "##", "*700")
	require.NoError(t, inside.WaitDone(patient(t)))
	select {
	case back := <-first.Incoming():
		requireTogether(t, outside, back)
	case <-time.After(3 * patience): // Asterisk waits 45 seconds for somebody to fetch it
		require.Fail(t, "the call did not come back")
	}
}
