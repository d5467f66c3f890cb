package editor_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
)

// add fills in the form of a new resource and sends it.
func (v *visitor) add(list string, values map[string]string) shown {
	v.t.Helper()
	form := v.get(list+"/new").form(v.t, "version")
	for name, value := range values {
		form.Set(name, value)
	}
	return v.post(list+"/new", form)
}

var sipPasswordShown = regexp.MustCompile(`id="sip-password" readonly value="([^"]+)"`)

func TestTheStepsToTheFirstCallAreTakenInTheEditor(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "/panel")
	o := p.organization(t, "Grand Hotel")
	v := p.administrator(t)
	path := "/organizations/" + o.ID
	for _, step := range []string{"/trunks", "/dids", "/users", "/queues"} {
		require.Contains(t, v.get(path).text, `href="/panel`+path+step+`"`)
		require.Contains(t, v.get(path+step).text, "None yet")
	}

	made := v.add(path+"/users", map[string]string{"extension": "1001", "full_name": "Asha Rao"})
	require.Equal(t, http.StatusCreated, made.status)
	password := sipPasswordShown.FindStringSubmatch(made.text)
	require.NotNil(t, password)
	require.Contains(t, made.text, `value="`+o.ContextPrefix+`.sip.example.com"`)
	require.Contains(t, made.text, `<svg class="qr"`)
	require.NotContains(t, v.get(path+"/users").text, password[1])

	trunk := v.add(path+"/trunks", map[string]string{
		"name": "carrier-a", "trunk_type": "outbound", "host": "sip.carrier.example", "username": "acct", "password": "of-the-carrier",
	})
	require.Equal(t, path+"/trunks", trunk.path)
	require.Contains(t, trunk.text, "carrier-a")
	did := v.add(path+"/dids", map[string]string{"number": "+914440001000", "routing_destination": "extension 1001"})
	require.Contains(t, did.text, "Extension 1001 Asha Rao")
	queue := v.add(path+"/queues", map[string]string{
		"name": "Front desk", "number": "700", "members": "1001:5", "overflow.destination": "external", "overflow.destination_external": "+914440001001",
	})
	require.Contains(t, queue.text, "1001:5")
	queues, err := p.resources.Queues().List(t.Context(), o.ID, org.Page{})
	require.NoError(t, err)
	require.Equal(t, 5, queues[0].Members[0].Penalty)
	require.Equal(t, resource.Destination{Type: resource.ToExternal, Number: "+914440001001"}, *queues[0].Overflow)

	for list, values := range map[string]map[string]string{
		"/outbound-routes": {"name": "all", "dial_pattern": "0X."},
		"/conferences":     {"name": "Morning", "number": "800", "pin": "4711"},
		"/ai-agents":       {"name": "Reception", "number": "900", "address": "ai.example.com:9092"},
		"/ivrs": {
			"name": "Menu", "number": "600", "greeting": "welcome", "options.1.destination": "queue 700",
			"options.#.destination": "external", "options.#.destination_external": "+914440001002",
		},
	} {
		added := v.add(path+list, values)
		require.Equal(t, path+list, added.path, added.text)
		require.Contains(t, added.text, values["name"])
	}
	menus, err := p.resources.IVRs().List(t.Context(), o.ID, org.Page{})
	require.NoError(t, err)
	require.Equal(t, map[string]resource.Destination{
		"1": {Type: resource.ToQueue, Number: "700"}, "#": {Type: resource.ToExternal, Number: "+914440001002"},
	}, menus[0].Options)
	require.Equal(t, 5, strings.Count(v.get(path).text, `<li class="done">`), "all but people and compliance")
	require.Contains(t, p.trailOf(t, o.ID), "create-ai-agent administrator ok")
}

func TestAResourceIsEditedRenewedAndDeleted(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	o := p.organization(t, "Grand Hotel")
	v := p.administrator(t)
	path := "/organizations/" + o.ID
	v.add(path+"/users", map[string]string{"extension": "1001"})
	v.add(path+"/trunks", map[string]string{"name": "carrier-a", "trunk_type": "outbound", "host": "sip.carrier.example", "username": "acct", "password": "of-the-carrier"})
	v.add(path+"/dids", map[string]string{"number": "+914440001000", "routing_destination": "extension 1001"})
	users, err := p.resources.Users().List(t.Context(), o.ID, org.Page{})
	require.NoError(t, err)
	trunks, err := p.resources.Trunks().List(t.Context(), o.ID, org.Page{})
	require.NoError(t, err)
	user, trunk := path+"/users/"+users[0].ID, path+"/trunks/"+trunks[0].ID

	form := v.get(trunk).form(t, "version")
	require.Empty(t, form.Get("password"))
	form.Set("max_channels", "7")
	form.Del("max_channels.boundless")
	require.Equal(t, path+"/trunks", v.post(trunk, form).path)
	edited, err := p.resources.Trunks().Get(t.Context(), o.ID, trunks[0].ID)
	require.NoError(t, err)
	require.Equal(t, "7", edited.MaxChannels.String())
	require.NotEmpty(t, edited.Password, "the password stays")
	form.Set("name", "carrier-b")
	conflict := v.post(trunk, form)
	require.Equal(t, http.StatusConflict, conflict.status)
	require.Contains(t, conflict.text, "Somebody else saved it meanwhile")
	require.Contains(t, conflict.text, "carrier-b")

	form = v.get(user).form(t, "version")
	form.Set("extension", "1002")
	require.Contains(t, html.UnescapeString(v.post(user, form).text), "it is used by DID +914440001000 (and 0 more)")
	asked := v.get(trunk + "/delete")
	require.Contains(t, html.UnescapeString(asked.text), "it is used by DID +914440001000")
	require.NotContains(t, asked.text, "<button class=\"danger\"")
	require.Equal(t, http.StatusConflict, v.post(trunk+"/delete", asked.form(t, "version")).status)

	old := users[0].SIP.MD5
	renewed := v.post(user+"/sip-password", v.get(user+"/sip-password").form(t, "version"))
	require.NotNil(t, sipPasswordShown.FindStringSubmatch(renewed.text))
	now, err := p.resources.Users().Get(t.Context(), o.ID, users[0].ID)
	require.NoError(t, err)
	require.NotEqual(t, old, now.SIP.MD5)

	dids, err := p.resources.DIDs().List(t.Context(), o.ID, org.Page{})
	require.NoError(t, err)
	for _, one := range []string{path + "/dids/" + dids[0].ID, user, trunk} {
		require.Equal(t, http.StatusOK, v.post(one+"/delete", v.get(one+"/delete").form(t, "version")).status)
		require.Equal(t, http.StatusNotFound, v.get(one).status)
	}
}

func TestWhatCannotBeSavedIsShownAgain(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	o := p.organization(t, "Grand Hotel")
	v := p.administrator(t)
	path := "/organizations/" + o.ID
	broken := v.add(path+"/trunks", map[string]string{
		"name": "carrier-a", "trunk_type": "outbound", "host": "sip.carrier.example", "username": "no spaces", "port": "x", "password": "of-the-carrier",
	})
	require.Equal(t, http.StatusUnprocessableEntity, broken.status)
	require.Contains(t, broken.text, "Port must be a whole number")
	require.NotContains(t, broken.text, "of-the-carrier")
	nowhere := v.add(path+"/dids", map[string]string{"number": "12"})
	require.Equal(t, http.StatusUnprocessableEntity, nowhere.status)
	require.Contains(t, nowhere.text, "Leads to is required")
	stranger := v.add(path+"/queues", map[string]string{"name": "Front desk", "number": "700", "members": "1009"})
	require.Contains(t, stranger.text, "Members must be users of this organisation")

	_, err := p.orgs.Update(t.Context(), o.ID, 0, func(o *org.Profile) error { o.Settings.MaxUsers = limits.AtMost(1); return nil })
	require.NoError(t, err)
	v.add(path+"/users", map[string]string{"extension": "1001"})
	full := v.add(path+"/users", map[string]string{"extension": "1002"})
	require.Equal(t, http.StatusConflict, full.status)
	require.Contains(t, full.text, "the limit of 1 users is reached")
	require.Contains(t, full.text, `value="1002"`)
}

func TestWhoMayNotWriteSeesNoForm(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	o, other := p.organization(t, "Own Hotel"), p.organization(t, "Other Hotel")
	u := resource.UserDefaults()
	u.Extension = "1001"
	u, _, err := p.resources.Users().Create(t.Context(), o.ID, u)
	require.NoError(t, err)
	stranger := resource.UserDefaults()
	stranger.Extension = "1001"
	stranger, _, err = p.resources.Users().Create(t.Context(), other.ID, stranger)
	require.NoError(t, err)
	path := "/organizations/" + o.ID
	for role, trunks := range map[member.Role]int{member.Viewer: http.StatusOK, member.Agent: http.StatusForbidden} {
		p.person(t, o, string(role)+"@ge.com", role)
		v := p.visitor(t)
		token := v.signIn(string(role)+"@ge.com", userPassword).token(t)
		list := v.get(path + "/users")
		require.Contains(t, list.text, "1001")
		require.NotContains(t, list.text, path+"/users/")
		require.Equal(t, trunks, v.get(path+"/trunks").status)
		for _, page := range []string{"/users/new", "/users/" + u.ID, "/users/" + u.ID + "/delete", "/users/" + u.ID + "/sip-password"} {
			require.Equal(t, http.StatusForbidden, v.get(path+page).status, page)
			require.Equal(t, http.StatusForbidden, v.post(path+page, url.Values{"form_token": {token}, "version": {"1"}}).status, page)
		}
	}
	p.person(t, o, "owner@ge.com", member.Owner)
	owner := p.visitor(t)
	owner.signIn("owner@ge.com", userPassword)
	require.Equal(t, http.StatusOK, owner.get(path+"/users/"+u.ID).status)
	require.Equal(t, http.StatusNotFound, owner.get(path+"/users/"+stranger.ID).status)
	require.Equal(t, http.StatusNotFound, owner.get("/organizations/"+other.ID+"/users").status)
}
