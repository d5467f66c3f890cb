package editor_test

import (
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
)

// checkResources adds a user, a trunk and a DID to the only organisation.
func (b *tab) checkResources(p *panel, scripts bool) {
	b.t.Helper()
	all, err := p.orgs.List(b.t.Context(), org.Filter{}, org.Page{Limit: 1})
	require.NoError(b.t, err)
	path := "/organizations/" + all[0].ID
	b.open(path + "/users/new")
	b.fill("extension", "1002")
	b.fill("full_name", "Ravi Kumar")
	b.picture("user-new")
	b.press(".save button")
	require.NotEmpty(b.t, look[string](b, `document.getElementById("sip-password").value`))
	require.True(b.t, look[bool](b, `document.querySelector("svg.qr path").getBBox().width > 20`))
	b.picture("sip-password")
	if scripts {
		b.leaveAsked(".buttons a.main")
		b.run(chromedp.Click(`[data-copy="sip-password"]`, chromedp.ByQuery), chromedp.Poll(`kept`, nil))
	}
	b.press(".buttons a.main")

	b.open(path + "/trunks/new")
	b.fill("name", "carrier-a")
	b.fill("host", "sip.carrier.example")
	b.fill("username", "acct-4711")
	b.fill("password", "of-the-carrier")
	b.press(".save button")
	require.Contains(b.t, b.text(), "carrier-a")

	b.open(path + "/dids/new")
	b.fill("number", "+914440001000")
	b.run(chromedp.SetValue(`[name="routing_destination"]`, "extension 1002", chromedp.ByQuery))
	b.press(".save button")
	require.Contains(b.t, b.text(), "Extension 1002 Ravi Kumar")
	b.picture("dids")
	b.open(path)
	require.Equal(b.t, []string{"Trunk", "DIDs", "Users", "Deployed"}, b.ticked())
	b.press(`.checklist a[href$="/confirm-compliance"]`)
	b.picture("confirm-compliance")
	b.press("form.card button")
	require.Contains(b.t, b.ticked(), "Compliance")
}

// checkEveryKind looks at the list and the form of each kind of resource of the only
// organisation, beside those that other checks fill in.
func (b *tab) checkEveryKind(p *panel) {
	b.t.Helper()
	all, err := p.orgs.List(b.t.Context(), org.Filter{}, org.Page{Limit: 1})
	require.NoError(b.t, err)
	for _, page := range []struct{ path, name string }{
		{"users", "users"},
		{"trunks/new", "trunk-new"},
		{"dids/new", "did-new"},
		{"queues", "queues"},
		{"outbound-routes", "outbound-routes"},
		{"outbound-routes/new", "outbound-route-new"},
		{"ivrs", "ivrs"},
		{"ivrs/new", "ivr-new"},
		{"conferences", "conferences"},
		{"conferences/new", "conference-new"},
		{"ai-agents", "ai-agents"},
		{"ai-agents/new", "ai-agent-new"},
	} {
		b.open("/organizations/" + all[0].ID + "/" + page.path)
		b.picture(page.name)
	}
}
