package editor_test

import (
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
)

// checkRange adds a range around the DID that the only organisation has.
func (b *tab) checkRange(p *panel) {
	b.t.Helper()
	all, err := p.orgs.List(b.t.Context(), org.Filter{}, org.Page{Limit: 1})
	require.NoError(b.t, err)
	b.open("/organizations/" + all[0].ID + "/dids")
	b.press(`a[href$="/dids/range"]`)
	b.fill("first", "+914440000998")
	b.fill("last", "+914440001001")
	b.run(chromedp.SetValue(`[name="routing_destination"]`, "extension 1002", chromedp.ByQuery))
	b.press(`button[value="look"]`)
	require.Contains(b.t, b.text(), "3 can be added, 1 cannot")
	require.Contains(b.t, b.text(), "This organisation has it already.")
	b.picture("dids-range")
	b.press(`button[value="add"]`)
	require.Contains(b.t, b.text(), "Saved")
	list, err := p.resources.DIDs().List(b.t.Context(), all[0].ID, org.Page{})
	require.NoError(b.t, err)
	require.Len(b.t, list, 4)
}
