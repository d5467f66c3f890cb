package editor_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// refusingPBX takes no object, as Asterisk does with a broken module.
type refusingPBX struct{ resource.NoPBX }

func (refusingPBX) Plan(context.Context, resource.Snapshot) ([]resource.Change, error) {
	return []resource.Change{{Action: resource.Add, Object: "endpoint", Name: "k3vq7xw2ma-9fj2kd8s"}}, nil
}

func (refusingPBX) Apply(context.Context, resource.Snapshot) ([]resource.Change, error) {
	return nil, &resource.RejectedError{Object: "endpoint", Name: "k3vq7xw2ma-9fj2kd8s", Reason: "it is not loaded"}
}

func TestSettingsAreSavedDeployedAndInTheTrail(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "/panel")
	o := p.organization(t, "Grand Hotel")
	v := p.administrator(t)
	path := "/organizations/" + o.ID + "/settings"
	form := v.get(path).form(t, "version")
	form.Set("name", "Grander Hotel")
	form.Set("emergency_numbers", "112, 911 108")
	form.Del("settings.features.voicemail")
	form.Set("settings.features.ai_agent", "on")
	form.Set("settings.max_users.boundless", "on")
	form.Set("limits.concurrent_calls", "7")
	form.Set("compliance.recording_consent", string(org.OptOut))
	saved := v.post(path, form)
	require.Equal(t, path, saved.path)
	require.Contains(t, saved.text, "Revision 2 applied in ")

	got, err := p.orgs.Get(t.Context(), o.ID)
	require.NoError(t, err)
	require.Equal(t, "Grander Hotel", got.Name)
	require.Equal(t, []string{"112", "911", "108"}, got.EmergencyNumbers)
	require.False(t, got.Settings.Features.Voicemail)
	require.True(t, got.Settings.Features.AIAgent)
	require.True(t, got.Settings.MaxUsers.IsUnlimited())
	require.Equal(t, "7", got.Limits.ConcurrentCalls.String())
	require.Equal(t, org.OptOut, got.Compliance.RecordingConsent)
	require.Equal(t, o.Settings.MaxDIDs, got.Settings.MaxDIDs)
	require.Equal(t, o.Contact, got.Contact)
	require.Contains(t, p.trailOf(t, o.ID), "update-organization administrator ok")
}

func TestBrokenSettingsAreKeptAsEnteredAndNothingIsSaved(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	o := p.organization(t, "Grand Hotel")
	p.organization(t, "Other Hotel")
	v := p.administrator(t)
	path := "/organizations/" + o.ID + "/settings"
	form := v.get(path).form(t, "version")
	form.Set("contact_info.email", "reception")
	form.Set("settings.max_dids", "many")
	form.Set("emergency_numbers", "112 x")
	form.Set("limits.storage_gb", "77")
	broken := v.post(path, form)
	require.Equal(t, http.StatusUnprocessableEntity, broken.status)
	for _, want := range []string{"DIDs must be a whole number", "Contact e-mail must be", "Emergency numbers must be", `value="many"`, `value="reception"`, `value="77"`} {
		require.Contains(t, broken.text, want)
	}
	form.Set("contact_info.email", "")
	form.Set("settings.max_dids", "3")
	form.Set("emergency_numbers", "112")
	form.Set("name", "other hotel")
	require.Contains(t, v.post(path, form).text, "Name is taken")

	got, err := p.orgs.Get(t.Context(), o.ID)
	require.NoError(t, err)
	require.Equal(t, o.Profile, got.Profile)
}

func TestAChangeInBetweenIsToldAndWhatWasEnteredStays(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	o := p.organization(t, "Grand Hotel")
	v := p.administrator(t)
	path := "/organizations/" + o.ID + "/settings"
	form := v.get(path).form(t, "version")
	_, err := p.orgs.Update(t.Context(), o.ID, 0, func(profile *org.Profile) error {
		profile.Contact.Email = "theirs@ge.com"
		return nil
	})
	require.NoError(t, err)

	form.Set("contact_info.email", "mine@ge.com")
	told := v.post(path, form)
	require.Equal(t, http.StatusConflict, told.status)
	require.Contains(t, told.text, "Somebody else saved this organisation meanwhile")
	require.Contains(t, told.text, "theirs@ge.com")
	require.Contains(t, p.trailOf(t, o.ID), "update-organization administrator precondition_failed")

	again := told.form(t, "version")
	require.Equal(t, "mine@ge.com", again.Get("contact_info.email"))
	require.Equal(t, http.StatusOK, v.post(path, again).status)
	got, err := p.orgs.Get(t.Context(), o.ID)
	require.NoError(t, err)
	require.Equal(t, "mine@ge.com", got.Contact.Email)

	again.Del("version")
	require.Equal(t, http.StatusConflict, v.post(path, again).status, "a form that does not say what it has seen")
}

func TestAShorterRetentionIsTickedFirst(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	o := p.organization(t, "Grand Hotel")
	p.person(t, o, "owner@ge.com", member.Owner)
	start := today.AddDate(0, 0, -100)
	require.NoError(t, p.calls.Record(t.Context(), []cdr.Record{{
		ContextPrefix: o.ContextPrefix, UniqueID: fmt.Sprintf("%d.1", start.Unix()), Direction: cdr.In, Disposition: cdr.NoAnswer,
		StartedAt: start, EndedAt: start,
	}}))
	v := p.visitor(t)
	v.signIn("owner@ge.com", userPassword)
	path := "/organizations/" + o.ID + "/settings"
	form := v.get(path).form(t, "version")
	form.Set("compliance.retention_cdr_days", "90")
	asked := v.post(path, form)
	require.Equal(t, http.StatusConflict, asked.status)
	day := start.Format(time.DateOnly)
	require.Contains(t, asked.text, "1 calls from "+day+" to "+day)
	require.Contains(t, asked.text, `name="confirm_retention" value="90/180"`)
	require.Contains(t, p.trailOf(t, o.ID), "put-compliance member confirmation_required")
	got, err := p.orgs.Get(t.Context(), o.ID)
	require.NoError(t, err)
	require.Equal(t, o.Profile, got.Profile)

	again := asked.form(t, "version")
	require.Equal(t, "90", again.Get("compliance.retention_cdr_days"))
	require.Equal(t, http.StatusConflict, v.post(path, again).status, "it is not ticked")
	again.Set("confirm_retention", "90/180")
	again.Set("compliance.retention_cdr_days", "9")
	require.Equal(t, http.StatusConflict, v.post(path, again).status, "these are other days")
	again.Set("compliance.retention_cdr_days", "90")
	require.Equal(t, http.StatusOK, v.post(path, again).status)
	got, err = p.orgs.Get(t.Context(), o.ID)
	require.NoError(t, err)
	require.Equal(t, 90, *got.Compliance.RetentionCDRDays)
}

func TestADeployThatFailsSaysWhyAndShowsThePlan(t *testing.T) {
	t.Parallel()
	p := newPanelOn(t, "", refusingPBX{})
	o := p.organization(t, "Grand Hotel")
	v := p.administrator(t)
	path := "/organizations/" + o.ID + "/settings"
	saved := v.post(path, v.get(path).form(t, "version"))
	require.Equal(t, http.StatusOK, saved.status)
	require.Contains(t, saved.text, "the PBX did not take endpoint k3vq7xw2ma-9fj2kd8s: it is not loaded.")
	require.Contains(t, saved.text, "1 to add, 0 to change, 0 to remove.")
}

func TestAMemberEditsWhatTheRoleMay(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	o, other := p.organization(t, "Own Hotel"), p.organization(t, "Other Hotel")
	p.person(t, o, "owner@ge.com", member.Owner)
	p.person(t, o, "viewer@ge.com", member.Viewer)
	path := "/organizations/" + o.ID + "/settings"

	owner := p.visitor(t)
	owner.signIn("owner@ge.com", userPassword)
	form := owner.get(path).form(t, "version")
	require.False(t, form.Has("limits.concurrent_calls"))
	require.False(t, form.Has("settings.recording_enabled"))
	form.Set("compliance.recording_consent", string(org.ExplicitOptIn))
	form.Set("limits.concurrent_calls", "9999")
	form.Set("name", "Mine")
	require.Equal(t, http.StatusOK, owner.post(path, form).status)
	got, err := p.orgs.Get(t.Context(), o.ID)
	require.NoError(t, err)
	require.Equal(t, org.ExplicitOptIn, got.Compliance.RecordingConsent)
	require.Equal(t, o.Name, got.Name)
	require.Equal(t, o.Limits, got.Limits)
	require.Contains(t, p.trailOf(t, o.ID), "put-compliance member ok")
	for _, deed := range []string{"suspend", "resume", "delete", "rotate-secret"} {
		require.Equal(t, http.StatusForbidden, owner.get("/organizations/"+o.ID+"/"+deed).status)
		form.Set("confirm", o.Name)
		require.Equal(t, http.StatusForbidden, owner.post("/organizations/"+o.ID+"/"+deed, form).status)
	}
	require.Equal(t, http.StatusNotFound, owner.post("/organizations/"+other.ID+"/settings", form).status)

	viewer := p.visitor(t)
	home := viewer.signIn("viewer@ge.com", userPassword)
	require.NotContains(t, home.text, `/settings"`)
	require.Equal(t, http.StatusForbidden, viewer.get(path).status)
	require.Equal(t, http.StatusForbidden, viewer.post(path, url.Values{"form_token": {home.token(t)}, "version": {"2"}}).status)
}

func TestTheOldSecretIsDeadAfterARotation(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	profile, err := p.orgs.Draft(org.Hotel)
	require.NoError(t, err)
	profile.Name = "Grand Hotel"
	o, old, err := p.orgs.Create(t.Context(), profile)
	require.NoError(t, err)
	v := p.administrator(t)
	path := "/organizations/" + o.ID + "/rotate-secret"
	form := v.get(path).form(t, "version")
	_, err = p.orgs.Authenticate(t.Context(), o.APIKey, old)
	require.NoError(t, err, "asking changes nothing")

	rotated := v.post(path, form)
	require.Equal(t, http.StatusOK, rotated.status)
	secret := secretShown.FindStringSubmatch(rotated.text)
	require.NotNil(t, secret)
	_, err = p.orgs.Authenticate(t.Context(), o.APIKey, old)
	require.ErrorIs(t, err, org.ErrUnauthenticated)
	_, err = p.orgs.Authenticate(t.Context(), o.APIKey, org.Secret(secret[1]))
	require.NoError(t, err)

	require.Equal(t, http.StatusConflict, v.post(path, form).status, "the same form again rotates nothing")
	require.Equal(t, []string{"rotate-secret administrator ok", "rotate-secret administrator precondition_failed"}, p.trailOf(t, o.ID))
}

func TestSuspendResumeAndDeleteAreConfirmed(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	o := p.organization(t, "Grand Hotel")
	p.person(t, o, "owner@ge.com", member.Owner)
	v, owner := p.visitor(t), p.visitor(t)
	v.signIn(adminName, adminPassword)
	owner.signIn("owner@ge.com", userPassword)
	path := "/organizations/" + o.ID

	suspended := v.post(path+"/suspend", v.get(path+"/suspend").form(t, "version"))
	require.Contains(t, suspended.text, "Suspended")
	require.Equal(t, "/sign-in", owner.get(path).path)
	v.post(path+"/resume", v.get(path+"/resume").form(t, "version"))
	require.Equal(t, path, owner.signIn("owner@ge.com", userPassword).path)

	form := v.get(path+"/delete").form(t, "version")
	form.Set("confirm", "grand")
	wrong := v.post(path+"/delete", form)
	require.Equal(t, http.StatusUnprocessableEntity, wrong.status)
	require.Contains(t, wrong.text, "That is not the name")
	form.Set("confirm", "Grand Hotel")
	held, err := p.holds.Place(t.Context(), o, hold.Draft{Target: hold.OfOrganization, Reason: "Case 12/2026"})
	require.NoError(t, err)
	refused := v.post(path+"/delete", form)
	require.Equal(t, http.StatusConflict, refused.status)
	require.Contains(t, refused.text, "A legal hold is in force")
	_, err = p.holds.Release(t.Context(), o, held.ID, 0, "it is over")
	require.NoError(t, err)
	require.Contains(t, v.post(path+"/delete", form).text, "The organisation is deleted.")
	_, err = p.orgs.Get(t.Context(), o.ID)
	require.ErrorIs(t, err, org.ErrNotFound)
	require.Equal(t, http.StatusNotFound, v.get(path+"/settings").status)
	require.Contains(t, p.trailOf(t, o.ID), "delete-organization administrator "+audit.OK)
}
