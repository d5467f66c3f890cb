package editor_test

import (
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// checkQueue adds a queue to the only organisation and puts its members into an
// order: by buttons, and dragged where scripts run.
func (b *tab) checkQueue(p *panel, scripts bool) {
	b.t.Helper()
	all, err := p.orgs.List(b.t.Context(), org.Filter{}, org.Page{Limit: 1})
	require.NoError(b.t, err)
	o := all[0]
	third := resource.UserDefaults()
	third.Extension, third.FullName = "1003", "Night Desk"
	_, _, err = p.resources.Users().Create(b.t.Context(), o.ID, third)
	require.NoError(b.t, err)

	b.open("/organizations/" + o.ID + "/queues/new")
	b.fill("name", "Front desk")
	b.fill("number", "700")
	b.run(chromedp.SetValue(`[name="strategy"]`, "linear", chromedp.ByQuery))
	for _, extension := range []string{"1001", "1002", "1003"} {
		b.run(chromedp.SetValue(`[name="members.add"]`, extension, chromedp.ByQuery))
		b.press(`button[value="add"]`)
	}
	require.Equal(b.t, "Front desk", look[string](b, `document.getElementById("name").value`))
	b.run(chromedp.SetValue(`[data-member="1003"] [name="members.penalty"]`, "5", chromedp.ByQuery))
	b.picture("queue-new")
	require.Equal(b.t, "1001:0 1002:0 1003:5", b.order())

	// To the top by the buttons, which takes the penalty of whom it passes.
	for range 2 {
		up := `button[value="up 1003"]`
		if !scripts {
			b.press(up)
			continue
		}
		b.run(chromedp.Focus(up, chromedp.ByQuery), chromedp.KeyEvent("\r"))
		require.True(b.t, look[bool](b, `document.activeElement.value === "up 1003"`))
	}
	require.Equal(b.t, "1003:0 1001:0 1002:0", b.order())
	want := "1003:0 1001:0 1002:0"
	if scripts {
		require.Equal(b.t, "1003 Night Desk is number 1 of 3 now", look[string](b, `document.querySelector("[data-members] [role=status]").textContent`))
		b.leaveAsked(".tabs a")
		b.drag(`[data-member="1001"] .grip`, `[data-member="1002"]`)
		want = "1003:0 1002:0 1001:0"
		require.Equal(b.t, want, b.order())
	}
	b.press(".save button")
	require.Contains(b.t, b.text(), "Front desk")
	b.press("tbody th a")
	require.Equal(b.t, want, b.order())
	b.press(`button[value="remove 1001"]`)
	require.NotContains(b.t, b.order(), "1001")
	b.press(".save button")
	queues, err := p.resources.Queues().List(b.t.Context(), o.ID, org.Page{})
	require.NoError(b.t, err)
	require.Len(b.t, queues[0].Members, 2)
}

// order is that of the members in the form, each with the penalty.
func (b *tab) order() string {
	b.t.Helper()
	return look[string](b, `[...document.querySelectorAll("[data-member]")].map((r) => r.dataset.member + ":" + r.querySelector("[type=number]").value).join(" ")`)
}

// drag moves what is held below another row.
func (b *tab) drag(grip, below string) {
	b.t.Helper()
	middle := func(selector string) (x, y float64) {
		at := look[[]float64](b, `(() => { const r = document.querySelector('`+selector+`').getBoundingClientRect(); return [r.left + r.width / 2, r.top + r.height / 2]; })()`)
		return at[0], at[1]
	}
	b.run(chromedp.ScrollIntoView(grip, chromedp.ByQuery))
	x, y := middle(grip)
	_, end := middle(below)
	b.run(
		chromedp.MouseEvent(input.MousePressed, x, y, chromedp.ButtonLeft, chromedp.ClickCount(1)),
		chromedp.MouseEvent(input.MouseMoved, x, (y+end)/2, chromedp.ButtonLeft),
		chromedp.MouseEvent(input.MouseMoved, x, end+10, chromedp.ButtonLeft),
		chromedp.MouseEvent(input.MouseReleased, x, end+10, chromedp.ButtonLeft, chromedp.ClickCount(1)),
	)
}
