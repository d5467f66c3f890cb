package editor_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
)

// trunk adds one.
func (p *panel) trunk(t *testing.T, o org.Organization) resource.Trunk {
	t.Helper()
	v := resource.TrunkDefaults()
	v.Name, v.Type, v.Host = "carrier-a", resource.PeerToPeerTrunk, "10.0.0.1"
	made, err := p.resources.Trunks().Create(t.Context(), o.ID, v)
	require.NoError(t, err)
	return made
}

// did adds one.
func (p *panel) did(t *testing.T, o org.Organization, trunk resource.Trunk, number string) {
	t.Helper()
	_, err := p.resources.DIDs().Create(t.Context(), o.ID, resource.DID{
		Number: number, TrunkID: trunk.ID, Routing: resource.Destination{Type: resource.ToExternal, Number: "+442071838750"},
	})
	require.NoError(t, err)
}

func TestARangeOfDIDsIsLookedAtAndAddedAsAWhole(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "/panel")
	o, other := p.organization(t, "Grand Hotel"), p.organization(t, "Other Hotel")
	_, err := p.orgs.Update(t.Context(), o.ID, 0, func(o *org.Profile) error { o.Settings.MaxDIDs = limits.AtMost(5); return nil })
	require.NoError(t, err)
	p.user(t, o, "1001")
	trunk := p.trunk(t, o)
	p.did(t, o, trunk, "+914440001001")
	p.did(t, other, p.trunk(t, other), "+914440001003")
	v := p.administrator(t)
	path := "/organizations/" + o.ID + "/dids"
	require.Contains(t, v.get(path).text, `href="/panel`+path+`/range"`)

	form := v.get(path+"/range").form(t, "first")
	form.Set("first", "+914440001000")
	form.Set("last", "+91444000100")
	form.Set("go", "look")
	broken := v.post(path+"/range", form)
	require.Equal(t, http.StatusUnprocessableEntity, broken.status)
	require.Contains(t, broken.text, "Last number must be as long")
	require.Contains(t, broken.plain(), `value="+91444000100"`)
	form.Set("last", "+914440001007")
	require.Contains(t, v.post(path+"/range", form).text, "Leads to ")

	form.Set("routing_destination", "extension 1001")
	looked := v.post(path+"/range", form)
	require.Equal(t, http.StatusOK, looked.status, looked.text)
	require.Contains(t, looked.text, "4 can be added, 4 cannot")
	for _, want := range []string{"This organisation has it already.", "Another organisation of the platform has it.", "The limit of DIDs is reached."} {
		require.Contains(t, looked.text, want)
	}
	require.NotContains(t, looked.text, "Other Hotel")
	numbers := func() (all []string) {
		list, err := p.resources.DIDs().List(t.Context(), o.ID, org.Page{})
		require.NoError(t, err)
		for _, d := range list {
			all = append(all, d.Number)
		}
		return all
	}
	require.Equal(t, []string{"+914440001001"}, numbers(), "looking adds nothing")
	require.Empty(t, p.trailOf(t, o.ID))

	seen := looked.form(t, "numbers")
	require.Equal(t, "+914440001000 +914440001002 +914440001004 +914440001005", seen.Get("numbers"))
	seen.Set("go", "add")
	p.did(t, o, trunk, "+914440001004")
	changed := v.post(path+"/range", seen)
	require.Equal(t, http.StatusConflict, changed.status)
	require.Contains(t, changed.text, "nothing was added")
	require.Len(t, numbers(), 2)

	seen = changed.form(t, "numbers")
	seen.Set("go", "add")
	added := v.post(path+"/range", seen)
	require.Equal(t, path, added.path)
	require.ElementsMatch(t, []string{
		"+914440001000", "+914440001001", "+914440001002", "+914440001004", "+914440001005",
	}, numbers())
	require.Equal(t, []string{"create-did administrator ok"}, p.trailOf(t, o.ID))

	p.person(t, o, "viewer@ge.com", member.Viewer)
	viewer := p.visitor(t)
	token := viewer.signIn("viewer@ge.com", userPassword).token(t)
	require.NotContains(t, viewer.get(path).text, path+"/range")
	require.Equal(t, http.StatusForbidden, viewer.get(path+"/range").status)
	require.Equal(t, http.StatusForbidden, viewer.post(path+"/range", url.Values{"form_token": {token}, "go": {"add"}}).status)
}
