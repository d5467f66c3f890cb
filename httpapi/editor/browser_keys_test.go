package editor_test

import (
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
)

// checkKeys makes an API key and a webhook of the only organisation.
func (b *tab) checkKeys(p *panel) {
	b.t.Helper()
	all, err := p.orgs.List(b.t.Context(), org.Filter{}, org.Page{Limit: 1})
	require.NoError(b.t, err)
	path := "/organizations/" + all[0].ID
	b.open(path + "/api-keys/new")
	b.fill("name", "billing")
	b.run(chromedp.Click(`[value="calls:read"]`, chromedp.ByQuery))
	b.picture("api-key-new")
	b.press(".save button")
	require.NotEmpty(b.t, look[string](b, `document.getElementById("api-secret").value`))
	b.picture("api-key-secret")
	b.keep("api-secret")
	b.press(".buttons a.main")
	require.Contains(b.t, b.text(), "billing")
	b.picture("api-keys")

	b.open(path + "/webhooks/new")
	b.fill("url", "https://hooks.example.com/orgpbx")
	b.picture("webhook-new")
	b.press(".save button")
	require.Contains(b.t, look[string](b, `document.getElementById("secret").value`), "whsec_")
	b.keep("secret")
	b.press(".buttons a.main")
	require.Contains(b.t, b.text(), "hooks.example.com")
	b.picture("webhooks")
	hooks, err := p.hooks.List(b.t.Context(), all[0].ID, org.Page{})
	require.NoError(b.t, err)
	require.Len(b.t, hooks, 1)
}

// keep copies a secret, where scripts run, so that the page may be left.
func (b *tab) keep(field string) {
	b.t.Helper()
	if b.scripts {
		b.run(chromedp.Click(`[data-copy="`+field+`"]`, chromedp.ByQuery), chromedp.Poll(`kept`, nil))
	}
}
