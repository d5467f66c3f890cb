package editor_test

import (
	"html"
	"net/http"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
)

var linkShown = regexp.MustCompile(`id="link" readonly value="[^"]*#token=([^"]+)"`)

func TestSomebodyIsInvitedEditedAndRemoved(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "/panel")
	o := p.organization(t, "Grand Hotel")
	v := p.administrator(t)
	path := "/organizations/" + o.ID
	people := path + "/people"
	require.Contains(t, v.get(path).text, `href="/panel`+people+`"`)

	invited := v.add(people, map[string]string{"email": "asha@ge.com", "name": "Asha Rao", "role": "owner"})
	require.Equal(t, http.StatusCreated, invited.status)
	token := linkShown.FindStringSubmatch(invited.text)
	require.NotNil(t, token, invited.text)
	require.Contains(t, invited.text, "It works until ")
	require.NotContains(t, v.get(people).text, token[1])
	list, err := p.people.List(t.Context(), o.ID, org.Page{})
	require.NoError(t, err)
	person := people + "/" + list[0].ID

	renewed := v.post(person+"/link", v.get(person+"/link").form(t, "version"))
	again := linkShown.FindStringSubmatch(renewed.text)
	require.NotNil(t, again)
	_, err = p.people.AcceptInvitation(t.Context(), org.Secret(token[1]), userPassword)
	require.ErrorIs(t, err, member.ErrLinkOver)
	_, err = p.people.AcceptInvitation(t.Context(), org.Secret(again[1]), userPassword)
	require.NoError(t, err)

	form := v.get(person).form(t, "version")
	require.False(t, form.Has("email"))
	form.Set("role", "viewer")
	last := v.post(person, form)
	require.Equal(t, http.StatusConflict, last.status)
	require.Contains(t, last.text, "An organisation has to keep an owner")
	require.Contains(t, v.post(person+"/delete", v.get(person+"/delete").form(t, "version")).text, "An organisation has to keep an owner")
	taken := v.add(people, map[string]string{"email": "ASHA@ge.com", "name": "Asha Rao"})
	require.Equal(t, http.StatusUnprocessableEntity, taken.status)
	require.Contains(t, taken.text, "E-mail is taken")

	require.Equal(t, http.StatusCreated, v.add(people, map[string]string{"email": "ben@ge.com", "name": "Ben Ode", "role": "owner"}).status)
	list, err = p.people.List(t.Context(), o.ID, org.Page{})
	require.NoError(t, err)
	ben := people + "/" + list[1].ID
	form = v.get(ben).form(t, "version")
	form.Set("role", "supervisor")
	form.Set("disabled", "on")
	require.Contains(t, v.post(ben, form).text, "May not sign in")
	require.Equal(t, people, v.post(ben+"/delete", v.get(ben+"/delete").form(t, "version")).path)
	require.Equal(t, http.StatusNotFound, v.get(ben).status)
	require.Equal(t, []string{
		"invite-member administrator ok", "send-member-link administrator ok",
	}, p.trailOf(t, o.ID)[:2])
	require.Subset(t, p.trailOf(t, o.ID), []string{
		"update-member administrator last_owner", "delete-member administrator last_owner", "invite-member administrator already_exists",
		"update-member administrator ok", "delete-member administrator ok",
	})
}

func TestWhoManagesPeopleManagesNoOwnersUnlessAnOwner(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	o, other := p.organization(t, "Own Hotel"), p.organization(t, "Other Hotel")
	p.person(t, o, "owner@ge.com", member.Owner)
	p.person(t, o, "admin@ge.com", member.Admin)
	p.person(t, o, "supervisor@ge.com", member.Supervisor)
	p.person(t, other, "theirs@ge.com", member.Owner)
	ids := map[string]string{}
	for _, id := range []string{o.ID, other.ID} {
		list, err := p.people.List(t.Context(), id, org.Page{})
		require.NoError(t, err)
		for _, m := range list {
			ids[m.Email] = m.ID
		}
	}
	people := "/organizations/" + o.ID + "/people"

	admin := p.visitor(t)
	admin.signIn("admin@ge.com", userPassword)
	require.NotContains(t, admin.get(people).text, "theirs@ge.com")
	refused := admin.add(people, map[string]string{"email": "new@ge.com", "name": "New One", "role": "owner"})
	require.Equal(t, http.StatusConflict, refused.status)
	require.Contains(t, refused.text, "only owners make")
	for _, page := range []string{"", "/delete", "/link"} {
		owner := people + "/" + ids["owner@ge.com"] + page
		refused := admin.post(owner, admin.get(owner).form(t, "version"))
		require.Equal(t, http.StatusConflict, refused.status, page)
		require.Contains(t, refused.text, "only owners make", page)
		theirs := "/" + ids["theirs@ge.com"] + page
		require.Equal(t, http.StatusNotFound, admin.get(people+theirs).status)
	}
	own := people + "/" + ids["admin@ge.com"]
	form := admin.get(own).form(t, "version")
	require.NotContains(t, admin.get(own).text, own+"/link")
	form.Set("role", "viewer")
	require.Contains(t, html.UnescapeString(admin.post(own, form).text), "nobody changes his own role")

	supervisor := p.visitor(t)
	token := supervisor.signIn("supervisor@ge.com", userPassword).token(t)
	form.Set("form_token", token)
	for _, page := range []string{"", "/new", "/" + ids["admin@ge.com"], "/" + ids["admin@ge.com"] + "/link"} {
		require.Equal(t, http.StatusForbidden, supervisor.get(people+page).status, page)
		if page != "" {
			require.Equal(t, http.StatusForbidden, supervisor.post(people+page, form).status, page)
		}
	}
}
