package editor_test

import (
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// checkCalls looks at the usage, the calls and the trail of the only
// organisation, and plays a recording.
func (b *tab) checkCalls(p *panel, scripts bool) {
	b.t.Helper()
	all, err := p.orgs.List(b.t.Context(), org.Filter{}, org.Page{Limit: 1})
	require.NoError(b.t, err)
	o := all[0]
	path := "/organizations/" + o.ID
	p.record(b.t, o, "1795521600.7.wav")
	for day := range 15 {
		p.call(b.t, o, today.AddDate(0, 0, -day), time.Duration(20+day*7%30)*time.Minute, nil)
	}
	p.call(b.t, o, today.Add(time.Minute), 90*time.Second, func(r *cdr.Record) {
		r.Recording, r.Caller, r.CallerName = "1795521600.7.wav", "+442071838750", "Grace Hopper"
	})

	for day := range 12 {
		d := cdr.StorageDay{Day: today.AddDate(0, 0, -day).Format(time.DateOnly), Bytes: int64(19-day) * 1_200_000_000}
		require.NoError(b.t, p.db.KeepStorageDay(b.t.Context(), o.ID, d))
	}
	b.open(path + "/usage")
	require.Contains(b.t, b.text(), "If the month goes on as it began")
	require.True(b.t, look[bool](b, `document.querySelector("polyline.line").getBBox().height > 20`))
	b.picture("usage")
	b.open(path + "/calls")
	b.fill("q", "hopper")
	b.press(".filter button")
	require.Contains(b.t, b.text(), "+442071838750")
	require.NotContains(b.t, b.text(), "Ada Lovelace")
	if scripts {
		var length float64
		b.run(chromedp.Evaluate(`new Promise((known, broken) => {
			const sound = document.querySelector("audio");
			sound.addEventListener("loadedmetadata", () => known(sound.duration));
			sound.addEventListener("error", () => broken(new Error(sound.error.message)));
			sound.preload = "metadata";
			sound.load();
		})`, &length, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
		require.InDelta(b.t, 1.0, length, 0.01)
	}
	b.press(".filter a")
	require.Contains(b.t, b.text(), "Ada Lovelace")
	b.picture("calls")
	b.press("tbody th a")
	require.Contains(b.t, b.text(), "Grace Hopper")
	b.picture("call")

	b.open(path + "/trail")
	b.fill("operation", "create-organization")
	b.press(".filter button")
	require.Equal(b.t, int64(1), look[int64](b, `document.querySelectorAll("tbody tr").length`))
	b.run(chromedp.Click("tbody summary", chromedp.ByQuery))
	require.Contains(b.t, b.text(), "Grand-Estancia-Salem")
	b.picture("trail")
}
