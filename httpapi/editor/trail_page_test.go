package editor_test

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org/member"
)

func TestTheTrailIsReadFilteredAndChecked(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "/panel")
	o := p.organization(t, "Grand Hotel")
	v := p.administrator(t)
	path := "/organizations/" + o.ID
	require.Contains(t, v.get(path+"/trail").text, "Nothing fits.")
	for i := range 27 {
		added := v.add(path+"/users", map[string]string{"extension": fmt.Sprint(1001 + i), "full_name": "Asha Rao"})
		require.Equal(t, http.StatusCreated, added.status)
	}
	settings := v.get(path+"/settings").form(t, "version")
	settings.Set("contact_info.email", "new@ge.com")
	v.post(path+"/settings", settings)
	v.post(path+"/settings", settings) // an old version by now

	first := v.get(path + "/trail")
	for _, want := range []string{
		"update-organization", "precondition_failed", "new@ge.com", "create-user", "Asha Rao", "administrator", "127.0.0.1",
	} {
		require.Contains(t, first.text, want)
	}
	require.Less(t, len(first.text), 100_000)
	require.NotContains(t, first.text, "entry 1<")
	next := regexp.MustCompile(`rel="next" href="/panel([^"]+)"`).FindStringSubmatch(first.text)
	require.NotNil(t, next)
	require.Contains(t, v.get(next[1]).text, "entry 1<")
	refused := v.get(path + "/trail?outcome=precondition_failed&actor=administrator").text
	require.Contains(t, refused, "update-organization")
	require.NotContains(t, refused, "create-user<")
	require.Equal(t, http.StatusUnprocessableEntity, v.get(path+"/trail?to=x").status)
	require.Contains(t, v.get(path+"/trail?check").text, "All 29 entries are as they were saved")

	platform := v.get("/trail").text
	require.Contains(t, platform, "admin-login")
	require.NotContains(t, platform, "create-user<")

	p.person(t, o, "owner@ge.com", member.Owner)
	p.person(t, o, "viewer@ge.com", member.Viewer)
	owner, viewer := p.visitor(t), p.visitor(t)
	owner.signIn("owner@ge.com", userPassword)
	viewer.signIn("viewer@ge.com", userPassword)
	require.Contains(t, owner.get(path+"/trail").text, "create-user")
	require.Equal(t, http.StatusForbidden, owner.get("/trail").status)
	require.Equal(t, http.StatusForbidden, viewer.get(path+"/trail").status)
}
