package asterisktest

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// What every tenant has beside a menu, a room and AI agents: two phones, a queue with the second in it, a DID that
// rings the first, and a route to a trunk that registers.
const (
	firstExtension  = "1001"
	secondExtension = "1002"
	queueNumber     = "2001"
	phonePassword   = "phone-secret"
	trunkPassword   = "p;w=d,$[1]#"
	trunkAccount    = "account"
)

// tenant is an organisation of the conformance suite, and its carrier.
type tenant struct {
	resource.Snapshot
	prefix  string
	did     string
	carrier *Carrier
}

// newTenant makes the n-th organisation of an Asterisk, from 1, whose carrier
// is known by an address of its own.
func newTenant(t *testing.T, prefix string, n int) *tenant {
	t.Helper()
	carrier := NewCarrier(t, CarrierOptions{
		Host: fmt.Sprintf("127.0.2.%d", n), Username: trunkAccount, Password: trunkPassword,
	})
	address := netip.MustParseAddrPort(carrier.Addr())
	id := func(kind int) resource.Meta {
		return resource.Meta{ID: fmt.Sprintf("0198f2a0-0000-7000-8000-%06d%06d", kind, n)}
	}
	preset := org.DefaultPresets()[0]
	settings := preset.Settings
	settings.Features.AIAgent = true
	trunk := resource.Trunk{
		Meta: id(3), Name: "Carrier", Type: resource.OutboundTrunk, Transport: resource.UDP,
		Host: address.Addr().String(), Port: int(address.Port()), Username: trunkAccount,
		MaxChannels: limits.Unlimited(), RetryInterval: 60, Expiration: 600,
	}
	did := fmt.Sprintf("+1555010%04d", n)
	return &tenant{prefix: prefix, did: did, carrier: carrier, Snapshot: resource.Snapshot{
		Organization: org.Organization{
			ID: id(0).ID, ContextPrefix: prefix,
			Profile: org.Profile{
				Name: "Organisation " + prefix, Industry: preset.Industry, Status: org.Active,
				Settings: settings, Limits: preset.Limits, Compliance: preset.Compliance,
			},
		},
		Users: []resource.User{
			newUser(id(1), prefix, firstExtension, `Zoë "Q" O'Hara; x`),
			newUser(id(2), prefix, secondExtension, "Second Phone"),
		},
		Trunks: []resource.Trunk{trunk},
		DIDs: []resource.DID{{
			Meta: id(4), Number: did, TrunkID: trunk.ID,
			Routing: resource.Destination{Type: resource.ToExtension, Number: firstExtension},
		}},
		Queues: []resource.Queue{{
			Meta: id(5), Name: "Sales", Number: queueNumber, Strategy: resource.RRMemory,
			Timeout: 15, Retry: 5, MaxWait: 300, MusicOnHold: "default",
			Members: []resource.QueueMember{{UserID: id(2).ID, Penalty: 3}},
		}},
		OutboundRoutes: []resource.OutboundRoute{{
			Meta: id(6), Name: "Out", DialPattern: "_9[1-7]X.", TrunkID: trunk.ID, Priority: 10, StripDigits: 1,
		}},
		IVRs: []resource.IVR{{
			Meta: id(7), Name: "Menu", Number: "3001", Greeting: "welcome", Timeout: 5,
			Options: map[string]resource.Destination{
				"1": {Type: resource.ToExtension, Number: firstExtension}, "*": {Type: resource.ToQueue, Number: queueNumber},
				"#": {Type: resource.ToConference, Number: "4001"},
			},
			Fallback: &resource.Destination{Type: resource.ToAIAgent, Number: "5001"},
		}},
		Conferences: []resource.Conference{{Meta: id(8), Name: "Board", Number: "4001", PIN: "471100", MaxMembers: 5}},
		AIAgents: []resource.AIAgent{
			{Meta: id(9), Name: "Reception", Number: "5001", Protocol: resource.AudioSocket, Address: "[::1]:9092"},
			{Meta: id(10), Name: "Booking", Number: "5002", Protocol: resource.AgentSIP, Address: "sip:booking@127.0.0.1:5099;transport=udp"},
		},
		TrunkPasswords: map[string]org.Secret{trunk.ID: trunkPassword},
	}}
}

func newUser(meta resource.Meta, prefix, extension, name string) resource.User {
	const realm = "pbx.example.com"
	username := prefix + "-phone" + extension
	sum := md5.Sum([]byte(username + ":" + realm + ":" + phonePassword))
	return resource.User{
		Meta: meta, Extension: extension, FullName: name, Role: "agent",
		RingTarget: resource.RingExtension, VoicemailEnabled: true,
		SIP: resource.SIPCredential{Username: username, Realm: realm, MD5: hex.EncodeToString(sum[:])},
	}
}

// phone is the phone of a user, registered.
func (n *tenant) phone(t *testing.T, a *Asterisk, extension string) *Phone {
	t.Helper()
	phone := NewPhone(t, PhoneOptions{
		Asterisk: a.SIPAddr(), Username: n.prefix + "-phone" + extension, Password: phonePassword,
	})
	require.NoError(t, phone.Register(t.Context()))
	return phone
}
