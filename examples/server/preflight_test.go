package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
)

func TestChangesWaitForAnAsteriskThatIsAwayAndThenNotPrepared(t *testing.T) {
	t.Parallel()
	guide := newLive(t)
	for _, step := range []string{"sorcery.conf", "extensions.conf", "queues.conf", "voicemail.conf"} {
		delete(guide.files, step)
	}
	p := &platform{t: t, backend: guide, pbx: asterisktest.Start(t, asterisktest.Options{Files: guide.files})}
	settings := settingsFor(p.pbx, "memory:")
	guide.choose(&settings)
	settings.Preflight = true

	p.pbx.Stop()
	s := startServer(t, settings, io.Discard)
	p.url = "http://" + s.listener.Addr().String()
	created := p.admin("POST", "/organizations", object{
		"name": "Early Bird", "contact_info": object{"email": "manager@ge.com", "phone": "+919944421125"},
	}, http.StatusCreated)
	require.Equal(t, "pending", configState(created))

	p.pbx.Boot()
	var out strings.Builder
	require.ErrorIs(t, preflight(t.Context(), settings, &out), errNotPrepared)
	require.Equal(t, 8, strings.Count(out.String(), "to do: "), out.String())
	require.Contains(t, out.String(), `to do: extensions.conf does not include the organisations' files: at its end write #tryinclude "orgpbx/*.extensions.conf"`)
	organization := p.admin("POST", "/organizations/"+created["id"].(string)+"/rotate-secret", nil, http.StatusOK)
	o := &tenant{
		platform: p, id: created["id"].(string), prefix: created["context_prefix"].(string),
		key: organization["api_key"].(string), secret: organization["api_secret"].(string),
	}
	user := o.api("POST", "/users", object{
		"extension": "1001", "username": "user1001", "full_name": "Phone 1001", "email": "u1001@ge.com", "role": "agent",
	}, http.StatusCreated)
	require.Equal(t, "pending", configState(user))

	out.Reset()
	settings.Fix = true
	require.ErrorIs(t, preflight(t.Context(), settings, &out), errNotPrepared)
	require.Equal(t, 8, strings.Count(out.String(), "done: "), out.String())
	require.Contains(t, out.String(), "restart it")
	p.pbx.Restart()
	out.Reset()
	require.NoError(t, preflight(t.Context(), settings, &out))
	require.Equal(t, "Asterisk is prepared\n", out.String())

	require.Eventually(t, func() bool {
		return configState(o.admin("GET", "/organizations/"+o.id, nil, http.StatusOK)) == "applied"
	}, 2*time.Minute, 100*time.Millisecond, "nobody asked for it")
	phone := asterisktest.NewPhone(t, asterisktest.PhoneOptions{
		Asterisk: p.pbx.SIPAddr(), Username: user["sip_username"].(string), Password: user["sip_password"].(string),
	})
	require.NoError(t, phone.Register(patience(t)))
}

func TestAPreflightOfNothingSaysWhichSettingIsWrong(t *testing.T) {
	t.Parallel()
	pbx := asterisktest.Start(t, asterisktest.Options{})
	settings := settingsFor(pbx, "memory:")
	settings.PBX, settings.Preflight, settings.AMISecret = "live", true, "wrong"
	require.ErrorContains(t, preflight(t.Context(), settings, io.Discard), "ORGPBX_AMI_ADDR")
}
