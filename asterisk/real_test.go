package asterisk_test

import (
	"context"
	"crypto/md5" //nolint:gosec // the digest that phones register with
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/resource"
)

// patience bounds a call that hangs. None of these needs a tenth of it.
const patience = 40 * time.Second

// realPBX is an Asterisk with organisations in it.
type realPBX struct {
	*asterisktest.Asterisk
	carrier *asterisktest.Carrier // known by address to every organisation
	away    *asterisktest.Carrier // we register with it, and it refuses every call
}

// startPBX runs an Asterisk with the rendered snapshots, whose peer trunk leads
// to the carrier. The operator has a [globals] section of his own.
func startPBX(t *testing.T, carrierHost string, edit func(prefix string, s *resource.Snapshot)) *realPBX {
	t.Helper()
	carrier := asterisktest.NewCarrier(t, asterisktest.CarrierOptions{Host: carrierHost})
	away := asterisktest.NewCarrier(t, asterisktest.CarrierOptions{Host: strings.Replace(carrierHost, "127.0.0", "127.0.1", 1)})
	away.OnIncoming(asterisktest.Unavailable)
	dir := t.TempDir()
	shared, err := asterisk.BaseFiles(dir)
	require.NoError(t, err)
	operator := map[string]string{}
	for _, f := range shared {
		writeFile(t, filepath.Join(dir, f.Path), f.Text)
		operator[f.Path] = "\n#include \"" + filepath.Join(dir, f.Path) + "\"\n"
	}
	for i, prefix := range []string{"aaaa1111", "bbbb2222"} {
		s := tenantSnapshot(prefix, i+1, carrier, away)
		if edit != nil {
			edit(prefix, &s)
		}
		for _, f := range asterisk.Render(s).Files {
			writeFile(t, filepath.Join(dir, asterisk.OrganizationPath(prefix, f.Name)), f.Bytes())
		}
	}
	return &realPBX{asterisktest.Start(t, asterisktest.Options{Files: operator}), carrier, away}
}

// tenantSnapshot is the example moved to a prefix, with the DIDs
// +1555010n00m.
func tenantSnapshot(prefix string, n int, carrier, away *asterisktest.Carrier) resource.Snapshot {
	s := exampleSnapshot()
	s.Organization.ContextPrefix = prefix
	for i := range s.Users {
		u := &s.Users[i]
		u.SIP.Username = fmt.Sprintf("%s-phone%d", prefix, i+1)
		sum := md5.Sum([]byte(u.SIP.Username + ":" + u.SIP.Realm + ":" + phonePassword)) //nolint:gosec // see the import
		u.SIP.MD5 = hex.EncodeToString(sum[:])
		u.OutboundCallerID = ""
	}
	s.Users[1].RingTarget = resource.RingExtension
	lead(&s.Trunks[0], away)
	lead(&s.Trunks[2], carrier)
	for i := range s.DIDs {
		s.DIDs[i].Number = fmt.Sprintf("+1555010%d00%d", n, i+1)
	}
	s.OutboundRoutes[1].CallerID = s.DIDs[2].Number
	return s
}

// lead makes the other side of a trunk a carrier on this machine.
func lead(t *resource.Trunk, to *asterisktest.Carrier) {
	address := netip.MustParseAddrPort(to.Addr())
	t.Host, t.Port, t.Transport = address.Addr().String(), int(address.Port()), resource.UDP
	t.FromDomain, t.MaxChannels = "", limits.Unlimited()
}

const phonePassword = "phone-secret"

func writeFile(t *testing.T, path string, text []byte) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
	require.NoError(t, os.WriteFile(path, text, 0o600))
}

// phone registers one of the two phones of an organisation.
func (p *realPBX) phone(t *testing.T, prefix string, n int) *asterisktest.Phone {
	t.Helper()
	phone := asterisktest.NewPhone(t, asterisktest.PhoneOptions{
		Asterisk: p.SIPAddr(), Username: fmt.Sprintf("%s-phone%d", prefix, n), Password: phonePassword,
	})
	require.NoError(t, phone.Register(patient(t)))
	return phone
}

// call brings a call in from the carrier.
func (p *realPBX) call(t *testing.T, to string) *asterisktest.Call {
	t.Helper()
	call, err := p.carrier.Call(patient(t), p.SIPAddr(), asterisktest.InboundCall{From: "+15557654321", To: to})
	require.NoError(t, err)
	return call
}

// setGlobal changes a hot value as AMI's Setvar does.
func (p *realPBX) setGlobal(t *testing.T, name, value string) {
	t.Helper()
	_, err := p.CLI(patient(t), "dialplan set global "+name+" "+value)
	require.NoError(t, err)
}

func (p *realPBX) cli(t *testing.T, command string) string {
	t.Helper()
	out, err := p.CLI(patient(t), command)
	require.NoError(t, err)
	return out
}

func patient(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func TestAsteriskLoadsWhatIsRendered(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.11", nil)

	for _, name := range []string{"aaaa1111-phone1", "aaaa1111-trunk-0000000000a1", "aaaa1111-in-branch", "bbbb2222-phone2"} {
		require.NotContains(t, p.cli(t, "pjsip show endpoint "+name), "Unable to find")
	}
	require.Contains(t, p.cli(t, "pjsip show registrations"), "aaaa1111-trunk-0000000000a1")
	require.Contains(t, p.cli(t, "pjsip show identify bbbb2222-trunk-0000000000a3"), "127.0.0.11")
	require.Contains(t, p.cli(t, "dialplan show orgpbx-dids"), "bbbb2222-inbound,15550102001,1")
	require.Contains(t, p.cli(t, "dialplan show aaaa1111-internal"), "orgpbx-user,s,1(aaaa1111,aaaa1111-phone1,1001@aaaa1111,)")
	globals := p.cli(t, "dialplan show globals")
	require.Contains(t, globals, "ORGPBX_aaaa1111_STATUS=active")
	require.Contains(t, globals, "ORGPBX_bbbb2222_CALLS=30")
	require.Contains(t, p.cli(t, "queue show aaaa1111-2001"), "Meena Rao")
	require.Contains(t, p.cli(t, "voicemail show users for aaaa1111"), "Meena Rao")

	for line := range strings.Lines(p.Log()) {
		complaint := strings.Contains(line, "WARNING") || strings.Contains(line, "ERROR")
		require.False(t, complaint && !strings.Contains(line, "res_pjsip_outbound_registration"), line)
	}
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

	for _, number := range []string{"1003", "77", "1003%40bbbb2222-internal", "1002&Local/1003%40bbbb2222-internal"} {
		call, err := first.Call(patient(t), number)
		require.NoError(t, err)
		require.False(t, call.Answered(), number)
		require.Equal(t, 404, call.StatusCode(), number)
	}
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

	for _, number := range []string{"+15550102005", "+15550109999", "1001", "h"} {
		call := p.call(t, number)
		require.Equal(t, 404, call.StatusCode(), number)
	}
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
	p.setGlobal(t, "ORGPBX_aaaa1111_trunk_0000000000a3_CHANNELS", "unlimited")
	require.Equal(t, 200, dial("+4930123"))

	p.setGlobal(t, "ORGPBX_aaaa1111_CALLS", "0")
	require.Equal(t, 503, dial("+4930123"))
	require.Equal(t, 200, dial("1002"))
	p.setGlobal(t, "ORGPBX_aaaa1111_CALLS", "unlimited")
	require.Equal(t, 200, dial("+4930123"))

	p.setGlobal(t, "ORGPBX_aaaa1111_STATUS", "suspended")
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
		require.Contains(t, p.cli(t, "database show registrar"), contact[:strings.Index(contact, "1:5999")], "Asterisk takes it")
		call, err := caller.Call(patient(t), "1002")
		require.NoError(t, err)
		require.Equal(t, 486, call.StatusCode(), "the device that registered was asked")
	}
	require.Empty(t, foreign.Incoming(), "a phone of another organisation rang")
}

// registerContact registers a busy device under a contact that no phone has.
func registerContact(t *testing.T, asterisk, username, contact string) {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	agent, err := sipgo.NewUA(
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(quiet)),
		sipgo.WithUserAgentTransactionLayerOptions(sip.WithTransactionLayerLogger(quiet)))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, agent.Close()) })
	client, err := sipgo.NewClient(agent, sipgo.WithClientHostname("127.0.0.1"), sipgo.WithClientLogger(quiet))
	require.NoError(t, err)
	server, err := sipgo.NewServer(agent, sipgo.WithServerLogger(quiet))
	require.NoError(t, err)
	server.OnInvite(func(request *sip.Request, tx sip.ServerTransaction) {
		_ = tx.Respond(sip.NewResponseFromRequest(request, sip.StatusBusyHere, "Busy Here", nil))
	})
	server.OnAck(func(*sip.Request, sip.ServerTransaction) {})
	ok := func(request *sip.Request, tx sip.ServerTransaction) {
		_ = tx.Respond(sip.NewResponseFromRequest(request, sip.StatusOK, "OK", nil))
	}
	server.OnOptions(ok)
	server.OnNotify(ok)
	var registrar sip.Uri
	require.NoError(t, sip.ParseUri("sip:"+asterisk, &registrar))
	request := sip.NewRequest(sip.REGISTER, registrar)
	address := "<sip:" + username + "@" + asterisk + ">"
	request.AppendHeader(sip.NewHeader("From", address+";tag=registerContact"))
	request.AppendHeader(sip.NewHeader("To", address))
	request.AppendHeader(sip.NewHeader("Contact", "<"+contact+">"))
	request.AppendHeader(sip.NewHeader("Expires", "3600"))
	response, err := client.Do(patient(t), request)
	require.NoError(t, err)
	response, err = client.DoDigestAuth(patient(t), request, response, sipgo.DigestAuth{Username: username, Password: phonePassword})
	require.NoError(t, err)
	require.Equal(t, 200, response.StatusCode)
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
