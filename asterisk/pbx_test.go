package asterisk_test

import (
	"context"
	"crypto/md5"
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
	return startOperatedPBX(t, carrierHost, nil, edit)
}

// startOperatedPBX is startPBX where the operator has more in his own files.
func startOperatedPBX(
	t *testing.T, carrierHost string, files map[string]string, edit func(prefix string, s *resource.Snapshot),
) *realPBX {
	t.Helper()
	carrier := asterisktest.NewCarrier(t, asterisktest.CarrierOptions{Host: carrierHost})
	away := asterisktest.NewCarrier(t, asterisktest.CarrierOptions{Host: strings.Replace(carrierHost, "127.0.0", "127.0.1", 1)})
	away.OnIncoming(asterisktest.Unavailable)
	var snapshots []resource.Snapshot
	for i, prefix := range []string{"aaaa1111", "bbbb2222"} {
		s := tenantSnapshot(prefix, i+1, carrier, away)
		if edit != nil {
			edit(prefix, &s)
		}
		snapshots = append(snapshots, s)
	}
	return &realPBX{startWith(t, asterisk.BaseOptions{Dir: t.TempDir()}, files, snapshots...), carrier, away}
}

// startWith runs an Asterisk with the rendered snapshots in a folder, and with
// what the operator has in his own files.
func startWith(
	t *testing.T, o asterisk.BaseOptions, files map[string]string, snapshots ...resource.Snapshot,
) *asterisktest.Asterisk {
	t.Helper()
	shared, err := asterisk.BaseFiles(o)
	require.NoError(t, err)
	operator := map[string]string{"asterisk.conf": "verbose = 3\n"} // every step of the dialplan is logged
	for _, f := range shared {
		writeFile(t, filepath.Join(o.Dir, f.Path), f.Text)
		operator[f.Path] = "\n" + files[f.Path] + "\n#include \"" + filepath.Join(o.Dir, f.Path) + "\"\n"
	}
	for _, s := range snapshots {
		for _, f := range asterisk.Render(s).Files {
			writeFile(t, filepath.Join(o.Dir, asterisk.OrganizationPath(s.Organization.ContextPrefix, f.Name)), f.Bytes())
		}
	}
	return asterisktest.Start(t, asterisktest.Options{Files: operator})
}

// tenantSnapshot is the example moved to a prefix, with the DIDs
// +1555010n00m.
func tenantSnapshot(prefix string, n int, carrier, away *asterisktest.Carrier) resource.Snapshot {
	s := exampleSnapshot()
	s.Organization.ContextPrefix = prefix
	for i := range s.Users {
		u := &s.Users[i]
		u.SIP = phoneCredential(prefix, i+1)
		u.OutboundCallerID = ""
	}
	s.Users[1].RingTarget = resource.RingExtension
	s.Trunks[1].SIPUsername = prefix + "-in-" + s.Trunks[1].Username
	lead(&s.Trunks[0], away)
	lead(&s.Trunks[2], carrier)
	for i := range s.DIDs {
		s.DIDs[i].Number = fmt.Sprintf("+1555010%d00%d", n, i+1)
	}
	s.OutboundRoutes[1].CallerID = s.DIDs[2].Number
	return s
}

// phoneCredential is what the n-th phone of an organisation registers with.
func phoneCredential(prefix string, n int) resource.SIPCredential {
	c := resource.SIPCredential{Username: fmt.Sprintf("%s-phone%d", prefix, n), Realm: "pbx.example.com"}
	sum := md5.Sum([]byte(c.Username + ":" + c.Realm + ":" + phonePassword))
	c.MD5 = hex.EncodeToString(sum[:])
	return c
}

// lead makes the other side of a trunk a carrier on this machine.
func lead(t *resource.Trunk, to *asterisktest.Carrier) {
	address := netip.MustParseAddrPort(to.Addr())
	t.Host, t.Port, t.Transport = address.Addr().String(), int(address.Port()), resource.UDP
	t.FromDomain, t.MaxChannels = "", limits.Unlimited()
}

const phonePassword = "phone-secret"

func writeFile(t testing.TB, path string, text []byte) {
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

// requireAll dials numbers at the same time, since a prompt takes its time, and
// checks how each call ends.
func requireAll(t *testing.T, status int, dial func(number string) (*asterisktest.Call, error), numbers ...string) {
	t.Helper()
	calls := make([]*asterisktest.Call, len(numbers))
	for i, number := range numbers {
		var err error
		calls[i], err = dial(number)
		require.NoError(t, err)
	}
	for i, call := range calls {
		require.NoError(t, call.WaitAnswer(patient(t)))
		require.Equal(t, status, call.StatusCode(), numbers[i])
	}
}

// setGlobal changes a hot value as AMI's Setvar does.
func (p *realPBX) setGlobal(t *testing.T, name, value string) {
	t.Helper()
	_, err := p.CLI(patient(t), "dialplan set global "+name+" "+value)
	require.NoError(t, err)
}

// suspend does what the deploy of a suspension does.
func (p *realPBX) suspend(t *testing.T, prefix string) {
	t.Helper()
	p.setGlobal(t, "ORGPBX_"+prefix+"_STATUS", "suspended")
	p.setGlobal(t, "ORGPBX_"+prefix+"_CALLS", "0")
}

// record waits for a call record with all of these fields. One that is not to be
// there is given as "".
func (p *realPBX) record(t *testing.T, fields asterisktest.CallRecord) asterisktest.CallRecord {
	t.Helper()
	var found asterisktest.CallRecord
	_, err := p.WaitCallRecords(patient(t), func(records []asterisktest.CallRecord) bool {
		for _, found = range records {
			fits := true
			for name, value := range fields {
				fits = fits && found[name] == value
			}
			if fits {
				return true
			}
		}
		return false
	})
	require.NoError(t, err, "no call record with %v", fields)
	return found
}

func (p *realPBX) cli(t *testing.T, command string) string {
	t.Helper()
	out, err := p.CLI(patient(t), command)
	require.NoError(t, err)
	return out
}

func patient(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// registerContact registers a busy device under a contact that no phone has.
func registerContact(t *testing.T, address, username, contact string) {
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
	require.NoError(t, sip.ParseUri("sip:"+address, &registrar))
	request := sip.NewRequest(sip.REGISTER, registrar)
	self := "<sip:" + username + "@" + address + ">"
	request.AppendHeader(sip.NewHeader("From", self+";tag=registerContact"))
	request.AppendHeader(sip.NewHeader("To", self))
	request.AppendHeader(sip.NewHeader("Contact", "<"+contact+">"))
	request.AppendHeader(sip.NewHeader("Expires", "3600"))
	response, err := client.Do(patient(t), request)
	require.NoError(t, err)
	response, err = client.DoDigestAuth(patient(t), request, response, sipgo.DigestAuth{Username: username, Password: phonePassword})
	require.NoError(t, err)
	require.Equal(t, 200, response.StatusCode)
}
