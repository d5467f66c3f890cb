package editor_test

import (
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
)

// checkSubjects places a hold on a call of the only organisation, and has what is kept
// of a number looked at, exported and erased.
func (b *tab) checkSubjects(p *panel, scripts bool) {
	b.t.Helper()
	all, err := p.orgs.List(b.t.Context(), org.Filter{}, org.Page{Limit: 1})
	require.NoError(b.t, err)
	path := "/organizations/" + all[0].ID
	b.open(path + "/calls")
	b.press("tbody tr:nth-child(2) th a")
	b.press(`a[href*="/legal-holds?target=call"]`)
	b.fill("reason", "Case 12/2026")
	b.press("#place button")
	require.Contains(b.t, b.text(), "Case 12/2026")
	b.picture("legal-holds")
	b.press(`a[href$="/release"]`)
	b.picture("legal-hold-release")

	p.message(b.t, all[0], asker, today)
	p.queued(b.t, all[0], asker, today.AddDate(0, 0, -1))
	b.open(path + "/subject-requests")
	b.press(".heading a.button")
	b.fill("number", "+1 415")
	b.fill("reason", "Letter of 24 November 2026")
	b.press(".save button")
	require.Contains(b.t, b.text(), "Phone number must be 2 to 20 digits")
	b.ask(p, scripts, "export")
	require.Contains(b.t, b.text(), "The export is ready")
	b.picture("subject-request-export")

	b.open(path + "/subject-requests/new")
	b.picture("subject-request-new")
	b.ask(p, scripts, "erase")
	require.Contains(b.t, b.text(), "Legal holds win: 2 of what was found stays.")
	b.fill("number", "+14155550199")
	b.press("button.danger")
	require.Contains(b.t, b.text(), "The phone number again must be the one that was looked for")
	b.picture("subject-request-erase")
	b.fill("number", asker)
	b.press("button.danger")
	require.Contains(b.t, b.text(), "in progress")
	b.worked(p, scripts)
	require.Contains(b.t, b.text(), "SHA-256 of the ids")
	b.picture("subject-request-erased")
	b.press(`p a[href$="/subject-requests"]`)
	require.Contains(b.t, b.text(), "erased: 15 of 17, held: 2")
	b.picture("subject-requests")
}

// ask fills in the form of a request and sends it with the keyboard.
func (b *tab) ask(p *panel, scripts bool, kind string) {
	b.t.Helper()
	b.fill("number", asker)
	b.run(chromedp.SetValue(`[name="kind"]`, kind, chromedp.ByQuery))
	b.fill("reason", "Letter of 24 November 2026")
	ctx, cancel := b.patience()
	defer cancel()
	_, err := chromedp.RunResponse(ctx, chromedp.KeyEvent("\r"))
	require.NoError(b.t, err)
	require.Contains(b.t, b.text(), "It is being worked on.")
	b.worked(p, scripts)
}

// worked has the request of the page worked off, and waits until the page shows it: by
// itself where scripts run.
func (b *tab) worked(p *panel, scripts bool) {
	b.t.Helper()
	require.NoError(b.t, p.subjects.Work(b.t.Context()))
	if scripts {
		b.run(chromedp.Poll(`document.querySelector('[data-follow]:not([data-state="pending"])') !== null`, nil,
			chromedp.WithPollingTimeout(browserPatience)))
		return
	}
	b.press(`a[href$="` + look[string](b, `location.pathname`) + `"]`)
}
