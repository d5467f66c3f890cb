package asterisk_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/resource"
)

// menus are the IVRs of the tests: each is called with its own number, and
// nobody but one caller is in it.
func menus() []resource.IVR {
	extension := func(number string) resource.Destination {
		return resource.Destination{Type: resource.ToExtension, Number: number}
	}
	menu := func(number string, fallback *resource.Destination, options map[string]resource.Destination) resource.IVR {
		return resource.IVR{
			Meta: resource.Meta{ID: "0198f2a6-0000-7000-8000-00000000" + number}, Name: "Menu " + number, Number: number,
			Greeting: "no-such-greeting", Timeout: 1, Options: options, Fallback: fallback,
		}
	}
	first, second := extension("1001"), extension("1002")
	to := func(number string) resource.Destination {
		return resource.Destination{Type: resource.ToIVR, Number: number}
	}
	there, back := to("3104"), to("3103")
	return []resource.IVR{
		menu("3101", &second, map[string]resource.Destination{
			"1": first, "#": first, "*": to("3102"), "0": extension("7777"), "4": {Type: resource.ToConference, Number: "4002"},
		}),
		menu("3102", nil, map[string]resource.Destination{"9": to("3101")}),
		menu("3103", &there, nil),
		menu("3104", &back, nil),
	}
}

func TestAMenuLeadsWhereItsKeysPoint(t *testing.T) {
	t.Parallel()
	p := startPlaces(t, "127.0.0.64", func(prefix string, s *resource.Snapshot) {
		s.IVRs = menus()
		s.Organization.Settings.Features.Conference = prefix == "bbbb2222"
		s.DIDs[4].Routing = resource.Destination{Type: resource.ToIVR, Number: "3101"}
		s.DIDs[3].Routing = resource.Destination{Type: resource.ToIVR, Number: "3102"}
		s.DIDs[2].Routing = resource.Destination{Type: resource.ToIVR, Number: "3103"}
	})
	first, second := p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 2)
	const menu, submenu, ring = "+15550101005", "+15550101004", "+15550101003"
	// press presses a key each time that one is asked for.
	press := func(t *testing.T, caller, keys string) *asterisktest.Call {
		before := p.steps(asked)
		call := p.callFrom(t, caller, menu)
		require.True(t, call.Answered())
		for i, key := range keys {
			p.awaitSteps(t, asked, before+i+1)
			require.NoError(t, call.SendDTMF(patient(t), string(key)))
		}
		return call
	}
	for name, keys := range map[string]string{
		"a key in the middle of the greeting": "1", "the hash key": "#", "through a menu in a menu": "*91", "a wrong key first": "71",
	} {
		call := press(t, "+15557000001", keys)
		answerer := incoming(t, first)
		requireBoth(t, call, answerer)
		require.NoError(t, call.Hangup(patient(t)), name)
	}
	for name, test := range map[string]struct {
		caller, number, keys string
		check                func(t *testing.T, call *asterisktest.Call)
	}{
		"no key three times": {"+15557000002", menu, "", func(t *testing.T, call *asterisktest.Call) {
			requireBoth(t, call, incoming(t, second))
			require.Greater(t, call.Heard(), 4*time.Second, "it was asked for three times")
		}},
		"no key and nowhere to go": {"+15557000003", submenu, "", func(t *testing.T, call *asterisktest.Call) {
			require.NoError(t, call.WaitDone(patient(t)))
			require.Empty(t, p.recordOf(t, "+15557000003")["orgpbx_denied"])
		}},
		"an extension is not offered": {"+15557000004", submenu, "1001", func(t *testing.T, call *asterisktest.Call) {
			require.NoError(t, call.WaitDone(patient(t)))
			require.Empty(t, first.Incoming())
		}},
		"a place that is gone": {"+15557000005", menu, "0", func(t *testing.T, call *asterisktest.Call) {
			require.NoError(t, call.WaitDone(patient(t)))
		}},
		"a place that is switched off": {"+15557000006", menu, "4", func(t *testing.T, call *asterisktest.Call) {
			require.NoError(t, call.WaitDone(patient(t)))
			require.Equal(t, "feature_off", p.recordOf(t, "+15557000006")["orgpbx_denied"])
		}},
		"menus that lead to each other": {"+15557000007", ring, "", func(t *testing.T, call *asterisktest.Call) {
			require.NoError(t, call.WaitDone(patient(t)))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			call := p.callFrom(t, test.caller, test.number)
			require.True(t, call.Answered())
			require.NoError(t, call.HeardAudio(patient(t), 100*time.Millisecond), "a missing greeting is not silence")
			if test.keys != "" {
				require.NoError(t, call.SendDTMF(patient(t), test.keys))
			}
			test.check(t, call)
		})
	}
}
