package editor_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/httpapi/editor"
	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
)

func TestWhoIsNotSignedInIsAskedToAndComesBack(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	v := p.visitor(t)
	asked := v.get("/organizations/new")
	require.Equal(t, "/sign-in", asked.path)
	require.Contains(t, asked.text, `name="to" value="/organizations/new"`)
	back := v.post("/sign-in", url.Values{"name": {adminName}, "password": {adminPassword}, "to": {"/organizations/new"}})
	require.Equal(t, "/organizations/new", back.path)

	wrong := p.visitor(t).signIn(adminName, "wrong")
	require.Equal(t, http.StatusUnauthorized, wrong.status)
	require.Contains(t, wrong.text, "The name or the password is wrong.")
	require.NotContains(t, wrong.text, `"wrong"`)

	elsewhere := p.visitor(t).post("/sign-in", url.Values{"name": {adminName}, "password": {adminPassword}, "to": {"//example.com"}})
	require.Equal(t, "/organizations", elsewhere.path)

	v.post("/sign-out", url.Values{"form_token": {back.token(t)}})
	require.Equal(t, "/sign-in", v.get("/organizations").path)
}

func TestTheCookieIsOutOfReach(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "/panel")
	v := p.visitor(t)
	v.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	plain := v.signIn(adminName, adminPassword).header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Lax", "Path=/panel/"} {
		require.Contains(t, plain, want)
	}
	require.NotContains(t, plain, "Secure")

	form := strings.NewReader(url.Values{"name": {adminName}, "password": {adminPassword}}.Encode())
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/sign-in", form)
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Forwarded-Proto", "https")
	require.Contains(t, v.send(r).header.Get("Set-Cookie"), "Secure")
}

func TestAWriteComesFromAPageOfTheSession(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	v := p.visitor(t)
	form := url.Values{
		"step": {"3"}, "go": {"create"}, "preset": {"hotel"}, "name": {"Harbour Rooms"}, "industry": {"hotel"},
		"form_token": {"guessed"},
	}
	token := v.signIn(adminName, adminPassword).token(t)
	require.Equal(t, http.StatusForbidden, v.post("/organizations/new", form).status)

	form.Set("form_token", p.visitor(t).signIn(adminName, adminPassword).token(t))
	require.Equal(t, http.StatusForbidden, v.post("/organizations/new", form).status, "the token of another session")

	form.Set("form_token", token)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/organizations/new", strings.NewReader(form.Encode()))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	require.Equal(t, http.StatusForbidden, v.send(r).status)

	all, err := p.orgs.List(t.Context(), org.Filter{}, org.Page{})
	require.NoError(t, err)
	require.Empty(t, all)
}

func TestPagesLoadNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "/panel")
	v := p.administrator(t)
	o := p.organization(t, "Grand Hotel")
	for _, path := range []string{"/sign-in", "/organizations", "/organizations/new", "/organizations/" + o.ID, "/nowhere"} {
		got := v.get(path)
		require.Contains(t, got.header.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'; style-src 'self'")
		require.NotContains(t, got.header.Get("Content-Security-Policy"), "unsafe")
		require.Equal(t, "no-store", got.header.Get("Cache-Control"))
		require.NotRegexp(t, `(?:src|href|action)="(?:https?:)?//`, got.text)
		require.NotRegexp(t, `<script>|<style|\sstyle=|\son[a-z]+=`, got.text)
		require.Less(t, len(got.text), 100_000)
	}
}

func TestAMemberSeesTheOwnOrganisationOnly(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	own, other := p.organization(t, "Own Hotel"), p.organization(t, "Other Hotel")
	p.person(t, own, "asha@ge.com", member.Viewer)
	p.person(t, own, "ben@ge.com", member.Agent)
	v := p.visitor(t)
	home := v.signIn("asha@ge.com", userPassword)
	require.Equal(t, "/organizations/"+own.ID, home.path)
	require.Contains(t, home.text, `<a href="/account">Asha Rao</a> · viewer`)
	require.Contains(t, home.text, own.APIKey)

	for path, status := range map[string]int{
		"/organizations":                               http.StatusForbidden,
		"/organizations/new":                           http.StatusForbidden,
		"/organizations/" + other.ID:                   http.StatusNotFound,
		"/organizations/" + other.ID + "/deploy-state": http.StatusNotFound,
		"/organizations/x":                             http.StatusNotFound,
	} {
		got := v.get(path)
		require.Equal(t, status, got.status, path)
		require.NotContains(t, got.text, "Other Hotel")
	}
	refused := v.post("/organizations/new", url.Values{"form_token": {home.token(t)}, "go": {"create"}, "name": {"Mine"}, "industry": {"hotel"}, "preset": {"hotel"}})
	require.Equal(t, http.StatusForbidden, refused.status)

	agent := p.visitor(t)
	little := agent.signIn("ben@ge.com", userPassword)
	require.NotContains(t, little.text, own.APIKey)
	require.Equal(t, http.StatusForbidden, agent.get("/organizations/"+own.ID+"/deploy-state").status)

	_, err := p.orgs.Update(t.Context(), own.ID, 0, func(o *org.Profile) error { o.Status = org.Suspended; return nil })
	require.NoError(t, err)
	require.Equal(t, "/sign-in", v.get("/organizations/"+own.ID).path)
	require.Contains(t, v.signIn("asha@ge.com", userPassword).text, "Your organisation is suspended")
}

func TestTheListShowsUseAndFindsOrganisations(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	v := p.administrator(t)
	for i := range 30 {
		p.organization(t, fmt.Sprintf("Hotel %02d", i))
	}
	full := p.organization(t, "Full Clinic")
	_, err := p.orgs.Update(t.Context(), full.ID, 0, func(o *org.Profile) error {
		o.Settings.MaxUsers, o.Settings.MaxDIDs, o.Status = limits.AtMost(1), limits.Unlimited(), org.Suspended
		return nil
	})
	require.NoError(t, err)
	u := resource.UserDefaults()
	u.Extension, u.Username, u.FullName = "1001", "user1001", "Phone 1001"
	_, _, err = p.resources.Users().Create(t.Context(), full.ID, u)
	require.NoError(t, err)

	first := v.get("/organizations")
	require.Contains(t, first.text, "Hotel 24")
	require.NotContains(t, first.text, "Hotel 25")
	_, rest, more := strings.Cut(first.text, `rel="next" href="/organizations?`)
	require.True(t, more)
	query, _, _ := strings.Cut(rest, `"`)
	second := v.get("/organizations?" + strings.ReplaceAll(query, "&amp;", "&"))
	require.Contains(t, second.text, "Hotel 25")
	require.Contains(t, second.text, "Full Clinic")
	require.NotContains(t, second.text, "Hotel 24")

	found := v.get("/organizations?q=CLINIC&status=suspended").text
	require.Contains(t, found, "Full Clinic")
	require.NotContains(t, found, "Hotel 01")
	require.Contains(t, found, "nearly used up")
	require.Contains(t, found, "∞")
	require.Contains(t, v.get("/organizations?q=nobody").text, "Nothing found")
	require.Contains(t, v.get("/organizations?q=%00%ff&after=x&status=x").text, "Hotel 01")
}

func TestTheWizardKeepsWhatWasEnteredAndTheServicesRulesHold(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	p.organization(t, "Taken Name")
	v := p.visitor(t)
	token := v.signIn(adminName, adminPassword).token(t)
	form := url.Values{
		"form_token": {token}, "step": {"3"}, "go": {"create"}, "preset": {"hotel"}, "industry": {"hotel"}, "name": {"taken name"},
		"settings.max_users": {"1"}, "settings.max_dids": {"2"}, "settings.max_trunks": {"3"}, "settings.max_queues.boundless": {"on"},
		"limits.concurrent_calls": {"0"}, "limits.monthly_minutes": {"50000"}, "limits.storage_gb": {"50"},
		"compliance.recording_consent": {"opt_out"}, "compliance.retention_cdr_days": {"365"}, "compliance.retention_recording_days.boundless": {"on"},
	}
	taken := v.post("/organizations/new", form)
	require.Equal(t, http.StatusUnprocessableEntity, taken.status)
	require.Contains(t, taken.text, "Name is taken")

	form.Set("name", "Free Name")
	form.Set("compliance.retention_cdr_days", "0")
	form.Set("limits.storage_gb", "-1")
	form.Set("limits.monthly_minutes", "")
	broken := v.post("/organizations/new", form).text
	require.Contains(t, broken, "Keep call records, days must be at least 1")
	require.Contains(t, broken, "Storage, GB must be a whole number")
	require.Contains(t, broken, "Minutes a month is required")
	require.Contains(t, broken, `value="-1"`)

	form.Set("compliance.retention_cdr_days", "7")
	form.Set("limits.storage_gb", "50")
	form.Set("limits.monthly_minutes", "50000")
	form.Set("industry", "hospital") // changed at the end: what was the hotel's preset is now the hospital's
	made := v.post("/organizations/new", form)
	require.Equal(t, http.StatusCreated, made.status)
	list, err := p.orgs.List(t.Context(), org.Filter{Query: "Free Name"}, org.Page{})
	require.NoError(t, err)
	require.Len(t, list, 1)
	got := list[0]
	require.Equal(t, org.Hospital, got.Industry)
	require.Equal(t, []string{"1", "2", "3", "unlimited", "0"}, []string{
		got.Settings.MaxUsers.String(), got.Settings.MaxDIDs.String(), got.Settings.MaxTrunks.String(),
		got.Settings.MaxQueues.String(), got.Limits.ConcurrentCalls.String(),
	})
	require.Equal(t, org.OptOut, got.Compliance.RecordingConsent)
	require.Equal(t, 7, *got.Compliance.RetentionCDRDays)
	require.Nil(t, got.Compliance.RetentionRecordingDays)

	form.Set("name", "Bad\x00Name")
	require.Equal(t, http.StatusBadRequest, v.post("/organizations/new", form).status)
	form.Set("name", strings.Repeat("x", 70_000))
	require.Equal(t, http.StatusRequestEntityTooLarge, v.post("/organizations/new", form).status)
	form.Set("name", "Unknown Industry")
	form.Set("industry", "castle")
	require.Contains(t, v.post("/organizations/new", form).text, "Industry must be one of hotel, hospital, general")
}

func TestAConfigurationThatCannotWorkIsRefused(t *testing.T) {
	t.Parallel()
	_, err := editor.New(editor.Config{})
	require.ErrorContains(t, err, "Config.Organizations is missing")
}

func TestWritesAreInTheTrail(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	v := p.visitor(t)
	v.signIn("nobody@ge.com", "wrong")
	token := v.signIn(adminName, adminPassword).token(t)
	form := url.Values{"form_token": {token}, "step": {"3"}, "go": {"create"}, "name": {"Harbour Rooms"}, "industry": {"hotel"}}
	require.Equal(t, http.StatusCreated, v.post("/organizations/new", form).status)
	require.Equal(t, http.StatusUnprocessableEntity, v.post("/organizations/new", form).status)
	v.post("/sign-out", url.Values{"form_token": {token}})
	require.Equal(t, []string{
		"user-login anonymous unauthenticated", "admin-login administrator ok",
		"create-organization administrator already_exists", "logout administrator ok",
	}, p.trailOf(t, audit.Platform))

	list, err := p.orgs.List(t.Context(), org.Filter{}, org.Page{})
	require.NoError(t, err)
	require.Equal(t, []string{"create-organization administrator ok"}, p.trailOf(t, list[0].ID))
}

// trailOf sums up the entries of a chain, oldest first.
func (p *panel) trailOf(t *testing.T, chain string) []string {
	t.Helper()
	entries, err := p.trail.List(t.Context(), chain, audit.Filter{}, audit.Page{Limit: 50})
	require.NoError(t, err)
	var lines []string
	for _, e := range entries {
		lines = append(lines, e.Operation+" "+string(e.Actor.Kind)+" "+e.Outcome)
	}
	return lines
}

func TestTheSignInFormIsGuarded(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	v := p.visitor(t)
	wrong := url.Values{"name": {adminName}, "password": {"guess one"}}
	for range 10 {
		require.Equal(t, http.StatusUnauthorized, v.post("/sign-in", wrong).status)
	}
	for _, password := range []string{"guess one", adminPassword} {
		refused := v.post("/sign-in", url.Values{"name": {adminName}, "password": {password}})
		require.Equal(t, http.StatusTooManyRequests, refused.status)
		require.NotEmpty(t, refused.header.Get("Retry-After"))
		require.Contains(t, refused.text, "Too many wrong tries")
	}
	list, err := p.trail.List(t.Context(), audit.Platform, audit.Filter{Outcome: "rate_limited"}, audit.Page{})
	require.NoError(t, err)
	require.Len(t, list, 1, "the trail is told once")
	require.Equal(t, "admin-login", list[0].Operation)
}
