package live_test

import (
	"maps"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// trunkOf is a trunk to an address.
func trunkOf(id string, kind resource.TrunkType, address, username string) resource.Trunk {
	t := resource.TrunkDefaults()
	t.ID, t.Name, t.Type, t.Username, t.MaxChannels = id, id, kind, username, limits.Unlimited()
	t.Password = resource.Sealed("sealed")
	if address != "" {
		at := netip.MustParseAddrPort(address)
		t.Host, t.Port = at.Addr().String(), int(at.Port())
	}
	return t
}

// withTrunks is an organisation that has trunks and nothing else; each has the
// password of its id.
func withTrunks(prefix string, passwords map[string]org.Secret, trunks ...resource.Trunk) resource.Snapshot {
	return resource.Snapshot{
		Organization:   org.Organization{ID: prefix, ContextPrefix: prefix, Profile: org.Profile{Name: prefix, Status: org.Active}},
		Trunks:         trunks,
		TrunkPasswords: passwords,
	}
}

func TestTheStateOfTrunksIsThatOfTwoAsterisksThatRegisterWithEachOther(t *testing.T) {
	t.Parallel()
	here, there := newRealPBX(t), newRealPBX(t)
	in := trunkOf("a1", resource.InboundTrunk, "", "branch")
	in.SIPUsername = "bbbb2222-in-branch"
	idle := trunkOf("a2", resource.InboundTrunk, "", "idle")
	idle.SIPUsername = "bbbb2222-in-idle"
	theirs := withTrunks("bbbb2222", map[string]org.Secret{"a1": "right", "a2": "right"}, in, idle)
	_, err := there.Apply(t.Context(), theirs)
	require.NoError(t, err)

	ours := withTrunks("aaaa1111", map[string]org.Secret{"b1": "right", "b2": "wrong", "b3": "right"},
		trunkOf("b1", resource.OutboundTrunk, there.asterisk.SIPAddr(), in.SIPUsername),
		trunkOf("b2", resource.OutboundTrunk, there.asterisk.SIPAddr(), in.SIPUsername),
		trunkOf("b3", resource.OutboundTrunk, "127.0.0.9:9", "nobody"),
		trunkOf("b4", resource.PeerToPeerTrunk, there.asterisk.SIPAddr(), ""),
		trunkOf("b5", resource.PeerToPeerTrunk, "127.0.0.9:9", ""))
	_, err = here.Apply(t.Context(), ours)
	require.NoError(t, err)
	for _, id := range []string{"b1", "b2", "b3", "b4", "b5"} { // not when it would be their turn, within a minute
		here.cli(t, "pjsip qualify aaaa1111-trunk-"+id)
	}
	requireStates(t, here, ours, map[string]resource.LineState{
		"b1": resource.LineRegistered, "b2": resource.LineRejected, "b3": resource.LineUnreachable,
		"b4": resource.LineReachable, "b5": resource.LineUnreachable,
	})
	requireStates(t, there, theirs, map[string]resource.LineState{"a1": resource.LineRegistered, "a2": resource.LineUnregistered})
	states, err := here.TrunkStates(t.Context(), ours)
	require.NoError(t, err)
	require.Positive(t, states["b1"].NextTry)
	require.True(t, *states["b2"].Answers)

	// Another organisation learns nothing of them, whatever it asks for.
	stranger := withTrunks("cccc3333", nil, ours.Trunks...)
	states, err = here.TrunkStates(t.Context(), stranger)
	require.NoError(t, err)
	require.Empty(t, states)

	there.asterisk.Kill()
	_, err = there.TrunkStates(t.Context(), theirs)
	require.ErrorIs(t, err, resource.ErrPBXUnavailable)
}

// requireStates waits until the trunks of an organisation are as they must
// become.
func requireStates(t *testing.T, r realPBX, s resource.Snapshot, want map[string]resource.LineState) {
	t.Helper()
	require.Eventually(t, func() bool {
		states, err := r.TrunkStates(t.Context(), s)
		return err == nil && maps.Equal(want, linesOf(states))
	}, 2*time.Minute, 100*time.Millisecond, "%v", want)
}

func linesOf(states map[string]resource.TrunkState) map[string]resource.LineState {
	lines := map[string]resource.LineState{}
	for id, state := range states {
		lines[id] = state.Line
	}
	return lines
}
