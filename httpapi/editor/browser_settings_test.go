package editor_test

import (
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
)

// checkSettings edits the only organisation there is, rotates its secret,
// suspends it and brings it back.
func (b *tab) checkSettings(p *panel, scripts bool) {
	b.t.Helper()
	all, err := p.orgs.List(b.t.Context(), org.Filter{}, org.Page{Limit: 1})
	require.NoError(b.t, err)
	o := all[0]
	b.open("/organizations/" + o.ID + "/settings")
	b.picture("settings")
	b.fill("limits.concurrent_calls", "-5")
	b.run(chromedp.Click(`[name="settings.features.ai_agent"]`, chromedp.ByQuery))
	b.run(chromedp.Click(`input[value="opt_out"]`, chromedp.ByQuery))
	if scripts {
		b.leaveAsked(".tabs a")
	}
	b.press(".save button")
	require.Contains(b.t, b.text(), "Concurrent calls must be a whole number")
	require.Equal(b.t, "-5", look[string](b, `document.getElementById("limits.concurrent_calls").value`))
	require.True(b.t, look[bool](b, `document.querySelector("input[value=opt_out]").checked`))
	b.picture("settings-problem")
	b.fill("limits.concurrent_calls", "12")
	b.press(".save button")
	require.Contains(b.t, b.text(), "applied in ")
	b.picture("settings-saved")
	now, err := p.orgs.Get(b.t.Context(), o.ID)
	require.NoError(b.t, err)
	require.Equal(b.t, "12", now.Limits.ConcurrentCalls.String())
	require.True(b.t, now.Settings.Features.AIAgent)
	require.Equal(b.t, org.OptOut, now.Compliance.RecordingConsent)

	b.press(`a[href$="/rotate-secret"]`)
	b.picture("rotate-secret")
	b.press("form.card button")
	secret := org.Secret(look[string](b, `document.getElementById("api-secret").value`))
	_, err = p.orgs.Authenticate(b.t.Context(), o.APIKey, secret)
	require.NoError(b.t, err)
	if scripts {
		b.leaveAsked(".buttons a.main")
		b.run(chromedp.Click("[data-saved]", chromedp.ByQuery))
	}
	b.press(".buttons a.main")
	b.press(`a[href$="/suspend"]`)
	b.picture("suspend")
	b.press("form.card button")
	require.Contains(b.t, look[string](b, `document.querySelector(".heading").innerText`), "Suspended")
	b.press(`a[href$="/resume"]`)
	b.press("form.card button")
	require.Contains(b.t, look[string](b, `document.querySelector(".heading").innerText`), "Active")
}
