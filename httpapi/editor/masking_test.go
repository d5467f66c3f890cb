package editor_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

const plantedNumber, plantedName = "+14155559317", "Wilhelmina Planted"

// meets reports whether a page holds what was planted.
func (s shown) meets() bool {
	return strings.Contains(s.plain(), "5559317") || strings.Contains(s.plain(), "Wilhelmina")
}

// masks switches the masking of an organisation on or off.
func (p *panel) masks(t *testing.T, o org.Organization, on bool) org.Organization {
	t.Helper()
	o, err := p.orgs.Update(t.Context(), o.ID, 0, func(profile *org.Profile) error {
		profile.Compliance.PIIMasking = on
		return nil
	})
	require.NoError(t, err)
	return o
}

var link = regexp.MustCompile(`(?:href|src)="([^"]+)"`)

// crawl follows every link below a path, and returns the pages that hold what was
// planted and how many there were.
func (v *visitor) crawl(below string) (met []string, pages int) {
	v.t.Helper()
	seen, open := map[string]bool{below: true}, []string{below}
	for len(open) > 0 {
		path := open[0]
		open = open[1:]
		pages++
		page := v.get(path)
		require.Less(v.t, page.status, http.StatusInternalServerError, path)
		if page.meets() {
			met = append(met, path)
		}
		for _, found := range link.FindAllStringSubmatch(page.text, -1) {
			to, _, _ := strings.Cut(found[1], "#")
			if strings.HasPrefix(to, below) && !seen[to] {
				seen[to] = true
				open = append(open, to)
			}
		}
	}
	return met, pages
}

func TestNoPageShowsAMaskedNumber(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	o := p.organization(t, "Grand Hotel")
	in := p.call(t, o, today, time.Minute, func(r *cdr.Record) { r.Caller, r.CallerName = plantedNumber, plantedName })
	p.call(t, o, today.Add(time.Minute), 0, func(r *cdr.Record) {
		r.Direction, r.Caller, r.CallerName, r.Called = cdr.Out, "anonymous", "", "04155559317"
	})
	ctx, record := audit.Begin(t.Context(), audit.Entry{At: today, Operation: "place-legal-hold"}, audit.Details{})
	_, err := p.holds.Place(ctx, o, hold.Draft{Target: hold.OfNumber, Value: plantedNumber, Reason: "Case 12/2026"})
	require.NoError(t, err)
	require.NoError(t, p.trail.Finish(ctx, record, o.ID, audit.OK))
	visitors := map[string]*visitor{"platform": p.administrator(t)}
	for _, role := range member.Roles() {
		p.person(t, o, string(role)+"@ge.com", role)
		v := p.visitor(t)
		v.signIn(string(role)+"@ge.com", userPassword)
		visitors[string(role)] = v
	}
	path := "/organizations/" + o.ID
	for _, masked := range []bool{false, true} {
		o = p.masks(t, o, masked)
		for name, v := range visitors {
			met, pages := v.crawl(path)
			switch {
			case masked || name == "agent" || name == "viewer":
				require.Empty(t, met, name)
			default:
				require.Contains(t, met, path+"/calls", name)
				require.Contains(t, met, path+"/calls/"+in.ID, name)
			}
			require.Greater(t, pages, 5, name)
		}
	}
	owner := visitors["owner"]
	require.Contains(t, owner.get(path+"/calls").plain(), "+141•••••17")
	refused := owner.get(path + "/calls?q=9317")
	require.Equal(t, http.StatusUnprocessableEntity, refused.status)
	require.NotContains(t, refused.text, in.ID)
}

func TestAnOwnerRevealsACallOnItsPage(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "/panel")
	o := p.masks(t, p.organization(t, "Grand Hotel"), true)
	other := p.organization(t, "Other Hotel")
	plant := func(r *cdr.Record) { r.Caller, r.CallerName = plantedNumber, plantedName }
	c, theirs := p.call(t, o, today, time.Minute, plant), p.call(t, other, today, time.Minute, plant)
	path := "/organizations/" + o.ID + "/calls/" + c.ID
	p.person(t, o, "owner@ge.com", member.Owner)
	p.person(t, o, "super@ge.com", member.Supervisor)
	owner := p.visitor(t)
	owner.signIn("owner@ge.com", userPassword)

	page := owner.get(path)
	form := page.form(t, "reason")
	form.Set("reason", "")
	missing := owner.post(path+"/reveal", form)
	require.Equal(t, http.StatusUnprocessableEntity, missing.status)
	require.Contains(t, missing.text, "Reason is required")
	form.Set("reason", "call 415-555-9317 back")
	repeated := owner.post(path+"/reveal", form)
	require.Contains(t, repeated.text, "must not repeat a number of the call")
	require.NotContains(t, repeated.text, "+14155559317")
	form.Set("reason", "Asked for a call back")
	revealed := owner.post(path+"/reveal", form)
	require.Equal(t, http.StatusOK, revealed.status)
	require.Contains(t, revealed.plain(), plantedNumber)
	require.Contains(t, revealed.plain(), plantedName)
	require.False(t, owner.get(path).meets(), "it was shown this once")
	require.Equal(t, http.StatusNotFound, owner.post("/organizations/"+o.ID+"/calls/"+theirs.ID+"/reveal", form).status)
	require.Equal(t, http.StatusNotFound, owner.post("/organizations/"+other.ID+"/calls/"+theirs.ID+"/reveal", form).status)

	supervisor := p.visitor(t)
	supervisor.signIn("super@ge.com", userPassword)
	page = supervisor.get(path)
	require.NotContains(t, page.text, "/reveal")
	refused := supervisor.post(path+"/reveal", url.Values{"form_token": {page.token(t)}, "reason": {"curious"}})
	require.Equal(t, http.StatusForbidden, refused.status)
	require.False(t, refused.meets())

	told, err := p.trail.List(t.Context(), o.ID, audit.Filter{Operation: "reveal-call"}, audit.Page{})
	require.NoError(t, err)
	var lines []string
	for _, e := range told {
		lines = append(lines, e.Object.Kind+" "+e.Outcome)
		require.NotContains(t, e.Details, "5559317")
	}
	require.Equal(t, []string{
		"call validation_failed", "call validation_failed", "call ok", "call not_found", "call not_found", "call forbidden",
	}, lines)
	require.Equal(t, c.ID, told[2].Object.ID)
	require.Contains(t, told[2].Details, "Asked for a call back")
	require.Contains(t, owner.get("/organizations/"+o.ID+"/trail").text, "Asked for a call back")

	p.masks(t, o, false)
	require.NotContains(t, owner.get(path).text, "/reveal", "there is nothing to reveal")
}

func TestOnlyAnOwnerSwitchesMaskingOffOnThePage(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	o := p.masks(t, p.organization(t, "Grand Hotel"), true)
	path := "/organizations/" + o.ID + "/settings"
	for _, who := range []struct {
		role   member.Role
		status int
		on     bool
	}{{member.Admin, http.StatusForbidden, true}, {member.Owner, http.StatusOK, false}} {
		p.person(t, o, string(who.role)+"@ge.com", who.role)
		v := p.visitor(t)
		v.signIn(string(who.role)+"@ge.com", userPassword)
		form := v.get(path).form(t, "compliance.pii_masking")
		form.Del("compliance.pii_masking")
		answer := v.post(path, form)
		require.Equal(t, who.status, answer.status)
		require.Equal(t, who.on, strings.Contains(answer.text, "may be switched off only by who may reveal calls"))
		saved, err := p.orgs.Get(t.Context(), o.ID)
		require.NoError(t, err)
		require.Equal(t, who.on, saved.Compliance.PIIMasking)
	}
}
