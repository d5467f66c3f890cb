package editor_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
)

func TestTheComplianceStepTicksOnceSomebodyDecided(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "/panel")
	v := p.administrator(t)
	const ticked = `<li class="done">[^\n]*/confirm-compliance"`
	confirmed := p.organization(t, "Confirmed Hotel")
	path := "/organizations/" + confirmed.ID
	require.NotRegexp(t, ticked, v.get(path).text, "a preset is nobody's decision")
	require.Contains(t, v.get(path).text, path+"/confirm-compliance")
	form := v.get(path+"/confirm-compliance").form(t, "version")
	_, err := p.orgs.Update(t.Context(), confirmed.ID, 0, func(p *org.Profile) error { p.Contact.Email = "a@ge.com"; return nil })
	require.NoError(t, err)
	require.Equal(t, http.StatusConflict, v.post(path+"/confirm-compliance", form).status)
	require.NotRegexp(t, ticked, v.get(path).text)
	again := v.get(path + "/confirm-compliance")
	require.Contains(t, again.text, "Keep call records, days")
	require.Equal(t, path, v.post(path+"/confirm-compliance", again.form(t, "version")).path)
	require.Regexp(t, ticked, v.get(path).text)
	require.Contains(t, p.trailOf(t, confirmed.ID), "put-compliance administrator ok")

	saved := p.organization(t, "Saved Hotel")
	path = "/organizations/" + saved.ID
	settings := v.get(path+"/settings").form(t, "version")
	settings.Set("contact_info.email", "b@ge.com")
	v.post(path+"/settings", settings)
	require.NotRegexp(t, ticked, v.get(path).text, "something else was saved")
	settings = v.get(path+"/settings").form(t, "version")
	settings.Set("compliance.retention_cdr_days", "30")
	v.post(path+"/settings", settings)
	require.Regexp(t, ticked, v.get(path).text)

	p.person(t, saved, "viewer@ge.com", member.Viewer)
	viewer := p.visitor(t)
	viewer.signIn("viewer@ge.com", userPassword)
	require.Equal(t, http.StatusForbidden, viewer.get(path+"/confirm-compliance").status)
}
