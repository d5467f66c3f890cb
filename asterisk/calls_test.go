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

func TestAsteriskLoadsWhatIsRendered(t *testing.T) {
	t.Parallel()
	p := startPlaces(t, "127.0.0.11", nil)

	for _, name := range []string{"aaaa1111-phone1", "aaaa1111-trunk-0000000000a1", "aaaa1111-in-branch", "bbbb2222-phone2"} {
		require.NotContains(t, p.cli(t, "pjsip show endpoint "+name), "Unable to find")
	}
	require.Contains(t, p.cli(t, "pjsip show aor bbbb2222-ai-0000000000a2"), "sip:booking@"+p.sipAgent.Addr())
	require.Contains(t, p.cli(t, "dialplan show aaaa1111-ivr-3001"), "'#' =>")
	require.Contains(t, p.cli(t, "dialplan show aaaa1111-pin-4001"), "'471100' =>")
	require.Contains(t, p.cli(t, "pjsip show registrations"), "aaaa1111-trunk-0000000000a1")
	require.Regexp(t, `bbbb2222-trunk-0000000000a3-[0-9a-f]{8}/`, p.cli(t, "pjsip show identifies"))
	require.Contains(t, p.cli(t, "dialplan show orgpbx-dids-001"), "bbbb2222-inbound,15550102001,1")
	require.Contains(t, p.cli(t, "dialplan show aaaa1111-internal"), "orgpbx-user,aaaa1111-phone1,1)")
	globals := p.cli(t, "dialplan show globals")
	require.Contains(t, globals, "ORGPBX_aaaa1111_STATUS=active")
	require.Contains(t, globals, "ORGPBX_bbbb2222_CALLS=30")
	require.Contains(t, p.cli(t, "queue show aaaa1111-2001"), "Meena Rao")
	require.Contains(t, p.cli(t, "voicemail show users for aaaa1111"), "Meena Rao")

	for line := range strings.Lines(p.Log()) {
		complaint := strings.Contains(line, "WARNING") || strings.Contains(line, "ERROR")
		require.False(t, complaint && !saysNothingOfTheFiles(line), line)
	}
}

// saysNothingOfTheFiles knows the warnings that come with any configuration: a trunk that nobody answers for cannot
// be registered, and the SIP library remarks, depending on timing, on the order in which Asterisk loads its modules.
func saysNothingOfTheFiles(warning string) bool {
	return strings.Contains(warning, "res_pjsip_outbound_registration") || strings.Contains(warning, "pjproject:")
}

func TestHostileOrganizationHarmsNobody(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.22", func(prefix string, s *resource.Snapshot) {
		if prefix == "bbbb2222" {
			*s = hostileSnapshot(hostileExample)
			for i := range s.Trunks {
				s.Trunks[i].Host = "127.0.0.99" // a name would be looked up
			}
		}
	})
	const hostile = "k3v9x2m4x___evil__ex"
	require.Contains(t, p.cli(t, "dialplan show "+hostile+"-internal"), "'100111' =>")
	require.Contains(t, p.cli(t, "queue show "+hostile+"-200111"), "Meena Raox evil exten")
	require.Contains(t, p.cli(t, "pjsip show auths"), hostile+"-trunk-udeetcpasswd")
	require.NotContains(t, p.cli(t, "dialplan show"), "System(")
	require.NotContains(t, p.cli(t, "dialplan show"), "SHELL(")

	call, err := p.phone(t, "aaaa1111", 1).Call(patient(t), "+4930123")
	require.NoError(t, err)
	require.True(t, call.Answered(), "the other organisation works")
}

func TestPhonesReachTheirOwnOrganizationOnly(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.12", func(prefix string, s *resource.Snapshot) {
		if prefix == "bbbb2222" {
			s.Users[1].Extension = "1003"
		}
	})
	first := p.phone(t, "aaaa1111", 1)
	second := p.phone(t, "aaaa1111", 2)
	p.phone(t, "bbbb2222", 2)

	call, err := first.Call(patient(t), "1002")
	require.NoError(t, err)
	require.True(t, call.Answered())
	incoming, err := second.WaitIncoming(patient(t))
	require.NoError(t, err)
	require.Equal(t, "1001", incoming.From())
	require.Equal(t, "Meena Rao", incoming.FromName())
	require.NoError(t, call.Hangup(patient(t)))

	requireAll(t, 404, func(number string) (*asterisktest.Call, error) { return first.Dial(number) },
		"1003", "77", "1003%40bbbb2222-internal", "1002&Local/1003%40bbbb2222-internal")
}

func TestCallsToDIDsArriveWhereTheyAreRouted(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.13", nil)
	first := p.phone(t, "bbbb2222", 1)

	for _, number := range []string{"+15550102001", "15550102001"} {
		call := p.call(t, number)
		require.True(t, call.Answered(), number)
		incoming, err := first.WaitIncoming(patient(t))
		require.NoError(t, err)
		require.Equal(t, "+15557654321", incoming.From())
		require.NoError(t, call.Hangup(patient(t)))
		require.NoError(t, incoming.WaitDone(patient(t)))
	}

	queued := p.call(t, "+15550102002")
	require.True(t, queued.Answered())
	_, err := first.WaitIncoming(patient(t))
	require.NoError(t, err)
	require.NoError(t, queued.Hangup(patient(t)))

	mailbox := p.call(t, "+15550102003")
	require.True(t, mailbox.Answered())
	require.NoError(t, mailbox.HeardAudio(patient(t), time.Second))
	require.NoError(t, mailbox.Hangup(patient(t)))

	requireAll(t, 404, func(number string) (*asterisktest.Call, error) {
		return p.carrier.Dial(p.SIPAddr(), asterisktest.InboundCall{From: "+15557654321", To: number})
	}, "+15550102005", "+15550109999", "1001", "h")
}

func TestOutboundCallsTakeTheRoutesInOrder(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.14", func(_ string, s *resource.Snapshot) {
		s.Users[0].OutboundCallerID = s.DIDs[1].Number
	})
	first, second := p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 2)

	tests := []struct {
		name, dialled, called, callerID string
		from                            *asterisktest.Phone
	}{
		{"the second trunk where the first is away", "912345", "12345", "+15550101002", first},
		{"the caller id of the route", "912345", "12345", "+15550101001", second},
		{"another pattern", "+4930123", "+4930123", "+15550101002", first},
	}
	for _, test := range tests {
		call, err := test.from.Call(patient(t), test.dialled)
		require.NoError(t, err)
		require.True(t, call.Answered(), test.name)
		incoming, err := p.carrier.WaitIncoming(patient(t))
		require.NoError(t, err)
		require.Equal(t, test.called, incoming.To(), test.name)
		require.Equal(t, test.callerID, incoming.From(), test.name)
		require.Empty(t, incoming.FromName(), test.name)
		require.NoError(t, call.Hangup(patient(t)))
	}

	p.carrier.OnIncoming(asterisktest.Busy)
	call, err := first.Call(patient(t), "+4930123")
	require.NoError(t, err)
	require.Equal(t, 486, call.StatusCode())
}

func TestLimitIsNeitherPassedNorMissed(t *testing.T) {
	t.Parallel()
	const limit, callers = 5, 16
	p := startPBX(t, "127.0.0.15", func(_ string, s *resource.Snapshot) {
		s.Organization.Limits.ConcurrentCalls = limits.AtMost(limit)
	})
	first := p.phone(t, "aaaa1111", 1)

	calls := make([]*asterisktest.Call, callers)
	for i := range calls {
		var err error
		calls[i], err = first.Dial("+4930123")
		require.NoError(t, err)
	}
	admitted := 0
	for _, call := range calls {
		require.NoError(t, call.WaitAnswer(patient(t)))
		if call.Answered() {
			admitted++
			continue
		}
		require.Equal(t, 503, call.StatusCode())
		require.True(t, call.EarlyMedia(), "the caller hears why")
	}
	require.Equal(t, limit, admitted)

	other, err := p.phone(t, "bbbb2222", 1).Call(patient(t), "+4930123")
	require.NoError(t, err)
	require.True(t, other.Answered(), "another organisation has its own limit")
}

func TestCallInAndOutAgainIsOneCall(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.16", func(_ string, s *resource.Snapshot) {
		s.Organization.Limits.ConcurrentCalls = limits.AtMost(1)
	})
	first := p.phone(t, "aaaa1111", 1)

	forwarded := p.call(t, "+15550101004")
	require.True(t, forwarded.Answered())
	refused, err := first.Call(patient(t), "+4930123")
	require.NoError(t, err)
	require.Equal(t, 503, refused.StatusCode())
	inside, err := first.Call(patient(t), "1002")
	require.NoError(t, err)
	require.Equal(t, 480, inside.StatusCode(), "an internal call needs no slot")

	require.NoError(t, forwarded.Hangup(patient(t)))
	require.Eventually(t, func() bool {
		call, err := first.Call(patient(t), "+4930123")
		return err == nil && call.Answered()
	}, patience, 50*time.Millisecond)
}

func TestHotValuesActWithoutAReload(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.17", nil)
	first := p.phone(t, "aaaa1111", 1)
	dial := func(number string) int {
		call, err := first.Call(patient(t), number)
		require.NoError(t, err)
		if call.Answered() {
			require.NoError(t, call.Hangup(patient(t)))
		}
		return call.StatusCode()
	}
	p.phone(t, "aaaa1111", 2)
	require.Equal(t, 200, dial("+4930123"))

	p.setGlobal(t, "ORGPBX_aaaa1111_trunk_0000000000a3_CHANNELS", "0")
	require.Equal(t, 503, dial("+4930123"))
	require.Equal(t, 503, p.call(t, "+15550101002").StatusCode())
	p.setGlobal(t, "ORGPBX_aaaa1111_trunk_0000000000a3_CHANNELS", "1000000000")
	require.Equal(t, 200, dial("+4930123"))

	p.setGlobal(t, "ORGPBX_aaaa1111_CALLS", "0")
	require.Equal(t, 503, dial("+4930123"))
	require.Equal(t, 200, dial("1002"))
	p.setGlobal(t, "ORGPBX_aaaa1111_CALLS", "1000000000")
	require.Equal(t, 200, dial("+4930123"))

	p.suspend(t, "aaaa1111")
	require.Equal(t, 403, dial("+4930123"))
	require.Equal(t, 403, dial("1002"))
	require.Equal(t, 403, p.call(t, "+15550101001").StatusCode())
	require.True(t, p.call(t, "+15550102003").Answered(), "the other organisation goes on")
}

func TestTrunksOfTheSameUserNameRegisterApart(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.18", nil)
	first := p.phone(t, "bbbb2222", 1)
	for _, prefix := range []string{"aaaa1111", "bbbb2222"} {
		trunk := asterisktest.NewPhone(t, asterisktest.PhoneOptions{
			Asterisk: p.SIPAddr(), Username: prefix + "-in-branch", Password: "branch-password",
		})
		require.NoError(t, trunk.Register(patient(t)))

		call, err := trunk.Call(patient(t), "+15550102001")
		require.NoError(t, err)
		require.Equal(t, prefix == "bbbb2222", call.Answered(), "only its own organisation's DIDs")
		other, err := trunk.Call(patient(t), "1001")
		require.NoError(t, err)
		require.Equal(t, 404, other.StatusCode())
	}
	_, err := first.WaitIncoming(patient(t))
	require.NoError(t, err)
}

func TestEveryDeviceOfAUserRings(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.20", nil)
	devices := []*asterisktest.Phone{p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 1)}
	for _, d := range devices {
		d.OnIncoming(asterisktest.Ring)
	}
	call, err := p.phone(t, "aaaa1111", 2).Dial("1001")
	require.NoError(t, err)
	for _, d := range devices {
		_, err := d.WaitIncoming(patient(t))
		require.NoError(t, err)
	}
	require.NoError(t, call.Hangup(patient(t)))
}

func TestContactsCannotNameAnotherChannel(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.21", nil)
	foreign, caller := p.phone(t, "bbbb2222", 1), p.phone(t, "aaaa1111", 1)
	for _, contact := range []string{
		"sip:x@127.0.0.1:5999;y=&PJSIP/bbbb2222-phone1",
		"sip:x@127.0.0.1:5999;y=&PJSIP/aaaa1111-phone2/sip&PJSIP/bbbb2222-phone1",
		"sip:x&PJSIP/bbbb2222-phone1,30,U(evil)@127.0.0.1:5999",
	} {
		registerContact(t, p.SIPAddr(), "aaaa1111-phone2", contact)
		require.Contains(t, p.cli(t, "database show registrar"), strings.Split(contact, "1:5999")[0], "Asterisk takes it")
		call, err := caller.Call(patient(t), "1002")
		require.NoError(t, err)
		require.Equal(t, 486, call.StatusCode(), "the device that registered was asked")
	}
	require.Empty(t, foreign.Incoming(), "a phone of another organisation rang")
}

func TestUnansweredCallsEndInTheMailboxOfTheirUser(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.19", nil)
	first, second := p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 2)
	first.OnIncoming(asterisktest.Busy)
	second.OnIncoming(asterisktest.Busy)

	message, err := second.Call(patient(t), "1001")
	require.NoError(t, err)
	require.True(t, message.Answered())
	require.NoError(t, message.HeardAudio(patient(t), time.Second))
	require.NoError(t, message.Hangup(patient(t)))

	busy, err := first.Call(patient(t), "1002")
	require.NoError(t, err)
	require.Equal(t, 486, busy.StatusCode(), "no voicemail")

	listen, err := first.Call(patient(t), "*97")
	require.NoError(t, err)
	require.True(t, listen.Answered())
	require.NoError(t, listen.HeardAudio(patient(t), time.Second))
	require.NoError(t, listen.Hangup(patient(t)))
	nothing, err := second.Call(patient(t), "*97")
	require.NoError(t, err)
	require.Equal(t, 404, nothing.StatusCode())
}
