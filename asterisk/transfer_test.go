package asterisk_test

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/resource"
)

// addUser gives an organisation one more phone, the n-th, with the extension 100n.
func addUser(prefix string, s *resource.Snapshot, n int) *resource.User {
	u := s.Users[0]
	u.ID = fmt.Sprintf("0198f2a1-0000-7000-8000-00000000100%d", n)
	u.Extension, u.FullName, u.VoicemailEnabled, u.OutboundCallerID = fmt.Sprintf("100%d", n), "", false, ""
	u.SIP.Username = fmt.Sprintf("%s-phone%d", prefix, n)
	sum := md5.Sum([]byte(u.SIP.Username + ":" + u.SIP.Realm + ":" + phonePassword))
	u.SIP.MD5 = hex.EncodeToString(sum[:])
	s.Users = append(s.Users, u)
	return &s.Users[len(s.Users)-1]
}

// connect has a phone call a number that somebody answers, and returns both sides once they hear each other.
func connect(t *testing.T, from *asterisktest.Phone, number string, to incomer) (made, answered *asterisktest.Call) {
	t.Helper()
	made, err := from.Call(patient(t), number)
	require.NoError(t, err)
	require.Equal(t, 200, made.StatusCode())
	answered = next(t, to)
	require.NoError(t, made.Hears(patient(t), answered))
	return made, answered
}

// incomer is a phone or a carrier.
type incomer interface {
	Incoming() <-chan *asterisktest.Call
}

// next is the next call that comes in.
func next(t *testing.T, at incomer) *asterisktest.Call {
	t.Helper()
	select {
	case call := <-at.Incoming():
		return call
	case <-patient(t).Done():
		require.Fail(t, "no call came in")
		return nil
	}
}

// press presses keys to which Asterisk answers with a prompt, and returns when that is heard.
func press(t *testing.T, call *asterisktest.Call, keys string) {
	t.Helper()
	before := call.Heard()
	require.NoError(t, call.SendDTMF(patient(t), keys))
	require.NoError(t, call.HeardAudio(patient(t), before+100*time.Millisecond), keys)
}

// handOn presses two keys that begin a transfer, and then the number.
func handOn(t *testing.T, call *asterisktest.Call, keys, number string) {
	t.Helper()
	press(t, call, keys)
	if err := call.SendDTMF(patient(t), number+"#"); err != nil {
		// A call that is handed on at once may be over before the last key is up.
		require.NoError(t, call.WaitDone(patient(t)), "%v", err)
	}
}

// requireTogether checks that two sides hear each other.
func requireTogether(t *testing.T, a, b *asterisktest.Call) {
	t.Helper()
	require.NoError(t, a.Hears(patient(t), b))
	require.NoError(t, b.Hears(patient(t), a))
}

func startWithThree(t *testing.T, carrierHost string, edit func(prefix string, s *resource.Snapshot)) *realPBX {
	t.Helper()
	return startPBX(t, carrierHost, func(prefix string, s *resource.Snapshot) {
		addUser(prefix, s, 3)
		if edit != nil {
			edit(prefix, s)
		}
	})
}

func TestKeysHandACallOn(t *testing.T) {
	t.Parallel()
	p := startWithThree(t, "127.0.0.51", nil)
	first, second, third := p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 2), p.phone(t, "aaaa1111", 3)

	made, answered := connect(t, first, "1002", second)
	handOn(t, made, "##", "1003")
	requireTogether(t, next(t, third), answered)
	require.NoError(t, made.WaitDone(patient(t)))
	require.NoError(t, answered.Hangup(patient(t)))

	made, answered = connect(t, first, "1002", second)
	handOn(t, answered, "*2", "1003")
	asked := next(t, third)
	requireTogether(t, asked, answered)
	require.NoError(t, answered.Hangup(patient(t)))
	requireTogether(t, asked, made)
	require.NoError(t, made.Hangup(patient(t)))
}

func TestACallerFromOutsideTransfersNothingByKeys(t *testing.T) {
	t.Parallel()
	p := startWithThree(t, "127.0.0.52", nil)
	first, second, third := p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 2), p.phone(t, "aaaa1111", 3)
	try := func(outside, inside *asterisktest.Call) {
		t.Helper()
		for _, keys := range []string{"##1003#", "*21003#"} {
			require.NoError(t, outside.SendDTMF(patient(t), keys))
		}
		requireTogether(t, outside, inside)
		require.Empty(t, third.Incoming())
		require.Empty(t, p.carrier.Incoming())
	}
	outside := p.call(t, "+15550101001")
	inside := next(t, first)
	requireTogether(t, outside, inside)
	try(outside, inside)

	handOn(t, inside, "##", "1002")
	handed := next(t, second)
	requireTogether(t, outside, handed)
	try(outside, handed)

	handOn(t, handed, "*2", "1001")
	asked := next(t, first)
	requireTogether(t, handed, asked)
	require.NoError(t, handed.Hangup(patient(t)))
	requireTogether(t, outside, asked)
	try(outside, asked)
	require.NoError(t, outside.Hangup(patient(t)))

	made, called := connect(t, first, "+4930123", p.carrier)
	try(called, made)
	require.NoError(t, made.Hangup(patient(t)))

	waiting := p.call(t, "+15550101002")
	agent := next(t, first)
	requireTogether(t, waiting, agent)
	try(waiting, agent)
}

func TestWhereTransfersAreOffNothingHandsACallOn(t *testing.T) {
	t.Parallel()
	p := startWithThree(t, "127.0.0.53", func(_ string, s *resource.Snapshot) {
		s.Organization.Settings.Features.CallTransfer = false
	})
	first, second, third := p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 2), p.phone(t, "aaaa1111", 3)
	made, answered := connect(t, first, "1002", second)
	for _, side := range []*asterisktest.Call{made, answered} {
		for _, keys := range []string{"##1003#", "*21003#"} {
			require.NoError(t, side.SendDTMF(patient(t), keys))
		}
		status, err := side.Transfer(patient(t), "sip:1003@"+p.SIPAddr())
		require.NoError(t, err)
		require.Equal(t, 603, status)
	}
	asking, _ := connect(t, first, "1003", third)
	status, err := made.TransferTo(patient(t), asking)
	require.NoError(t, err)
	require.Equal(t, 603, status)
	requireTogether(t, made, answered)
	require.Empty(t, third.Incoming())

	requireRefused(t, p, first, "feature_off", 403, "*700", "*701", "*710", "*720")
}

// requireRefused dials numbers that are refused with a prompt for the reason given.
func requireRefused(t *testing.T, p *realPBX, phone *asterisktest.Phone, reason string, status int, numbers ...string) {
	t.Helper()
	requireAll(t, status, func(number string) (*asterisktest.Call, error) {
		call, err := phone.Dial(number)
		if err == nil {
			err = call.HeardAudio(patient(t), 100*time.Millisecond)
		}
		return call, err
	}, numbers...)
	_, err := p.WaitCallRecords(patient(t), func(records []asterisktest.CallRecord) bool {
		refused := map[string]bool{}
		for _, r := range records {
			if r["orgpbx_denied"] == reason {
				refused[r["uniqueid"]] = true
			}
		}
		return len(refused) >= len(numbers)
	})
	require.NoError(t, err)
}

func TestTransfersByKeysStayInsideTheOrganizationAndItsLimits(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.54", func(prefix string, s *resource.Snapshot) {
		s.Organization.Limits.ConcurrentCalls = limits.AtMost(1)
		if prefix == "bbbb2222" {
			s.Users[1].Extension = "1003"
		}
	})
	victim := p.phone(t, "bbbb2222", 2)
	first, second := p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 2)

	made, answered := connect(t, first, "1002", second)
	handOn(t, made, "##", "1003")
	require.NoError(t, made.WaitDone(patient(t)))
	require.NoError(t, answered.WaitDone(patient(t)), "it heard that there is no such number")
	require.Empty(t, victim.Incoming())

	made, answered = connect(t, first, "1002", second)
	handOn(t, answered, "##", "912345")
	far := next(t, p.carrier)
	requireTogether(t, far, made)
	require.Equal(t, "12345", far.To())
	p.awaitTaken(t, "aaaa1111", 1)

	over, err := second.Call(patient(t), "912346")
	require.NoError(t, err)
	require.Equal(t, 503, over.StatusCode(), "the transferred call is counted")
	require.NoError(t, far.Hangup(patient(t)))
	p.awaitTaken(t, "aaaa1111", 0)

	made, answered = connect(t, first, "1002", second)
	handOn(t, made, "*2", "912345")
	far = next(t, p.carrier)
	requireTogether(t, far, made)
	require.NoError(t, made.Hangup(patient(t)))
	requireTogether(t, far, answered)
	p.awaitTaken(t, "aaaa1111", 1)
	require.NoError(t, far.Hangup(patient(t)))
	require.NoError(t, answered.WaitDone(patient(t)))
	p.awaitTaken(t, "aaaa1111", 0)
}
