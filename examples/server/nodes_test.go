package main

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

func TestABadNodeIsOneLineThatNamesItAndHidesItsSecret(t *testing.T) {
	const canary = "canary"
	for value, told := range map[string]string{
		canary: "number 1",
		"pbx1=ami://u:canary@10.0.0.1:5038,PBX2=ami://u:canary@10.0.0.2:5038": "number 2",
		"pbx1=http://u:canary@10.0.0.1:5038":                                  "pbx1",
		"pbx1=ami://u:canary@10.0.0.1":                                        "pbx1",
		"pbx1=ami://u@10.0.0.1:5038?canary=1":                                 "pbx1",
		"pbx1=ami://u:canary@10.0.0.1:5038?canary=1":                          "pbx1",
		"pbx1=ami://u:canary%zz@10.0.0.1:5038":                                "pbx1",
		"pbx1=ami://u:canary@a:1,pbx1=ami://u:canary@b:1":                     "pbx1 is there twice",
		"pbx1=ami://u:canary@a:1?sip_domain={canary}.sip.example.com":         "pbx1: sip_domain must be",
		"pbx1=ami://u:canary@a:1?sip_domain=":                                 "pbx1: sip_domain must be",
	} {
		t.Run(value, func(t *testing.T) {
			t.Setenv("ORGPBX_PBX", "live")
			t.Setenv("ORGPBX_NODES", value)
			_, err := parseSettings(nil)
			require.ErrorContains(t, err, "ORGPBX_NODES")
			require.ErrorContains(t, err, told)
			require.NotContains(t, err.Error(), canary)
			require.NotContains(t, err.Error(), "\n")
		})
	}
	t.Setenv("ORGPBX_NODES", "pbx1=ami://u:s%2Cecret@10.0.0.1:5038?cdr_file=/calls&sip_domain={organization}.pbx1.example.com:5070,pbx2=ami://u:s@10.0.0.2:5038")
	_, err := parseSettings(nil)
	require.ErrorContains(t, err, "ORGPBX_NODES", "files have no nodes")
	s, err := parseSettings([]string{"--pbx", "live"})
	require.NoError(t, err)
	nodes, err := s.asterisks()
	require.NoError(t, err)
	require.Len(t, nodes, 2)
	require.Equal(t, "pbx1", nodes[0].name)
	require.Equal(t, "10.0.0.1:5038", nodes[0].addr)
	require.Equal(t, "s,ecret", nodes[0].secret.Reveal())
	require.Equal(t, "/calls", nodes[0].cdrFile)
	require.Equal(t, resource.SIPDomain("{organization}.pbx1.example.com:5070"), nodes[0].sipDomain)
	require.Empty(t, nodes[1].sipDomain)
}

// nodeOf is the setting for an Asterisk that is set up as the guide says.
func nodeOf(name string, pbx *asterisktest.Asterisk) org.Secret {
	u := url.URL{Scheme: "ami", User: url.UserPassword("of-the-guide", "CHANGE-ME"), Host: pbx.AMI().Addr}
	return org.Secret(name + "=" + u.String())
}

func TestAnOrganisationMovesBetweenTwoAsterisksWhileItTalks(t *testing.T) {
	t.Parallel()
	guide := newLive(t)
	first := asterisktest.Start(t, asterisktest.Options{Files: guide.files})
	second := asterisktest.Start(t, asterisktest.Options{Files: guide.files})
	settings := settingsFor(first, "memory:")
	settings.PBX, settings.AMIAddr = "live", ""
	settings.Nodes = []org.Secret{nodeOf("pbx1", first), nodeOf("pbx2", second)}
	settings.Preflight = true
	var out strings.Builder
	require.NoError(t, preflight(t.Context(), settings, &out))
	require.Equal(t, "pbx1: Asterisk is prepared\npbx2: Asterisk is prepared\n", out.String())
	settings.Preflight = false
	p := &platform{t: t, backend: guide, pbx: first}
	s := startServer(t, settings, io.Discard)
	p.url = "http://" + s.listener.Addr().String()
	for _, n := range s.nodes {
		require.NoError(t, n.conn.Ready(t.Context()))
	}

	created := p.admin("POST", "/organizations", object{
		"name": "Delta One", "node": "pbx2", "contact_info": object{"email": "manager@ge.com", "phone": "+919944421125"},
	}, http.StatusCreated)
	requireLive(t, created)
	require.Equal(t, "pbx2", created["node"])
	o := &tenant{
		platform: p, id: created["id"].(string), prefix: created["context_prefix"].(string),
		key: created["api_key"].(string), secret: created["api_secret"].(string),
	}
	left := func() bool { return o.api("GET", "/config/status", nil, http.StatusOK)["leaving"] == nil }
	require.Eventually(t, left, faultPatience, 100*time.Millisecond, "a deploy that was faster than the placement had it on the other one")
	var users []object
	for _, extension := range []string{"1001", "1002"} {
		users = append(users, o.add("/users", person(extension)))
	}
	phone := func(at *asterisktest.Asterisk, i int) *asterisktest.Phone {
		return asterisktest.NewPhone(t, asterisktest.PhoneOptions{
			Asterisk: at.SIPAddr(), Username: users[i]["sip_username"].(string), Password: users[i]["sip_password"].(string),
		})
	}
	calling, called := phone(second, 0), phone(second, 1)
	require.NoError(t, calling.Register(patience(t)))
	require.NoError(t, called.Register(patience(t)))
	call, err := calling.Call(patience(t), "1002")
	require.NoError(t, err)
	require.True(t, call.Answered())
	other, err := called.WaitIncoming(patience(t))
	require.NoError(t, err)

	move := "/organizations/" + o.id + "/move"
	plan := o.admin("POST", move, object{"node": "pbx1", "dry_run": true}, http.StatusOK)
	require.Equal(t, "pbx2", plan["node"])
	require.NotEmpty(t, plan["changes"])
	moved := o.admin("POST", move, object{"node": "pbx1"}, http.StatusOK)
	require.Equal(t, "pbx1", moved["node"])
	require.Equal(t, "pbx2", moved["leaving"])
	require.NoError(t, phone(first, 0).Register(patience(t)))
	o.add("/users", person("1003"))
	shown, err := first.CLI(t.Context(), "dialplan show "+o.prefix+"-internal")
	require.NoError(t, err)
	require.Contains(t, shown, "'1003' =>", "what changes now is changed on the new node")
	require.NoError(t, call.Hears(patience(t), other), "the call goes on where it began")
	require.Equal(t, "pbx2", o.api("GET", "/config/status", nil, http.StatusOK)["leaving"])

	require.NoError(t, call.Hangup(patience(t)))
	require.Eventually(t, left, faultPatience, 100*time.Millisecond, "nobody asked for it")
	shown, err = second.CLI(t.Context(), "pjsip show endpoints")
	require.NoError(t, err)
	require.NotContains(t, shown, o.prefix)
}
