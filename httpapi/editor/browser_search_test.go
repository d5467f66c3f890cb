package editor_test

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/store"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// gatedStore lets searches of calls through one by one, until it is open.
type gatedStore struct {
	store.Store
	open     atomic.Bool
	turns    chan struct{} // each lets one through
	asked    chan struct{} // one has come to the gate
	cut      chan struct{} // who had asked for one that waits is gone
	underWay atomic.Int32
	crowded  atomic.Bool // two were under way at once
}

func newGatedStore() *gatedStore {
	const enough = 100
	return &gatedStore{
		Store: memstore.New(), turns: make(chan struct{}, enough), asked: make(chan struct{}, enough), cut: make(chan struct{}, enough),
	}
}

func (s *gatedStore) SearchCalls(ctx context.Context, organizationID string, filter cdr.Filter, page org.Page, most int) ([]cdr.Call, string, error) {
	if s.underWay.Add(1) > 1 {
		s.crowded.Store(true)
	}
	defer s.underWay.Add(-1)
	if !s.open.Load() {
		s.asked <- struct{}{}
		select {
		case <-s.turns:
		case <-ctx.Done():
			defer func() { s.cut <- struct{}{} }()
			return nil, "", ctx.Err()
		}
	}
	return s.Store.SearchCalls(ctx, organizationID, filter, page, most)
}

// let lets one search through.
func (s *gatedStore) let() { s.turns <- struct{}{} }

// await waits for something of the gate to happen.
func (b *tab) await(happened <-chan struct{}, what string) {
	b.t.Helper()
	select {
	case <-happened:
	case <-time.After(browserPatience):
		require.Fail(b.t, "it does not happen", what)
	}
}

// shows waits until the page has a text.
func (b *tab) shows(text string) {
	b.t.Helper()
	b.run(chromedp.Evaluate(`new Promise((seen) => {
		const look = () => document.body.innerText.includes(`+strconv.Quote(text)+`) ? seen(true) : setTimeout(look, 20);
		look();
	})`, nil, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
}

// rows is how many calls the page shows.
func (b *tab) rows() int64 {
	b.t.Helper()
	return look[int64](b, `document.querySelectorAll("tbody tr").length`)
}

func TestASearchOfCallsGoesOnByItselfInABrowser(t *testing.T) {
	t.Parallel()
	for name, scripts := range map[string]bool{"with scripts": true, "without scripts": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := newGatedStore()
			p := newPanelWith(t, "/panel", resource.NoPBX{}, db, cdr.Options{Look: 4}, nil)
			o := p.organization(t, "Grand Hotel")
			for day := range 40 {
				p.call(t, o, today.AddDate(0, 0, -day), time.Minute, func(r *cdr.Record) {
					if day == 5 || day == 20 {
						r.CallerName = "Grace Hopper"
					}
				})
			}
			b := newTab(t, p.url)
			if !scripts {
				b.run(emulation.SetScriptExecutionDisabled(true))
				b.scripts = false
			}
			b.open("/")
			b.fill("name", adminName)
			b.fill("password", adminPassword)
			b.press("button.main")
			path := "/organizations/" + o.ID + "/calls"
			if scripts {
				b.searchInSteps(db, path)
			}
			db.open.Store(true)
			if scripts {
				b.searchToTheEnd(path)
				require.False(t, db.crowded.Load(), "one search waits for the other")
			} else {
				b.searchByHand(path)
			}
		})
	}
}

// searchInSteps stops a search and lets it go on, types something else, and leaves.
func (b *tab) searchInSteps(db *gatedStore, path string) {
	b.t.Helper()
	db.let()
	b.open(path + "?q=hopper")
	b.await(db.asked, "the page is asked for")
	b.await(db.asked, "the search goes on by itself")
	b.shows("Looked back to 13 November 2026.")
	require.False(b.t, look[bool](b, `document.querySelector("[data-stop]").hidden`))
	require.True(b.t, look[bool](b, `document.querySelector("[data-further]").hidden`))
	b.picture("calls-searching")

	b.run(chromedp.Click("[data-stop]", chromedp.ByQuery))
	b.await(db.cut, "the search is stopped")
	require.True(b.t, look[bool](b, `document.activeElement.matches("[data-further]")`), "who stopped it can go on")
	require.True(b.t, look[bool](b, `document.querySelector("[data-stop]").hidden`))
	b.checkAccess("calls, stopped")
	b.checkPhone("calls, stopped")

	db.let()
	b.run(chromedp.Click("[data-further]", chromedp.ByQuery))
	b.await(db.asked, "it goes on where it was")
	b.await(db.asked, "and by itself")
	b.shows("Looked back to 9 November 2026.")
	require.Equal(b.t, int64(1), b.rows())
	require.True(b.t, look[bool](b, `document.activeElement.matches("[data-stop]")`), "who went on can stop it")

	b.fill("q", "lovelace")
	b.await(db.cut, "it stops when something else is typed")
	require.False(b.t, look[bool](b, `document.querySelector("[data-further]").hidden`))
	require.Contains(b.t, b.text(), "Grace Hopper")

	b.run(chromedp.Click("[data-further]", chromedp.ByQuery))
	b.await(db.asked, "it goes on once more")
	db.let()
	b.await(db.asked, "and by itself")
	b.open("/organizations")
	b.await(db.cut, "it ends when the page is left")
	require.Empty(b.t, db.asked, "nothing was asked for unseen")
}

// searchToTheEnd looks at what a search says when it is over.
func (b *tab) searchToTheEnd(path string) {
	b.t.Helper()
	over := func() {
		b.t.Helper()
		require.True(b.t, look[bool](b, `document.querySelector("[data-stop]").hidden && !document.querySelector("[data-further]")`))
		b.checkAccess("calls")
	}
	b.open(path + "?q=hopper")
	b.shows("All is looked through.")
	require.Equal(b.t, int64(2), b.rows())
	require.NotContains(b.t, b.text(), "Nothing fits")
	over()

	b.open(path + "?q=zebra")
	b.shows("All is looked through.")
	require.Contains(b.t, b.text(), "Nothing fits")
	over()

	b.open(path + "?q=lovelace")
	b.shows("The page is full.")
	require.Equal(b.t, int64(25), b.rows())
	over()
	b.press("a[rel=next]")
	b.shows("All is looked through.")
	require.Equal(b.t, int64(13), b.rows())
	require.Contains(b.t, b.text(), "First page")
	over()
}

// searchByHand goes on without scripts.
func (b *tab) searchByHand(path string) {
	b.t.Helper()
	b.open(path + "?q=hopper")
	require.Contains(b.t, b.text(), "Looked back to 13 November 2026.")
	require.NotContains(b.t, b.text(), "Stop")
	b.press("[data-further]")
	require.Contains(b.t, b.text(), "Grace Hopper")
	require.Contains(b.t, b.text(), "Looked back to 9 November 2026.")
}
