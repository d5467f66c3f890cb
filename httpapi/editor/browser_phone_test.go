package editor_test

import (
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// nameless are the values in lists that do not say what they are where a list is
// cards, and what is wider than the screen.
const nameless = `(() => {
	const found = [];
	for (const table of document.querySelectorAll("table.list")) {
		const heads = [...table.querySelectorAll("thead th")];
		for (const row of table.querySelectorAll("tbody tr")) {
			[...row.cells].forEach((cell, i) => {
				if (cell.tagName === "TH" || heads[i].querySelector(".unseen")) return;
				const shown = getComputedStyle(cell, "::before").content !== "none";
				if (!shown || cell.dataset.label !== heads[i].textContent) found.push(heads[i].textContent + " is called " + cell.dataset.label);
			});
		}
	}
	if (document.documentElement.scrollWidth > innerWidth) found.push("the page is " + document.documentElement.scrollWidth + " wide");
	return found;
})()`

// checkPhone looks at the page as wide as a phone: each value of a list has its
// name, and nothing is beyond the edge.
func (b *tab) checkPhone(name string) {
	b.t.Helper()
	b.run(chromedp.EmulateViewport(390, 800))
	require.Empty(b.t, look[[]string](b, nameless), name)
	b.run(chromedp.EmulateViewport(1200, 800))
}
