package asterisk_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/resource"
)

// startAttack is an Asterisk and a phone of the second organisation, with the
// extension 1003, that must never ring.
func startAttack(t *testing.T, carrierHost string) (p *realPBX, victim *asterisktest.Phone) {
	t.Helper()
	p = startPBX(t, carrierHost, func(prefix string, s *resource.Snapshot) {
		if prefix == "bbbb2222" {
			s.Users[1].Extension = "1003"
		}
	})
	victim = p.phone(t, "bbbb2222", 2)
	return p, victim
}

var executed = regexp.MustCompile(`Executing \[.*@([^@\]:]+):\d+\] (\w+)\((.*)`)

// requireInside checks every step that the dialplan has run: it was in a
// context that all share or in one of the organisation, gave no argument that
// names the other, and was an application that the base dialplan uses.
func (p *realPBX) requireInside(t *testing.T, prefix, other string) {
	t.Helper()
	steps := 0
	for line := range strings.Lines(p.Log()) {
		step := executed.FindStringSubmatch(line)
		if step == nil {
			continue
		}
		steps++
		require.Regexp(t, `^(orgpbx|`+prefix+`)-`, step[1], line)
		if !strings.Contains(step[3], `"ORGPBX_TO=`) { // FILTER comes behind it
			require.NotContains(t, step[3], other, line)
		}
		require.Contains(t, []string{
			"Gosub", "Goto", "GotoIf", "Set", "MSet", "Return", "Dial", "Queue", "Progress", "Playback", "Hangup", "ExecIf", "VoiceMail",
			"Answer", "Park", "ParkedCall", "PauseQueueMember", "UnpauseQueueMember", "HangupCauseClear", "Log",
		}, step[2], line)
	}
	require.NotZero(t, steps, "the dialplan is logged")
}

func TestNothingThatAPhoneDialsLeavesItsOrganization(t *testing.T) {
	t.Parallel()
	p, victim := startAttack(t, "127.0.0.23")
	phone := p.phone(t, "aaaa1111", 1)
	requireAll(t, 404, func(number string) (*asterisktest.Call, error) { return phone.Dial(number) },
		"1003", "*81003", "*7", "**1003", "#1", "0", "+",
		"s", "h", "i", "t", "e", "BUSY", "no_route", "external_replaces",
		"bbbb2222-phone2", "bbbb2222-internal", "orgpbx-dids-001", "PJSIP%2Fbbbb2222-phone2",
		"1003%40bbbb2222-internal", "Local%2F1003%40bbbb2222-internal",
		"1%2C1%29%0Aexten%20%3D%3E%201%2C1%2CSystem%28id%29", "1%7D%24%7BSHELL%28id%29%7D", "1%22%5D%3Fbbbb2222-internal%2C1003%2C1",
		"1%26PJSIP%2Fbbbb2222-phone2", "1%3B1003", "%00", "1%001003", "%D9%A1%D9%A0%D9%A0%D9%A3",
		strings.Repeat("1", 79), strings.Repeat("1", 80), strings.Repeat("1", 120), strings.Repeat("A", 120),
	)
	require.Empty(t, victim.Incoming(), "a phone of another organisation rang")
	p.requireInside(t, "aaaa1111", "bbbb2222-")
}

func TestARingingCallIsPickedUpByNobodyElse(t *testing.T) {
	t.Parallel()
	p, victim := startAttack(t, "127.0.0.24")
	victim.OnIncoming(asterisktest.Ring)
	ringing, err := p.phone(t, "bbbb2222", 1).Dial("1003")
	require.NoError(t, err)
	require.NoError(t, ringing.WaitRinging(patient(t)))
	for _, prefix := range []string{"aaaa1111", "bbbb2222"} {
		call, err := p.phone(t, prefix, 1).Call(patient(t), "*8")
		require.NoError(t, err)
		require.Equal(t, 403, call.StatusCode(), prefix)
	}
	require.Zero(t, ringing.StatusCode(), "it still rings")
}

func TestWhoCallsIsNotWhatTheCallerSays(t *testing.T) {
	t.Parallel()
	p, victim := startAttack(t, "127.0.0.25")
	p.phone(t, "aaaa1111", 2)
	lies := []asterisktest.Header{
		{Name: "Diversion", Value: `"x" <sip:+15550666@evil.example>;reason=unconditional`},
		{Name: "P-Asserted-Identity", Value: `"x" <sip:+15550666@evil.example>`},
		{Name: "Remote-Party-ID", Value: `"x" <sip:+15550666@evil.example>;party=calling`},
		{Name: "Referred-By", Value: `<sip:+15550666@evil.example>`},
		{Name: "History-Info", Value: `<sip:+15550666@evil.example>;index=1`},
		{Name: "X-Account-Code", Value: "+15550666"},
		{Name: "Alert-Info", Value: "<http://evil.example/+15550666>"},
	}
	call, err := p.phone(t, "aaaa1111", 1).Call(patient(t), "+4930123", lies...)
	require.NoError(t, err)
	require.True(t, call.Answered())
	outside, err := p.carrier.WaitIncoming(patient(t))
	require.NoError(t, err)
	require.Equal(t, "+15550101001", outside.From())
	require.Empty(t, outside.FromName())
	for _, lie := range lies {
		require.NotContains(t, outside.InviteHeader(lie.Name), "666", lie.Name)
	}

	// The caller of a trunk says who he is; that is shown, and runs nowhere.
	for _, name := range []string{`${SHELL(id)}`, `x]&Local/1003@bbbb2222-internal`, `$[1+1]`, `a,b)(c;d`, strings.Repeat("n", 100)} {
		call, err := p.carrier.Call(patient(t), p.SIPAddr(), asterisktest.InboundCall{
			From: "%24%7BSHELL(id)%7D,1)", FromName: name, To: "+15550101002", Headers: lies,
		})
		require.NoError(t, err)
		require.True(t, call.Answered(), name)
		require.NoError(t, call.Hangup(patient(t)))
	}
	require.Empty(t, victim.Incoming())
	p.requireInside(t, "aaaa1111", "bbbb2222-")
	require.NotContains(t, p.Log(), "uid=")
}

func TestNumbersInsideARequestOfACarrierNameOnlyDIDs(t *testing.T) {
	t.Parallel()
	p, victim := startAttack(t, "127.0.0.26")
	requireAll(t, 404, func(number string) (*asterisktest.Call, error) {
		return p.carrier.Dial(p.SIPAddr(), asterisktest.InboundCall{From: "+15557654321", To: number})
	}, "1003", "s", "i", "t", "+", "bbbb2222-phone2", "bbbb2222-internal", "1003%40bbbb2222-internal",
		"1%7D%24%7BSHELL%28id%29%7D", "1%29%2C1%2CSystem", "a%2C1003%2C1", strings.Repeat("1", 200), strings.Repeat("a", 200))
	require.Empty(t, victim.Incoming())
	p.requireInside(t, "aaaa1111", "bbbb2222-")
}

func TestTransfersStayInsideTheOrganization(t *testing.T) {
	t.Parallel()
	p, victim := startAttack(t, "127.0.0.27")
	first, second := p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 2)
	talk := func() (made, answered *asterisktest.Call) {
		made, err := first.Call(patient(t), "1002")
		require.NoError(t, err)
		require.True(t, made.Answered())
		answered, err = second.WaitIncoming(patient(t))
		require.NoError(t, err)
		require.NoError(t, made.Hears(patient(t), answered))
		return made, answered
	}
	var transferred []*asterisktest.Call
	for _, target := range []string{
		"1003", "1003%40bbbb2222-internal", "bbbb2222-phone2", "Local%2F1003%40bbbb2222-internal", "1003&PJSIP%2Fbbbb2222-phone2", "s", "*8",
	} {
		made, answered := talk()
		_, err := made.Transfer(patient(t), "sip:"+target+"@"+p.SIPAddr())
		require.NoError(t, err, target)
		require.NoError(t, made.Hangup(patient(t)))
		transferred = append(transferred, answered)

		made, answered = talk()
		_, err = answered.Transfer(patient(t), "sip:"+target+"@"+p.SIPAddr())
		require.NoError(t, err, target)
		require.NoError(t, answered.Hangup(patient(t)))
		transferred = append(transferred, made)
	}
	for _, call := range transferred { // each hears a prompt for as long as the others
		require.NoError(t, call.WaitDone(patient(t)))
	}
	require.Empty(t, victim.Incoming(), "a phone of another organisation rang")
	p.requireInside(t, "aaaa1111", "bbbb2222-")

	call := p.call(t, "+15550101001")
	require.True(t, call.Answered())
	answered, err := first.WaitIncoming(patient(t))
	require.NoError(t, err)
	require.NoError(t, call.Hears(patient(t), answered))
	status, err := answered.Transfer(patient(t), "sip:1002@"+p.SIPAddr())
	require.NoError(t, err)
	require.Equal(t, 202, status)
	_, err = second.WaitIncoming(patient(t))
	require.NoError(t, err)
	require.NoError(t, call.Hangup(patient(t)))
}

func TestATrunkTransfersNothing(t *testing.T) {
	t.Parallel()
	p, victim := startAttack(t, "127.0.0.28")
	first := p.phone(t, "aaaa1111", 1)
	call := p.call(t, "+15550101001")
	require.True(t, call.Answered())
	answered, err := first.WaitIncoming(patient(t))
	require.NoError(t, err)
	require.NoError(t, call.Hears(patient(t), answered))
	status, err := call.Transfer(patient(t), "sip:+15550102001@"+p.SIPAddr())
	require.NoError(t, err)
	require.GreaterOrEqual(t, status, 400)
	require.Empty(t, victim.Incoming())
}

func TestAPhoneThatRedirectsReachesNobody(t *testing.T) {
	t.Parallel()
	p, victim := startAttack(t, "127.0.0.29")
	first, second := p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 2)
	for _, uri := range []string{
		"sip:1003@" + p.SIPAddr(), "sip:bbbb2222-phone2@" + p.SIPAddr(), "sip:+4930123@" + p.SIPAddr(),
		"sip:1003@bbbb2222-internal", "sip:Local%2F1003%40bbbb2222-internal@" + p.SIPAddr(), "sip:x@" + victim.Addr(),
	} {
		second.OnIncoming(asterisktest.Ring)
		call, err := first.Dial("1002")
		require.NoError(t, err)
		ringing, err := second.WaitIncoming(patient(t))
		require.NoError(t, err)
		require.NoError(t, ringing.Redirect(patient(t), uri))
		require.NoError(t, call.WaitAnswer(patient(t)))
		require.False(t, call.Answered(), uri)

		// The carrier is not to send the organisation's call elsewhere, too.
		p.carrier.OnIncoming(asterisktest.Ring)
		call, err = first.Dial("+4930123")
		require.NoError(t, err)
		ringing, err = p.carrier.WaitIncoming(patient(t))
		require.NoError(t, err)
		require.NoError(t, ringing.Redirect(patient(t), uri))
		require.NoError(t, call.WaitAnswer(patient(t)))
		require.False(t, call.Answered(), uri)
	}
	first.OnIncoming(asterisktest.Ring)
	waiting := p.call(t, "+15550101002")
	ringing, err := first.WaitIncoming(patient(t))
	require.NoError(t, err)
	require.NoError(t, ringing.Redirect(patient(t), "sip:1003@bbbb2222-internal"))
	require.NoError(t, waiting.Hangup(patient(t)))

	require.Empty(t, victim.Incoming(), "a phone of another organisation rang")
	require.Empty(t, p.carrier.Incoming())
	p.requireInside(t, "aaaa1111", "bbbb2222-")
}

func TestAPhoneRegistersAsItselfOnly(t *testing.T) {
	t.Parallel()
	p, victim := startAttack(t, "127.0.0.30")
	for _, options := range []asterisktest.PhoneOptions{
		{Username: "bbbb2222-phone2", Password: "guess"},
		{Username: "bbbb2222-trunk-0000000000a3", Password: phonePassword},
		{Username: "%24%7BEXTEN%7D", Password: phonePassword},
		{Username: "aaaa1111-phone1%40bbbb2222-phone2", Password: phonePassword},
		{Username: "carrier", Password: phonePassword},
	} {
		options.Asterisk = p.SIPAddr()
		thief := asterisktest.NewPhone(t, options)
		require.Error(t, thief.Register(patient(t)), options.Username)
		call, err := thief.Call(patient(t), "1003")
		require.NoError(t, err)
		require.Equal(t, 401, call.StatusCode(), options.Username)
	}
	require.Contains(t, p.cli(t, "pjsip show aor bbbb2222-phone2"), victim.Addr())
	require.Empty(t, victim.Incoming())
}
