package asterisktest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
)

func TestPhone(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "")
	for name, test := range map[string]func(*testing.T, *pbx){
		"registers and is reachable until it unregisters":   testRegistration,
		"with a wrong password is refused":                  testWrongPassword,
		"talks with another, both hear and one hangs up":    testConversation,
		"talks directly when Asterisk steps out of the way": testDirectMedia,
		"hears a prompt before the call is answered":        testEarlyPrompt,
		"hears a prompt after the call is answered":         testAnsweredPrompt,
		"learns that the other is busy":                     testBusy,
		"gives up while the other rings":                    testCancel,
		"lets the test pick up or refuse":                   testRing,
		"sends a caller to another":                         testRedirect,
		"hands a call on":                                   testTransfer,
		"connects those it talks with":                      testAttendedTransfer,
		"sees that the caller hangs up":                     testCallerHangsUp,
		"presses keys":                                      testKeys,
		"is one of forty in twenty calls at once":           testManyCalls,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, p)
		})
	}
}

func testRegistration(t *testing.T, p *pbx) {
	phone, caller := p.phone(t), p.phone(t)
	require.NoError(t, phone.Register(patient(t)))
	require.Contains(t, cli(t, p.Asterisk, "pjsip show aor "+phone.number), phone.Addr())

	require.NoError(t, phone.Unregister(patient(t)))
	require.NotContains(t, cli(t, p.Asterisk, "pjsip show aor "+phone.number), phone.Addr())
	call, err := caller.Call(patient(t), phone.number)
	require.NoError(t, err)
	require.False(t, call.Answered())
	require.Equal(t, 404, call.StatusCode())
}

func testWrongPassword(t *testing.T, p *pbx) {
	intruder := asterisktest.NewPhone(t, asterisktest.PhoneOptions{
		Asterisk: p.SIPAddr(), Username: "1000", Password: "guess",
	})
	var refused *asterisktest.StatusError
	require.ErrorAs(t, intruder.Register(patient(t)), &refused)
	require.Equal(t, 401, refused.Code)

	call, err := intruder.Call(patient(t), "answered")
	require.NoError(t, err)
	require.Equal(t, 401, call.StatusCode())
}

func testConversation(t *testing.T, p *pbx) {
	alice, bob := p.registered(t), p.registered(t)
	call, err := alice.Call(patient(t), bob.number)
	require.NoError(t, err)
	require.True(t, call.Answered())
	answered, err := bob.WaitIncoming(patient(t))
	require.NoError(t, err)
	require.Equal(t, alice.number, answered.From())
	require.Equal(t, "Phone "+alice.number, answered.FromName())
	require.Equal(t, bob.number, answered.To())

	require.NoError(t, talk(t, call, answered))

	require.NoError(t, answered.Hangup(patient(t)))
	require.NoError(t, call.WaitDone(patient(t)))
	require.Contains(t, call.HangupCause(), "cause=16")
	require.True(t, call.Answered(), "an ended call was answered all the same")
}

func testDirectMedia(t *testing.T, p *pbx) {
	alice, bob := p.phoneAt(t, 1001), p.phoneAt(t, 1003)
	require.NoError(t, alice.Register(patient(t)))
	require.NoError(t, bob.Register(patient(t)))
	call, err := alice.Call(patient(t), bob.number)
	require.NoError(t, err)
	answered, err := bob.WaitIncoming(patient(t))
	require.NoError(t, err)

	require.Eventually(t, func() bool {
		aliceAt, aliceSendsTo := call.AudioAddrs()
		bobAt, bobSendsTo := answered.AudioAddrs()
		return aliceSendsTo == bobAt && bobSendsTo == aliceAt
	}, patience, time.Millisecond, "each sends to the other")
	require.NoError(t, talk(t, call, answered))
	require.NoError(t, call.Hangup(patient(t)))
	require.NoError(t, answered.WaitDone(patient(t)))
}

func testEarlyPrompt(t *testing.T, p *pbx) {
	call, err := p.phone(t).Dial("early")
	require.NoError(t, err)
	require.NoError(t, call.HeardAudio(patient(t), time.Second))
	require.True(t, call.EarlyMedia())
	require.Zero(t, call.StatusCode(), "the prompt comes before the answer")

	require.NoError(t, call.Hangup(patient(t)))
	require.Equal(t, 487, call.StatusCode())
}

func testAnsweredPrompt(t *testing.T, p *pbx) {
	call, err := p.phone(t).Call(patient(t), "answered")
	require.NoError(t, err)
	require.True(t, call.Answered())
	require.False(t, call.EarlyMedia())
	require.NoError(t, call.HeardAudio(patient(t), time.Second))
	require.GreaterOrEqual(t, call.Heard(), time.Second)
}

func testBusy(t *testing.T, p *pbx) {
	alice, bob := p.phone(t), p.registered(t)
	bob.OnIncoming(asterisktest.Busy)
	call, err := alice.Call(patient(t), bob.number)
	require.NoError(t, err)
	require.Equal(t, 486, call.StatusCode())
	require.Contains(t, call.HangupCause(), "cause=17")
	require.NoError(t, call.WaitDone(patient(t)))

	refused, err := bob.WaitIncoming(patient(t))
	require.NoError(t, err)
	require.Equal(t, 486, refused.StatusCode())
	require.False(t, refused.Answered())
}

func testCancel(t *testing.T, p *pbx) {
	alice, bob := p.phone(t), p.registered(t)
	bob.OnIncoming(asterisktest.Ring)
	call, err := alice.Dial(bob.number)
	require.NoError(t, err)
	require.NoError(t, call.WaitRinging(patient(t)))
	ringing, err := bob.WaitIncoming(patient(t))
	require.NoError(t, err)

	require.NoError(t, call.Hangup(patient(t)))
	require.Equal(t, 487, call.StatusCode())
	require.NoError(t, ringing.WaitDone(patient(t)))
	require.False(t, ringing.Answered())
	require.Error(t, ringing.Answer(patient(t)), "nobody is there any more")
}

func testRing(t *testing.T, p *pbx) {
	alice, bob := p.phone(t), p.registered(t)
	bob.OnIncoming(asterisktest.Ring)

	call, err := alice.Dial(bob.number)
	require.NoError(t, err)
	ringing, err := bob.WaitIncoming(patient(t))
	require.NoError(t, err)
	require.NoError(t, ringing.Answer(patient(t)))
	require.NoError(t, call.WaitAnswer(patient(t)))
	require.True(t, call.Answered())
	require.NoError(t, call.Hangup(patient(t)))

	call, err = alice.Dial(bob.number)
	require.NoError(t, err)
	ringing, err = bob.WaitIncoming(patient(t))
	require.NoError(t, err)
	require.NoError(t, ringing.Reject(patient(t), 486, "Busy Here"))
	require.NoError(t, call.WaitAnswer(patient(t)))
	require.Equal(t, 486, call.StatusCode())
	require.Error(t, call.Answer(patient(t)), "who calls cannot pick up")
}

func testRedirect(t *testing.T, p *pbx) {
	caller, away, there := p.phone(t), p.registered(t), p.registered(t)
	away.OnIncoming(asterisktest.Ring)
	call, err := caller.Dial(away.number)
	require.NoError(t, err)
	ringing, err := away.WaitIncoming(patient(t))
	require.NoError(t, err)
	require.NoError(t, ringing.Redirect(patient(t), "sip:"+there.number+"@"+p.SIPAddr()))
	require.NoError(t, ringing.WaitDone(patient(t)))
	_, err = there.WaitIncoming(patient(t))
	require.NoError(t, err)
	require.NoError(t, call.WaitAnswer(patient(t)))
	require.True(t, call.Answered())
}

func testTransfer(t *testing.T, p *pbx) {
	caller, called, third := p.phone(t), p.registered(t), p.registered(t)
	call, err := caller.Call(patient(t), called.number)
	require.NoError(t, err)
	answered, err := called.WaitIncoming(patient(t))
	require.NoError(t, err)
	require.NoError(t, call.Hears(patient(t), answered))
	status, err := answered.Transfer(patient(t), "sip:"+third.number+"@"+p.SIPAddr())
	require.NoError(t, err)
	require.Equal(t, 202, status)
	_, err = third.WaitIncoming(patient(t))
	require.NoError(t, err)
	require.NoError(t, call.Hangup(patient(t)))
}

func testAttendedTransfer(t *testing.T, p *pbx) {
	caller, called, third := p.phone(t), p.registered(t), p.registered(t)
	first, err := caller.Call(patient(t), called.number)
	require.NoError(t, err)
	one, err := called.WaitIncoming(patient(t))
	require.NoError(t, err)
	second, err := caller.Call(patient(t), third.number)
	require.NoError(t, err)
	other, err := third.WaitIncoming(patient(t))
	require.NoError(t, err)
	require.NoError(t, first.Hears(patient(t), one))
	require.NoError(t, second.Hears(patient(t), other))
	_, err = first.TransferTo(patient(t), one)
	require.Error(t, err, "not a call that the phone made")
	status, err := first.TransferTo(patient(t), second)
	require.NoError(t, err)
	require.Equal(t, 202, status)
	require.NoError(t, first.Hangup(patient(t)))
	require.NoError(t, second.Hangup(patient(t)))
	require.NoError(t, one.Hangup(patient(t)))
	require.NoError(t, other.WaitDone(patient(t)), "those two were connected")
}

func testCallerHangsUp(t *testing.T, p *pbx) {
	alice, bob := p.phone(t), p.registered(t)
	call, err := alice.Call(patient(t), bob.number)
	require.NoError(t, err)
	answered, err := bob.WaitIncoming(patient(t))
	require.NoError(t, err)

	require.NoError(t, call.Hangup(patient(t)))
	require.NoError(t, answered.WaitDone(patient(t)))
	require.Contains(t, answered.HangupCause(), "cause=16")
	require.NoError(t, call.Hangup(patient(t)), "a second time does nothing")
	require.Error(t, answered.HeardAudio(patient(t), time.Hour), "an ended call brings no audio")
}

func testKeys(t *testing.T, p *pbx) {
	alice := p.phone(t)
	call, err := alice.Call(patient(t), "keys")
	require.NoError(t, err)
	require.Error(t, call.SendDTMF(patient(t), "x"), "there is no such key")
	require.NoError(t, call.SendDTMF(patient(t), "19*0"))
	require.NoError(t, call.HeardAudio(patient(t), 100*time.Millisecond), "the prompt after the keys")
	require.Contains(t, cli(t, p.Asterisk, "database get keys "+alice.number), "19*0")
}

func testManyCalls(t *testing.T, p *pbx) {
	const calls = 20
	var all errgroup.Group
	for range calls {
		alice, bob := p.phone(t), p.phone(t)
		all.Go(func() error {
			if err := bob.Register(patient(t)); err != nil {
				return err
			}
			call, err := alice.Call(patient(t), bob.number)
			if err != nil {
				return err
			}
			answered, err := bob.WaitIncoming(patient(t))
			if err != nil {
				return err
			}
			if err := talk(t, call, answered); err != nil {
				return err
			}
			return call.Hangup(patient(t))
		})
	}
	require.NoError(t, all.Wait())
}

// talk lets both sides of a call speak at the same time and tells whether both hear the other.
func talk(t *testing.T, calls ...*asterisktest.Call) error {
	t.Helper()
	var both errgroup.Group
	for _, call := range calls {
		both.Go(func() error { return call.SendTone(patient(t), 440, 500*time.Millisecond) })
		both.Go(func() error { return call.HeardAudio(patient(t), 200*time.Millisecond) })
	}
	return both.Wait()
}
