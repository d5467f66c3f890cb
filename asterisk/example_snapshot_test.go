package asterisk_test

import (
	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// ids of the objects in exampleSnapshot.
const (
	organizationID = "0198f2a0-0000-7000-8000-00000000000a"
	user1001       = "0198f2a1-0000-7000-8000-000000001001"
	user1002       = "0198f2a1-0000-7000-8000-000000001002"
	outboundTrunk  = "0198f2a2-0000-7000-8000-0000000000a1"
	inboundTrunk   = "0198f2a2-0000-7000-8000-0000000000a2"
	peerTrunk      = "0198f2a2-0000-7000-8000-0000000000a3"
	salesQueue     = "0198f2a3-0000-7000-8000-0000000000b1"
)

// exampleSnapshot is an organisation with the settings of the documentation,
// and two of everything that can be told apart.
func exampleSnapshot() resource.Snapshot {
	preset := org.DefaultPresets()[0]
	return resource.Snapshot{
		Organization: org.Organization{
			ID: organizationID,
			Profile: org.Profile{
				Name:       "Grand-Estancia-Salem",
				Industry:   org.Hotel,
				Status:     org.Active,
				Settings:   preset.Settings,
				Limits:     preset.Limits,
				Compliance: preset.Compliance,
			},
			ContextPrefix: "k3v9x2m4",
		},
		Users: []resource.User{
			{
				Meta: resource.Meta{ID: user1001}, Extension: "1001", FullName: "Meena Rao", Role: "agent",
				RingTarget: resource.RingExtension, VoicemailEnabled: true, OutboundCallerID: "+15550100002",
				SIP: resource.SIPCredential{
					Username: "k3v9x2m4-a7b2c3d4", Realm: "pbx.example.com", MD5: "0123456789abcdef0123456789abcdef",
				},
			},
			{
				Meta: resource.Meta{ID: user1002}, Extension: "1002", FullName: "Zoë O'Hara", Role: "agent",
				RingTarget: resource.RingPhone, PhoneNumber: "+15550109999",
				SIP: resource.SIPCredential{
					Username: "k3v9x2m4-e5f6g7h8", Realm: "pbx.example.com", MD5: "fedcba9876543210fedcba9876543210",
				},
			},
		},
		Trunks: []resource.Trunk{
			{
				Meta: resource.Meta{ID: outboundTrunk}, Name: "Carrier", Type: resource.OutboundTrunk,
				Host: "sip.carrier.example", Port: 5061, Transport: resource.TLS, Username: "acct-77@carrier",
				MaxChannels: limits.AtMost(10), RetryInterval: 30, Expiration: 600, FromDomain: "carrier.example",
			},
			{
				Meta: resource.Meta{ID: inboundTrunk}, Name: "Branch", Type: resource.InboundTrunk,
				Port: 5060, Transport: resource.UDP, Username: "branch", MaxChannels: limits.Unlimited(),
				RetryInterval: 60, Expiration: 3600, SIPUsername: "k3v9x2m4-in-branch",
			},
			{
				Meta: resource.Meta{ID: peerTrunk}, Name: "Peer", Type: resource.PeerToPeerTrunk,
				Host: "198.51.100.7", Port: 5060, Transport: resource.UDP, MaxChannels: limits.AtMost(2),
				RetryInterval: 60, Expiration: 3600,
			},
		},
		DIDs: []resource.DID{
			did("c1", "+15550100001", outboundTrunk, resource.ToExtension, "1001"),
			did("c2", "+15550100002", peerTrunk, resource.ToQueue, "2001"),
			did("c3", "+15550100003", inboundTrunk, resource.ToVoicemail, "1001"),
			did("c4", "+15550100004", peerTrunk, resource.ToExternal, "+15550108888"),
			did("c5", "+15550100005", peerTrunk, resource.ToIVR, "3001"),
		},
		Queues: []resource.Queue{{
			Meta: resource.Meta{ID: salesQueue}, Name: "Sales", Number: "2001", Strategy: resource.RRMemory,
			Timeout: 15, Retry: 5, MaxWait: 300, MusicOnHold: "default",
			Overflow: &resource.Destination{Type: resource.ToVoicemail, Number: "1001"},
			Members:  []resource.QueueMember{{UserID: user1001}, {UserID: user1002, Penalty: 1}},
		}},
		OutboundRoutes: []resource.OutboundRoute{
			{
				Meta: resource.Meta{ID: "0198f2a5-0000-7000-8000-0000000000d1"}, Name: "Anywhere",
				DialPattern: "_+X.", TrunkID: peerTrunk, Priority: 20,
			},
			{
				Meta: resource.Meta{ID: "0198f2a5-0000-7000-8000-0000000000d2"}, Name: "With a nine",
				DialPattern: "9[1-7]X.", TrunkID: outboundTrunk, Priority: 10, StripDigits: 1, PrependDigits: "00",
				CallerID: "+15550100003",
			},
			{
				Meta: resource.Meta{ID: "0198f2a5-0000-7000-8000-0000000000d3"}, Name: "With a nine, second",
				DialPattern: "9[1-7]X.", TrunkID: peerTrunk, Priority: 11, StripDigits: 1,
				CallerID: "+15550199999",
			},
		},
		TrunkPasswords: map[string]org.Secret{
			outboundTrunk: "p;w=d,$[1]#",
			inboundTrunk:  "branch-password",
		},
	}
}

func did(id, number, trunkID string, kind resource.DestinationType, destination string) resource.DID {
	return resource.DID{
		Meta: resource.Meta{ID: "0198f2a4-0000-7000-8000-0000000000" + id}, Number: number, TrunkID: trunkID,
		Routing: resource.Destination{Type: kind, Number: destination},
	}
}
