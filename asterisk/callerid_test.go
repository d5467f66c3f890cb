package asterisk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/resource"
)

func TestACallGoesOutUnderTheFirstNumberThatItsOrganizationOwns(t *testing.T) {
	t.Parallel()
	const foreign = "+15550102001" // a DID of the other organisation
	p := startPBX(t, "127.0.0.45", func(_ string, s *resource.Snapshot) {
		s.Users[0].OutboundCallerID = s.DIDs[1].Number
		s.Users[1].OutboundCallerID = foreign
		s.OutboundRoutes = []resource.OutboundRoute{
			{Meta: resource.Meta{ID: "d1"}, DialPattern: "+49X.", TrunkID: peerTrunk, CallerID: s.DIDs[2].Number},
			{Meta: resource.Meta{ID: "d2"}, DialPattern: "+43X.", TrunkID: peerTrunk, CallerID: foreign},
			{Meta: resource.Meta{ID: "d3"}, DialPattern: "+1X.", TrunkID: peerTrunk, CallerID: s.DIDs[2].Number},
		}
	})
	first, second := p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 2)
	prefers := func(value string) []asterisktest.Header {
		return []asterisktest.Header{{Name: "P-Preferred-Identity", Value: value}}
	}
	for name, test := range map[string]struct {
		from    *asterisktest.Phone
		dialled string
		headers []asterisktest.Header
		shown   string
	}{
		"the call's":              {first, "+4930123", prefers(`"Desk 4" <sip:+15550101004@pbx.example>`), "+15550101004"},
		"the call's, as tel":      {first, "+4930123", prefers(`<tel:+15550101004>`), "+15550101004"},
		"the user's":              {first, "+4930123", nil, "+15550101002"},
		"the route's":             {second, "+4930123", nil, "+15550101003"},
		"the first":               {second, "+43123", nil, "+15550101001"},
		"a foreign one asked for": {first, "+4930123", prefers("<sip:" + foreign + "@pbx.example>"), "+15550101002"},
		"nobody's":                {first, "+4930123", prefers(`<sip:+15550199999@pbx.example>`), "+15550101002"},
		"an extension":            {second, "+4930123", prefers(`<sip:1001@pbx.example>`), "+15550101003"},
		"no number":               {second, "+4930123", prefers(`${SHELL(id)}`), "+15550101003"},
		"a way out":               {second, "+4930123", prefers(`<sip:1,1)}]?bbbb2222-internal@pbx.example>`), "+15550101003"},
	} {
		call, err := test.from.Call(patient(t), test.dialled, test.headers...)
		require.NoError(t, err)
		require.True(t, call.Answered(), name)
		far, err := p.carrier.WaitIncoming(patient(t))
		require.NoError(t, err)
		require.Equal(t, test.shown, far.From(), name)
		require.Empty(t, far.FromName(), name)
		require.Contains(t, far.InviteHeader("P-Asserted-Identity"), "<sip:"+test.shown+"@127.0.0.1", name)
		require.Empty(t, far.InviteHeader("Privacy"), name)
		require.NoError(t, call.Hangup(patient(t)))
	}

	// One that is sent on shows the number that was called, whoever called it.
	call := p.call(t, "+15550101004")
	require.True(t, call.Answered())
	far, err := p.carrier.WaitIncoming(patient(t))
	require.NoError(t, err)
	require.Equal(t, "+15550101004", far.From())
	require.NoError(t, call.Hangup(patient(t)))

	call, err = p.carrier.Call(patient(t), p.SIPAddr(), asterisktest.InboundCall{
		From: "+15557654321", To: "+15550101004", Headers: prefers("<sip:+15550101002@pbx.example>"),
	})
	require.NoError(t, err)
	require.True(t, call.Answered())
	far, err = p.carrier.WaitIncoming(patient(t))
	require.NoError(t, err)
	require.Equal(t, "+15550101004", far.From(), "a caller outside asks in vain")
	p.requireInside(t, "aaaa1111", "bbbb2222-")
}

func TestAPhoneCanHideItsNumberFromTheCalledButNotFromTheCarrier(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.46", nil)
	first := p.phone(t, "aaaa1111", 1)
	for value, hidden := range map[string]bool{"id": true, "id;critical": true, "none": false} {
		call, err := first.Call(patient(t), "+4930123", asterisktest.Header{Name: "Privacy", Value: value})
		require.NoError(t, err)
		require.True(t, call.Answered())
		far, err := p.carrier.WaitIncoming(patient(t))
		require.NoError(t, err)
		require.Contains(t, far.InviteHeader("P-Asserted-Identity"), "<sip:+15550101001@", value)
		if hidden {
			require.Equal(t, "anonymous", far.From(), value)
			require.Equal(t, "id", far.InviteHeader("Privacy"), value)
		} else {
			require.Equal(t, "+15550101001", far.From(), value)
			require.Empty(t, far.InviteHeader("Privacy"), value)
		}
		require.NoError(t, call.Hangup(patient(t)))
	}
}
