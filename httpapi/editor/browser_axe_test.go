package editor_test

import (
	"os"
	"os/exec"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// axe is the source of axe-core, which looks for what keeps people from using a page.
var axe = sync.OnceValues(func() (string, error) {
	path, err := exec.Command("../../scripts/axe.sh").Output()
	if err != nil {
		return "", err
	}
	source, err := os.ReadFile(strings.TrimSpace(string(path)))
	return string(source), err
})

// findings are the serious ones of a page, against WCAG 2.2 A and AA and axe's best practices,
// or of its colours alone.
const findings = `(async (colours) => {
	const only = colours ? ["color-contrast"] : ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
	const found = await axe.run(document, { resultTypes: ["violations"], runOnly: { type: colours ? "rule" : "tag", values: only } });
	return found.violations.filter((v) => ["serious", "critical"].includes(v.impact))
		.map((v) => v.id + ": " + v.help + "\n" + v.nodes.map((n) => n.html + " " + n.failureSummary).join("\n"));
})`

// checkAccess finds nothing serious in the page as it is, and nothing in its dark colours.
func (b *tab) checkAccess(name string) {
	b.t.Helper()
	light, dark := b.findings()
	require.Empty(b.t, light, name)
	require.Empty(b.t, dark, name+" in the dark")
}

func (b *tab) findings() (light, dark []string) {
	b.t.Helper()
	source, err := axe()
	require.NoError(b.t, err, "there is no axe-core: `make tools` fetches it")
	awaited := func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
	b.run(
		chromedp.Evaluate(source, nil), chromedp.Evaluate(findings+"(false)", &light, awaited),
		scheme("dark"), chromedp.Evaluate(findings+"(true)", &dark, awaited), scheme("light"),
	)
	return light, dark
}

// checkTheCheck breaks a page in a way that each of the two looks finds.
func (b *tab) checkTheCheck() {
	b.t.Helper()
	b.run(chromedp.Evaluate(`document.querySelector("main").innerHTML =
		'<img src="x"><p class="hint" id="faint">Nobody can read this.</p>';
		document.getElementById("faint").style.color = "#3a4a52";
		document.getElementById("faint").style.background = "#2d3a42"`, nil))
	light, dark := b.findings()
	require.Len(b.t, light, 2)
	require.Len(b.t, dark, 1)
}

// scheme is the one of colours that somebody has chosen.
func scheme(name string) chromedp.Action {
	return emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}})
}
