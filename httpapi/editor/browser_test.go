package editor_test

import (
	"context"
	"encoding/base64"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// browserPatience is how long a page may take on a busy machine.
const browserPatience = 2 * time.Minute

// tab is one of a real Chromium.
type tab struct {
	t       *testing.T
	ctx     context.Context
	url     string
	scripts bool // pages may run theirs
}

// newTab starts a Chromium that ends with the test.
func newTab(t *testing.T, address string) *tab {
	t.Helper()
	binary, err := exec.LookPath("chromium")
	require.NoError(t, err, "there is no chromium: `make tools` installs it")
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(binary),
		chromedp.NoSandbox, chromedp.WSURLReadTimeout(browserPatience), chromedp.WindowSize(1200, 800))
	// Not the test's context: the browser is closed at the end, not cut off.
	ctx, cancel := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	t.Cleanup(cancel)
	ctx, _ = chromedp.NewContext(ctx)
	t.Cleanup(func() { require.NoError(t, chromedp.Cancel(ctx)) })
	require.NoError(t, chromedp.Run(ctx))
	return &tab{t, ctx, address, true}
}

func (b *tab) run(actions ...chromedp.Action) {
	b.t.Helper()
	ctx, cancel := b.patience()
	defer cancel()
	require.NoError(b.t, chromedp.Run(ctx, actions...))
}

func (b *tab) patience() (context.Context, context.CancelFunc) {
	return context.WithTimeout(b.ctx, browserPatience)
}

func (b *tab) open(path string) {
	b.t.Helper()
	b.run(chromedp.Navigate(b.url + path))
}

// press presses a button or link and waits for the page it leads to.
func (b *tab) press(selector string) {
	b.t.Helper()
	ctx, cancel := b.patience()
	defer cancel()
	_, err := chromedp.RunResponse(ctx, chromedp.Click(selector, chromedp.ByQuery))
	require.NoError(b.t, err)
}

// fill puts text into a field. Not by [chromedp.SendKeys]: it reads the attributes of a field
// without the lock under which the browser's events change them.
func (b *tab) fill(name, text string) {
	b.t.Helper()
	selector := `[name="` + name + `"]`
	b.run(chromedp.Focus(selector, chromedp.ByQuery),
		chromedp.Evaluate(`document.activeElement.select()`, nil), input.InsertText(text))
	require.Equal(b.t, text, look[string](b, `document.activeElement.value`))
}

// look evaluates a script in the page.
func look[T any](b *tab, script string) T {
	b.t.Helper()
	var got T
	b.run(chromedp.Evaluate(script, &got))
	return got
}

func (b *tab) text() string { b.t.Helper(); return look[string](b, `document.body.innerText`) }

func TestTheWayFromSigningInToANewOrganisationInABrowser(t *testing.T) {
	t.Parallel()
	for name, scripts := range map[string]bool{"with scripts": true, "without scripts": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPanelOnFiles(t, "/panel")
			b := newTab(t, p.url)
			if !scripts {
				b.run(emulation.SetScriptExecutionDisabled(true))
				b.scripts = false
			}
			b.open("/")
			b.picture("sign-in")
			b.fill("name", adminName)
			b.fill("password", adminPassword)
			b.press("button.main")
			require.Contains(t, b.text(), "No organisations yet")
			b.picture("organizations-empty")

			b.press(".empty a.button")
			b.create(scripts)
			secret := b.checkCreated(p, scripts)
			require.NotContains(t, string(secret), " ")
			b.checkResources(p, scripts)
			b.checkQueue(p, scripts)
			b.checkEveryKind(p)
			b.checkRange(p)
			b.checkSettings(p, scripts)
			b.checkPeople(p, scripts)
			b.checkKeys(p)
			b.checkCalls(p, scripts)
			b.checkSubjects(p, scripts)
			b.checkDeploys(p)
			if scripts {
				b.checkTheCheck()
			}
		})
	}
}

// create goes through the three steps.
func (b *tab) create(scripts bool) {
	b.t.Helper()
	b.fill("name", "Grand-Estancia-Salem")
	b.fill("contact_info.email", "manager@ge.com")
	b.fill("contact_info.phone", "12345")
	b.run(chromedp.SetValue(`[name="industry"]`, "hotel", chromedp.ByQuery))
	b.press("button.main")
	require.Contains(b.t, b.text(), "Contact phone must be a phone number in E.164 form")
	b.picture("wizard-problem")
	b.fill("contact_info.phone", "+919944421125")
	b.press("button.main")

	require.Equal(b.t, "180", look[string](b, `document.getElementById("compliance.retention_recording_days").value`))
	b.fill("settings.max_users", "60")
	if scripts {
		require.True(b.t, look[bool](b, `document.getElementById("settings.max_users").closest(".preset").classList.contains("changed")`))
	}
	b.fill("settings.max_dids", "12")
	b.picture("wizard-limits")
	b.press("button.main")
	require.Equal(b.t, int64(2), look[int64](b, `document.querySelectorAll(".badge.changed").length`))
	b.picture("wizard-review")
	b.press(`button[value="back"]`)
	b.press(`button[name="reset"][value="settings.max_dids"]`)
	require.Equal(b.t, "10", look[string](b, `document.getElementById("settings.max_dids").value`))
	b.press("button.main")
	b.press(`button.main[value="create"]`)
}

// checkCreated looks at the page after the wizard, and leaves it.
func (b *tab) checkCreated(p *panel, scripts bool) org.Secret {
	b.t.Helper()
	require.Contains(b.t, b.text(), "Grand-Estancia-Salem is created")
	require.Contains(b.t, b.text(), "Revision 1 applied in ")
	key := look[string](b, `document.getElementById("api-key").value`)
	secret := org.Secret(look[string](b, `document.getElementById("api-secret").value`))
	o, err := p.orgs.Authenticate(b.t.Context(), key, secret)
	require.NoError(b.t, err)
	sixty, _ := o.Settings.MaxUsers.Value()
	require.Equal(b.t, 60, sixty)
	b.picture("created")

	_, coded, _ := strings.Cut(look[string](b, `document.querySelector("[data-saved]").href`), "base64,")
	file, err := base64.StdEncoding.DecodeString(coded)
	require.NoError(b.t, err)
	require.Contains(b.t, string(file), secret.Reveal())
	require.Equal(b.t, scripts, look[bool](b, `getComputedStyle(document.querySelector("[data-copy]")).display !== "none"`))
	if scripts {
		b.checkWarning()
	}

	b.press(".buttons a.main")
	require.Equal(b.t, []string{"Deployed"}, b.ticked())
	_, _, err = p.resources.Users().Create(b.t.Context(), o.ID, resource.User{
		Extension: "1001", Username: "user1001", FullName: "Phone 1001", Email: "u1001@ge.com", Role: "agent", RingTarget: resource.RingExtension,
	})
	require.NoError(b.t, err)
	b.run(chromedp.Reload())
	require.Contains(b.t, b.ticked(), "Users")
	require.NotContains(b.t, look[string](b, `document.documentElement.outerHTML`), secret.Reveal())
	b.picture("organization")
	b.press(".top nav a")
	require.Contains(b.t, b.text(), "Grand-Estancia-Salem")
	b.picture("organizations")
	return secret
}

func (b *tab) ticked() []string {
	b.t.Helper()
	return look[[]string](b, `[...document.querySelectorAll(".checklist .done strong")].map((e) => e.textContent)`)
}

// checkWarning leaves the page with the secret: that is asked about until the
// secret was copied or saved.
func (b *tab) checkWarning() {
	b.t.Helper()
	b.leaveAsked(".buttons a.main")
	require.Contains(b.t, b.text(), "is created")
	b.run(chromedp.Click("[data-saved]", chromedp.ByQuery))
}

// leaveAsked follows a link away from what is not kept: the browser asks, and the
// page stays.
func (b *tab) leaveAsked(link string) {
	b.t.Helper()
	asked := make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(b.ctx)
	defer cancel()
	chromedp.ListenTarget(ctx, func(event any) {
		if opening, is := event.(*page.EventJavascriptDialogOpening); is && opening.Type == page.DialogTypeBeforeunload {
			go func() {
				_ = chromedp.Run(b.ctx, page.HandleJavaScriptDialog(false)) // stay
				asked <- struct{}{}
			}()
		}
	})
	b.run(chromedp.Click("h1", chromedp.ByQuery)) // a page nobody touched may be left
	b.run(chromedp.Click(link, chromedp.ByQuery))
	select {
	case <-asked:
	case <-time.After(browserPatience):
		require.Fail(b.t, "nobody was asked before it was lost")
	}
}
