package editor_test

import (
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
)

// checkDeploys goes back to a revision of the only organisation there is, and
// looks at its plan before.
func (b *tab) checkDeploys(p *panel) {
	b.t.Helper()
	all, err := p.orgs.List(b.t.Context(), org.Filter{}, org.Page{Limit: 1})
	require.NoError(b.t, err)
	b.open("/organizations/" + all[0].ID + "/deploys")
	b.run(chromedp.Click("tbody summary", chromedp.ByQuery))
	require.Contains(b.t, b.text(), "to remove.")
	b.picture("deploys")
	b.press(`a[href$="/rollback?revision=1"]`)
	require.Contains(b.t, b.text(), "endpoint "+all[0].ContextPrefix)
	b.picture("rollback")
	b.press("form.card button")
	require.Contains(b.t, b.text(), "applied in ")
	users, err := p.resources.Users().List(b.t.Context(), all[0].ID, org.Page{})
	require.NoError(b.t, err)
	require.Empty(b.t, users)
}
