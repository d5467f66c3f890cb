package editor_test

import (
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
)

// checkPeople invites an owner into the only organisation, from its checklist.
func (b *tab) checkPeople(p *panel, scripts bool) {
	b.t.Helper()
	all, err := p.orgs.List(b.t.Context(), org.Filter{}, org.Page{Limit: 1})
	require.NoError(b.t, err)
	path := "/organizations/" + all[0].ID
	b.open(path)
	b.press(`.checklist a[href$="/people"]`)
	b.press(".heading a.main")
	b.fill("email", "asha@ge.com")
	b.fill("name", "Asha Rao")
	b.run(chromedp.SetValue(`[name="role"]`, "owner", chromedp.ByQuery))
	b.picture("people-new")
	b.press(".save button")
	_, token, found := strings.Cut(look[string](b, `document.getElementById("link").value`), "#token=")
	require.True(b.t, found)
	b.picture("people-link")
	if scripts {
		b.leaveAsked(".buttons a.main")
		b.run(chromedp.Click(`[data-copy="link"]`, chromedp.ByQuery), chromedp.Poll(`kept`, nil))
	}
	b.press(".buttons a.main")
	_, err = p.people.AcceptInvitation(b.t.Context(), org.Secret(token), userPassword)
	require.NoError(b.t, err)
	b.press("tbody th a")
	b.run(chromedp.SetValue(`[name="role"]`, "viewer", chromedp.ByQuery))
	b.press(".save button")
	require.Contains(b.t, b.text(), "An organisation has to keep an owner")
	b.picture("person")
	b.run(chromedp.SetValue(`[name="role"]`, "owner", chromedp.ByQuery))
	b.press(".save button")
	require.Contains(b.t, b.text(), "Active")
	b.picture("people")
	list, err := p.people.List(b.t.Context(), all[0].ID, org.Page{})
	require.NoError(b.t, err)
	require.Equal(b.t, member.Owner, list[0].Role)
	b.open(path)
	require.Contains(b.t, b.ticked(), "People")
}
