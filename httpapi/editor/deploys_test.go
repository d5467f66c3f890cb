package editor_test

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/confdir"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
)

// newPanelOnFiles is a panel whose PBX is a folder of Asterisk's configuration.
func newPanelOnFiles(t *testing.T, prefix string) *panel {
	t.Helper()
	pbx, err := confdir.New(confdir.Config{Dir: t.TempDir()})
	require.NoError(t, err)
	return newPanelOn(t, prefix, pbx)
}

// user adds one.
func (p *panel) user(t *testing.T, o org.Organization, extension string) resource.User {
	t.Helper()
	u := resource.UserDefaults()
	u.Extension, u.FullName = extension, "Phone "+extension
	u, _, err := p.resources.Users().Create(t.Context(), o.ID, u)
	require.NoError(t, err)
	return u
}

func TestARollbackShowsItsPlanAndIsDoneOnceConfirmed(t *testing.T) {
	t.Parallel()
	p := newPanelOnFiles(t, "/panel")
	o := p.organization(t, "Grand Hotel")
	p.user(t, o, "1001")
	v := p.administrator(t)
	path := "/organizations/" + o.ID
	page := v.get(path + "/deploys")
	require.Contains(t, page.text, "What the deploy would change")
	require.Contains(t, page.text, "endpoint "+o.ContextPrefix)
	token := url.Values{"form_token": {page.token(t)}}
	require.Contains(t, v.post(path+"/deploys", token).text, "Revision 2 applied in ")
	p.user(t, o, "1002")
	history := v.post(path+"/deploys", token)
	require.Contains(t, history.text, "Revision 3 applied in ")
	require.Contains(t, history.text, "/rollback?revision=2")
	require.NotContains(t, history.text, "/rollback?revision=3")

	asked := v.get(path + "/rollback?revision=2")
	require.Contains(t, asked.text, "Go back to revision 2?")
	require.Regexp(t, `0 to add, \d+ to change, \d+ to remove`, asked.text)
	form := asked.form(t, "revision")
	p.user(t, o, "1003")
	require.Equal(t, http.StatusConflict, v.post(path+"/rollback", form).status, "there is a change that was not in the plan")
	done := v.post(path+"/rollback", v.get(path+"/rollback?revision=2").form(t, "revision"))
	require.Contains(t, done.text, "Revision 5 applied in ")
	users, err := p.resources.Users().List(t.Context(), o.ID, org.Page{})
	require.NoError(t, err)
	require.Len(t, users, 1)
	require.Subset(t, p.trailOf(t, o.ID), []string{
		"deploy-config administrator ok", "rollback-config administrator precondition_failed", "rollback-config administrator ok",
	})
	require.Equal(t, http.StatusConflict, v.get(path+"/rollback?revision=99").status)
	require.Equal(t, http.StatusNotFound, v.get(path+"/rollback?revision=x").status)
}

func TestARollbackBeyondTheLimitSaysSo(t *testing.T) {
	t.Parallel()
	p := newPanelOnFiles(t, "")
	o := p.organization(t, "Grand Hotel")
	u := p.user(t, o, "1001")
	v := p.visitor(t)
	token := url.Values{"form_token": {v.signIn(adminName, adminPassword).token(t)}}
	path := "/organizations/" + o.ID
	v.post(path+"/deploys", token)
	require.NoError(t, p.resources.Users().Delete(t.Context(), o.ID, u.ID, 0))
	v.post(path+"/deploys", token)
	form := v.get(path+"/settings").form(t, "version")
	form.Set("settings.max_users", "0")
	v.post(path+"/settings", form)
	refused := v.get(path + "/rollback?revision=2")
	require.Equal(t, http.StatusConflict, refused.status)
	require.Contains(t, refused.text, "the limit of 0 users is reached")
	require.NotContains(t, refused.text, "<button class=\"main\">")
}

func TestPagesDoNotGrowWithWhatADeployChanges(t *testing.T) {
	t.Parallel()
	p := newPanelOnFiles(t, "")
	o := p.organization(t, "Grand Hotel")
	for i := range 40 {
		p.user(t, o, strconv.Itoa(1000+i))
	}
	v := p.visitor(t)
	token := url.Values{"form_token": {v.signIn(adminName, adminPassword).token(t)}}
	path := "/organizations/" + o.ID + "/deploys"
	waiting := v.get(path).text
	require.Regexp(t, `… and \d+ more objects`, waiting)
	require.Less(t, len(waiting), 100_000)
	deployed := v.post(path, token).text
	require.Regexp(t, `… and \d+ more objects`, deployed)
	require.Less(t, len(deployed), 100_000)
}

func TestWhoMayNotDeploySeesTheHistoryOnly(t *testing.T) {
	t.Parallel()
	p := newPanelOnFiles(t, "")
	o := p.organization(t, "Grand Hotel")
	p.person(t, o, "viewer@ge.com", member.Viewer)
	p.person(t, o, "agent@ge.com", member.Agent)
	path := "/organizations/" + o.ID
	admin := p.visitor(t)
	token := url.Values{"form_token": {admin.signIn(adminName, adminPassword).token(t)}}
	admin.post(path+"/deploys", token)
	p.user(t, o, "1001")
	admin.post(path+"/deploys", token)

	viewer := p.visitor(t)
	token = url.Values{"form_token": {viewer.signIn("viewer@ge.com", userPassword).token(t)}, "revision": {"1"}, "version": {"2"}}
	page := viewer.get(path + "/deploys")
	require.Contains(t, page.text, "History")
	require.NotContains(t, page.text, "Deploy again")
	require.NotContains(t, page.text, "/rollback")
	require.Equal(t, http.StatusForbidden, viewer.post(path+"/deploys", token).status)
	require.Equal(t, http.StatusForbidden, viewer.get(path+"/rollback?revision=1").status)
	require.Equal(t, http.StatusForbidden, viewer.post(path+"/rollback", token).status)

	agent := p.visitor(t)
	agent.signIn("agent@ge.com", userPassword)
	require.Equal(t, http.StatusForbidden, agent.get(path+"/deploys").status)
}
