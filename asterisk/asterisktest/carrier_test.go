package asterisktest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
)

// trunks are two carriers: one that is known by its address alone, and one that asks who calls.
const trunks = `
[carrier]
type = endpoint
transport = transport-udp
context = from-carrier
disallow = all
allow = ulaw
direct_media = no
aors = carrier
[carrier]
type = aor
contact = sip:%[1]s
[carrier]
type = identify
endpoint = carrier
match = 127.0.0.2

[strict]
type = endpoint
transport = transport-udp
context = from-carrier
disallow = all
allow = ulaw
direct_media = no
aors = strict
outbound_auth = strict
[strict]
type = aor
contact = sip:%[2]s
[strict]
type = auth
auth_type = userpass
username = account
password = trunk-secret
[strict]
type = registration
transport = transport-udp
outbound_auth = strict
server_uri = sip:%[2]s
client_uri = sip:account@%[2]s
contact_user = trunk-line
expiration = 600
max_random_initial_delay = 0
`

func TestCarrier(t *testing.T) {
	t.Parallel()
	open := asterisktest.NewCarrier(t, asterisktest.CarrierOptions{Host: "127.0.0.2"})
	strict := asterisktest.NewCarrier(t, asterisktest.CarrierOptions{
		Host: "127.0.0.3", Username: "account", Password: "trunk-secret",
	})
	p := startPBX(t, fmt.Sprintf(trunks, open.Addr(), strict.Addr()))

	t.Run("brings a call in", func(t *testing.T) {
		t.Parallel()
		bob := p.registered(t)
		call, err := open.Call(patient(t), p.SIPAddr(), asterisktest.InboundCall{
			From: "+15550100", FromName: "Somebody", To: "+" + bob.number,
		})
		require.NoError(t, err)
		require.True(t, call.Answered())
		answered, err := bob.WaitIncoming(patient(t))
		require.NoError(t, err)
		require.Equal(t, "+15550100", answered.From())
		require.Equal(t, "Somebody", answered.FromName())

		require.NoError(t, talk(t, call, answered))
		require.NoError(t, answered.Hangup(patient(t)))
		require.NoError(t, call.WaitDone(patient(t)))
	})
	t.Run("takes a call out and may refuse it", func(t *testing.T) {
		t.Parallel()
		alice := p.phone(t)
		call, err := alice.Call(patient(t), "+15550101")
		require.NoError(t, err)
		taken, err := open.WaitIncoming(patient(t))
		require.NoError(t, err)
		require.Equal(t, "+15550101", taken.To())
		require.Equal(t, alice.number, taken.From())
		require.Contains(t, taken.InviteHeader("Contact"), p.SIPAddr())

		require.NoError(t, talk(t, call, taken))
		require.NoError(t, taken.Hangup(patient(t)))
		require.NoError(t, call.WaitDone(patient(t)))

		open.OnIncoming(asterisktest.Unavailable)
		call, err = alice.Call(patient(t), "+15550101")
		require.NoError(t, err)
		require.Equal(t, 503, call.StatusCode())
	})
	t.Run("takes a registration and calls from who knows its password", func(t *testing.T) {
		t.Parallel()
		registration, err := strict.WaitRegistration(patient(t))
		require.NoError(t, err)
		require.Equal(t, asterisktest.Registration{AOR: "account", ContactUser: "trunk-line", Seconds: 600}, registration)

		call, err := p.phone(t).Call(patient(t), "0015550102")
		require.NoError(t, err)
		require.True(t, call.Answered())
		taken, err := strict.WaitIncoming(patient(t))
		require.NoError(t, err)
		require.Equal(t, "+15550102", taken.To())
	})
	t.Run("refuses who does not know its password", func(t *testing.T) {
		t.Parallel()
		stranger := asterisktest.NewPhone(t, asterisktest.PhoneOptions{
			Asterisk: strict.Addr(), Username: "account", Password: "guess",
		})
		var refused *asterisktest.StatusError
		require.ErrorAs(t, stranger.Register(patient(t)), &refused)
		require.Equal(t, 401, refused.Code)
		call, err := stranger.Call(patient(t), "+15550103")
		require.NoError(t, err)
		require.Equal(t, 401, call.StatusCode())
	})
}
