package editor_test

import (
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org/member"
)

func TestAMemberSetsTheSecondFactorUpInABrowser(t *testing.T) {
	t.Parallel()
	for name, scripts := range map[string]bool{"with scripts": true, "without scripts": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPanel(t, "")
			p.person(t, p.organization(t, "Grand Hotel"), "asha@ge.com", member.Owner)
			b := newTab(t, p.url)
			if !scripts {
				b.run(emulation.SetScriptExecutionDisabled(true))
				b.scripts = false
			}
			b.open("/")
			b.fill("name", "asha@ge.com")
			b.fill("password", userPassword)
			b.press("button.main")
			b.press(".who a")
			b.picture("account")
			enter := func(id, text string) { b.run(chromedp.SetValue("#"+id, text, chromedp.ByQuery)) }
			enter("totp-current", userPassword)
			b.press(`form[action$="/totp"] button`)
			require.True(t, look[bool](b, `document.querySelector("svg.qr path").getBBox().width > 20`))
			code, err := totp.GenerateCode(look[string](b, `document.getElementById("seed").value`), time.Now())
			require.NoError(t, err)
			enter("code", code)
			b.press("button.main")
			require.Equal(t, int64(10), look[int64](b, `document.querySelectorAll(".codes li").length`))
			b.picture("recovery-codes")
			if scripts {
				b.leaveAsked(".buttons a.main")
			}
			b.keep("recovery-codes")
			b.press(".buttons a.main")
			require.Contains(t, b.text(), "Turn the second factor off")

			enter("password-current", userPassword)
			enter("password", "another-good-one")
			enter("repeated", "another-good-one")
			b.press(`form[action$="/password"] button`)
			require.Contains(t, b.text(), "Your password is changed")
		})
	}
}
