package confdir_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// snapshot is an organisation with one of everything that is rendered.
func snapshot(prefix, number string) resource.Snapshot {
	preset := org.DefaultPresets()[0]
	id := func(kind string) resource.Meta {
		return resource.Meta{ID: "0198f2a0-0000-7000-8000-" + kind + number}
	}
	user, outbound, inbound, peer := id("01"), id("02"), id("03"), id("04")
	return resource.Snapshot{
		Organization: org.Organization{
			ID: id("00").ID,
			Profile: org.Profile{
				Name: "Name of " + prefix, Industry: preset.Industry, Status: org.Active,
				Settings: preset.Settings, Limits: preset.Limits, Compliance: preset.Compliance,
			},
			ContextPrefix: prefix,
		},
		Users: []resource.User{{
			Meta: user, Extension: "1001", FullName: `Ünï "Q" D'ü; x`, Email: "one@example.com", Role: "agent",
			RingTarget: resource.RingExtension, VoicemailEnabled: true,
			SIP: resource.SIPCredential{Username: prefix + "-phone", Realm: "pbx.example.com", MD5: "0123456789abcdef0123456789abcdef"},
		}},
		Trunks: []resource.Trunk{
			{
				Meta: outbound, Name: "Carrier", Type: resource.OutboundTrunk, Host: "127.0.0.7", Port: 9, Transport: resource.UDP,
				Username: "carrier", MaxChannels: limits.AtMost(10), RetryInterval: 60, Expiration: 3600,
			},
			{
				Meta: inbound, Name: "Branch", Type: resource.InboundTrunk, Port: 5060, Transport: resource.UDP, Username: "branch",
				SIPUsername: prefix + "-in-branch", MaxChannels: limits.Unlimited(), RetryInterval: 60, Expiration: 3600,
			},
			{
				Meta: peer, Name: "Peer", Type: resource.PeerToPeerTrunk, Host: "127.0.0.8", Port: 9, Transport: resource.UDP,
				MaxChannels: limits.AtMost(2), RetryInterval: 60, Expiration: 3600,
			},
		},
		DIDs: []resource.DID{{
			Meta: id("05"), Number: "+" + number, TrunkID: peer.ID,
			Routing: resource.Destination{Type: resource.ToExtension, Number: "1001"},
		}},
		Queues: []resource.Queue{{
			Meta: id("06"), Name: "Sales", Number: "2001", Strategy: resource.RRMemory, Timeout: 15, Retry: 5, MaxWait: 300,
			MusicOnHold: "default", Members: []resource.QueueMember{{UserID: user.ID, Penalty: 3}},
		}},
		OutboundRoutes: []resource.OutboundRoute{{
			Meta: id("07"), Name: "Out", DialPattern: "_9[1-7]X.", TrunkID: outbound.ID, Priority: 10, StripDigits: 1,
		}},
		TrunkPasswords: map[string]org.Secret{outbound.ID: "p;w=d,$[1]#", inbound.ID: "branch password"},
	}
}

func TestAsteriskTakesWhatSnapshotsAskForAndShowsAllOfIt(t *testing.T) {
	t.Parallel()
	r := newRealPBX(t, "")
	alpha, beta := snapshot("alpha", "1555010001"), snapshot("beta", "1555010002")
	for _, s := range []resource.Snapshot{alpha, beta} {
		planned, err := r.Plan(t.Context(), s)
		require.NoError(t, err)
		changes, err := r.Apply(t.Context(), s)
		require.NoError(t, err)
		require.Equal(t, planned, changes)
		require.NotEmpty(t, changes)
	}
	for _, s := range []resource.Snapshot{alpha, beta} {
		planned, err := r.Plan(t.Context(), s)
		require.NoError(t, err)
		require.Empty(t, planned)
	}

	before := r.lastReload(t)
	alpha.Organization.Status = org.Suspended
	alpha.Organization.Limits.ConcurrentCalls = limits.AtMost(1)
	changes, err := r.Apply(t.Context(), alpha)
	require.NoError(t, err)
	require.Len(t, changes, 2)
	require.Equal(t, before, r.lastReload(t), "hot values need no reload")

	alpha.Users, alpha.Queues, alpha.DIDs = nil, nil, nil
	_, err = r.Apply(t.Context(), alpha)
	require.NoError(t, err)
	_, err = r.Remove(t.Context(), "alpha")
	require.NoError(t, err)
	planned, err := r.Plan(t.Context(), beta)
	require.NoError(t, err)
	require.Empty(t, planned)
	require.NotRegexp(t, `(?m)(WARNING|ERROR).*$`, r.asterisk.Log())
}
