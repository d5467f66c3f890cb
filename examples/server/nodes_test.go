package main

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/subject"
	"github.com/orgpbx/orgpbx/resource/voicemail"
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
	t.Setenv("ORGPBX_NODES", "pbx1=ami://u:s%2Cecret@10.0.0.1:5038?cdr_file=/calls&sip_domain={organization}.pbx1.example.com:5070&voicemail_dir=/vm&queue_log_dir=/log,pbx2=ami://u:s@10.0.0.2:5038")
	_, err := parseSettings(nil)
	require.ErrorContains(t, err, "ORGPBX_NODES", "files have no nodes")
	s, err := parseSettings([]string{"--pbx", "live"})
	require.NoError(t, err)
	nodes, err := s.asterisks()
	require.NoError(t, err)
	require.Len(t, nodes, 2)
	require.Equal(t, "/vm", nodes[0].voicemailDir)
	require.Equal(t, "/log", nodes[0].queueLogDir)
	var seen subject.Options
	require.NoError(t, s.seen(&seen))
	require.Equal(t, voicemail.Nodes{"pbx1": "/vm"}, seen.Mailboxes)
	require.Equal(t, subject.QueueLogs{subject.QueueLogFolder("/log")}, seen.QueueLog)
	require.Equal(t, []string{subject.VoicemailClass, subject.QueueLogClass}, seen.PartlySeen, "there is pbx2")
	_, err = parseSettings([]string{"--pbx", "live", "--voicemail-dir", "/other"})
	require.ErrorContains(t, err, "ORGPBX_VOICEMAIL_DIR")
	require.Equal(t, "pbx1", nodes[0].name)
	require.Equal(t, "10.0.0.1:5038", nodes[0].addr)
	require.Equal(t, "s,ecret", nodes[0].secret.Reveal())
	require.Equal(t, "/calls", nodes[0].cdrFile)
	require.Equal(t, resource.SIPDomain("{organization}.pbx1.example.com:5070"), nodes[0].sipDomain)
	require.Empty(t, nodes[1].sipDomain)
}

// nodeOf is the setting for an Asterisk that is set up as the guide says.
func nodeOf(name string, pbx *asterisktest.Asterisk, options url.Values) org.Secret {
	u := url.URL{Scheme: "ami", User: url.UserPassword("of-the-guide", "CHANGE-ME"), Host: pbx.AMI().Addr, RawQuery: options.Encode()}
	return org.Secret(name + "=" + u.String())
}

// createOn adds an organisation on a node.
func (p *platform) createOn(node string) *tenant {
	p.t.Helper()
	created := p.admin("POST", "/organizations", object{
		"name": "Delta One", "node": node, "contact_info": object{"email": "manager@ge.com", "phone": "+919944421125"},
	}, http.StatusCreated)
	requireLive(p.t, created)
	require.Equal(p.t, node, created["node"])
	return &tenant{
		platform: p, id: created["id"].(string), prefix: created["context_prefix"].(string),
		key: created["api_key"].(string), secret: created["api_secret"].(string),
	}
}

// hasLeft reports whether an organisation is on one node only.
func (o *tenant) hasLeft() bool {
	return o.api("GET", "/config/status", nil, http.StatusOK)["leaving"] == nil
}

func TestAnOrganisationMovesBetweenTwoAsterisksWhileItTalks(t *testing.T) {
	t.Parallel()
	guide := newLive(t)
	first := asterisktest.Start(t, asterisktest.Options{Files: guide.files})
	second := asterisktest.Start(t, asterisktest.Options{Files: guide.files})
	settings := settingsFor(first, "memory:")
	settings.PBX, settings.AMIAddr = "live", ""
	settings.Nodes = []org.Secret{nodeOf("pbx1", first, nil), nodeOf("pbx2", second, nil)}
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

	o := p.createOn("pbx2")
	require.Eventually(t, o.hasLeft, faultPatience, 100*time.Millisecond, "a deploy that was faster than the placement had it on the other one")
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
	require.Eventually(t, o.hasLeft, faultPatience, 100*time.Millisecond, "nobody asked for it")
	shown, err = second.CLI(t.Context(), "pjsip show endpoints")
	require.NoError(t, err)
	require.NotContains(t, shown, o.prefix)
}

func TestAnOrganisationThatMovesLosesNothing(t *testing.T) {
	t.Parallel()
	guide := newLive(t)
	var settings Settings
	asterisks := map[string]*asterisktest.Asterisk{}
	for _, node := range []string{"pbx1", "pbx2"} {
		pbx := asterisktest.Start(t, asterisktest.Options{Files: guide.files})
		if len(asterisks) == 0 {
			settings = settingsFor(pbx, "memory:")
			settings.PBX, settings.AMIAddr = "live", ""
		}
		dir := filepath.Join(pbx.SpoolDir(), "voicemail")
		require.NoError(t, os.MkdirAll(dir, 0o750))
		settings.Nodes = append(settings.Nodes, nodeOf(node, pbx, url.Values{"sip_domain": {pbx.SIPAddr()}, "voicemail_dir": {dir}}))
		asterisks[node] = pbx
	}
	p := &platform{t: t, backend: guide, pbx: asterisks["pbx1"]}
	s := startServer(t, settings, io.Discard)
	p.url = "http://" + s.listener.Addr().String()
	for _, n := range s.nodes {
		require.NoError(t, n.conn.Ready(t.Context()))
	}
	o := p.createOn("pbx1")
	require.Eventually(t, o.hasLeft, faultPatience, 100*time.Millisecond)
	users := map[string]object{}
	for _, extension := range []string{"1001", "1002", "1003"} {
		user := person(extension)
		user["voicemail_enabled"] = extension == "1001"
		users[extension] = o.add("/users", user)
		require.Equal(t, asterisks["pbx1"].SIPAddr(), users[extension]["sip_domain"])
	}
	phone := func(extension, domain string) *asterisktest.Phone {
		user := users[extension]
		phone := asterisktest.NewPhone(t, asterisktest.PhoneOptions{
			Asterisk: domain, Username: user["sip_username"].(string), Password: user["sip_password"].(string),
		})
		require.NoError(t, phone.Register(patience(t)))
		return phone
	}
	dial := func(phone *asterisktest.Phone, number string) *asterisktest.Call {
		call, err := phone.Call(patience(t), number)
		require.NoError(t, err)
		return call
	}
	waits := func(phone *asterisktest.Phone) {
		_, err := phone.WaitNotification(patience(t), func(n asterisktest.Notification) bool {
			return n.Event == "message-summary" && strings.Contains(n.Body, "Voice-Message: 1/")
		})
		require.NoError(t, err)
	}

	domain := users["1001"]["sip_domain"].(string)
	one, two, three := phone("1001", domain), phone("1002", domain), phone("1003", domain)
	require.NoError(t, dial(two, "*78").WaitDone(patience(t)))
	require.NoError(t, dial(three, "*721001").WaitDone(patience(t)))
	one.OnIncoming(asterisktest.Busy)
	message := dial(three, "1001")
	require.NoError(t, message.HeardAudio(patience(t), 500*time.Millisecond))
	require.NoError(t, message.SendDTMF(patience(t), "#"))
	require.NoError(t, message.SendTone(patience(t), 440, 4*time.Second))
	require.NoError(t, message.Hangup(patience(t)))
	waits(one)

	move := "/organizations/" + o.id + "/move"
	plan := o.admin("POST", move, object{"node": "pbx2", "dry_run": true}, http.StatusOK)
	moved := o.admin("POST", move, object{"node": "pbx2"}, http.StatusOK)
	for _, answer := range []object{plan, moved} {
		require.Equal(t, domain, answer["sip_domain_before"])
		require.Equal(t, asterisks["pbx2"].SIPAddr(), answer["sip_domain"])
		require.Empty(t, answer["left_behind"])
	}
	domain = moved["sip_domain"].(string)
	one, two, three = phone("1001", domain), phone("1002", domain), phone("1003", domain)
	waits(one)
	require.Equal(t, 486, dial(one, "1002").StatusCode(), "he is not to be disturbed")
	require.True(t, dial(two, "1003").Answered())
	_, err := one.WaitIncoming(patience(t))
	require.NoError(t, err, "calls are forwarded to him")
	require.Empty(t, three.Incoming())

	require.Eventually(t, o.hasLeft, faultPatience, 100*time.Millisecond)
	require.NoDirExists(t, filepath.Join(asterisks["pbx1"].SpoolDir(), "voicemail", o.prefix))
	left, err := asterisks["pbx1"].CLI(t.Context(), "database show orgpbx-"+o.prefix)
	require.NoError(t, err)
	require.Contains(t, left, "0 results found")
	waits(phone("1001", domain))
}
