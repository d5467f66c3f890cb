package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/org"
)

func secretOf(s string) org.Secret { return org.Secret(s) }

func readFile(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}

// audible is enough sound to be a prompt or a voice and no click.
const audible = 300 * time.Millisecond

//nolint:tparallel // its steps are one story
func TestTheMainJob(t *testing.T) {
	t.Parallel()
	doTheMainJob(t, startPlatform(t))
}

//nolint:tparallel // its steps are one story
func TestTheMainJobOnLive(t *testing.T) {
	t.Parallel()
	doTheMainJob(t, startPlatformOn(t, "sqlite:"+filepath.Join(t.TempDir(), "orgpbx.db"), newLive(t)))
}

// doTheMainJob is the whole way of an organisation, from the documented request
// to its deletion. Each step needs the ones before it.
func doTheMainJob(t *testing.T, p *platform) {
	t.Helper()
	prompts, reloads := p.watch()

	o := p.create("Grand-Estancia-Salem")
	front, frontUser := o.phone("1001")
	agent, agentUser := o.phone("1002")
	carrier, trunk := o.carrier("127.0.0.21")
	queue := o.add("/queues", object{"name": "Reservations", "number": "600"})
	o.api("POST", "/queues/"+queue["id"].(string)+"/members", object{"user_id": agentUser["id"], "penalty": 0}, http.StatusCreated)
	o.add("/dids", object{
		"number": "+919944421125", "trunk_id": trunk["id"], "routing_type": "queue", "routing_destination": "600",
	})
	o.add("/dids", object{
		"number": "+919944421126", "trunk_id": trunk["id"], "routing_type": "extension", "routing_destination": "1001",
	})
	o.add("/outbound-routes", object{
		"name": "National", "dial_pattern": "_9X.", "trunk_id": trunk["id"], "priority": 1, "strip_digits": 1, "prepend_digits": "+91",
	})

	t.Run("Asterisk loaded every object", func(t *testing.T) {
		for command, want := range map[string]string{
			"pjsip show endpoint " + frontUser["sip_username"].(string): "Phone 1001",
			"queue show " + o.prefix + "-600":                           agentUser["sip_username"].(string),
			"dialplan show 1001@" + o.prefix + "-internal":              frontUser["sip_username"].(string),
			"voicemail show users for " + o.prefix:                      "no voicemail users",
		} {
			out, err := p.pbx.CLI(t.Context(), command)
			require.NoError(t, err)
			require.Contains(t, strings.ToLower(out), strings.ToLower(want), command)
		}
	})

	t.Run("a phone with another password stays out", func(t *testing.T) {
		stranger := asterisktest.NewPhone(t, asterisktest.PhoneOptions{
			Asterisk: p.pbx.SIPAddr(), Username: frontUser["sip_username"].(string), Password: "guess",
		})
		var refused *asterisktest.StatusError
		require.ErrorAs(t, stranger.Register(patience(t)), &refused)
	})

	t.Run("1001 calls 1002 and each hears the other", func(t *testing.T) {
		call, err := front.Call(patience(t), "1002")
		require.NoError(t, err)
		require.True(t, call.Answered(), "%d %s", call.StatusCode(), call.Reason())
		answered, err := agent.WaitIncoming(patience(t))
		require.NoError(t, err)
		require.Equal(t, "1001", answered.From())
		require.Equal(t, "Phone 1001", answered.FromName())
		requireTalk(t, call, answered)
		require.NoError(t, call.Hangup(patience(t)))
		require.NoError(t, answered.WaitDone(patience(t)))
	})

	t.Run("a carrier's call to the DID reaches the queue's agent", func(t *testing.T) {
		call, err := carrier.Call(patience(t), p.pbx.SIPAddr(), asterisktest.InboundCall{From: "+14155550100", To: "+919944421125"})
		require.NoError(t, err)
		require.True(t, call.Answered(), "%d %s", call.StatusCode(), call.Reason())
		answered, err := agent.WaitIncoming(patience(t))
		require.NoError(t, err)
		require.Equal(t, "+14155550100", answered.From())
		requireTalk(t, call, answered)
		require.NoError(t, answered.Hangup(patience(t)))
		require.NoError(t, call.WaitDone(patience(t)))
	})

	t.Run("a number outside goes to the carrier with a number of the organisation", func(t *testing.T) {
		call, err := front.Call(patience(t), "94155550123")
		require.NoError(t, err)
		require.True(t, call.Answered(), "%d %s", call.StatusCode(), call.Reason())
		outside, err := carrier.WaitIncoming(patience(t))
		require.NoError(t, err)
		require.Equal(t, "+914155550123", outside.To())
		require.Equal(t, "+919944421125", outside.From())
		requireTalk(t, call, outside)
		require.NoError(t, call.Hangup(patience(t)))
		require.NoError(t, outside.WaitDone(patience(t)))
	})

	t.Run("a number nobody has is refused", func(t *testing.T) {
		call, err := front.Call(patience(t), "1999")
		require.NoError(t, err)
		require.False(t, call.Answered())
		call, err = carrier.Call(patience(t), p.pbx.SIPAddr(), asterisktest.InboundCall{From: "+14155550100", To: "+919944420000"})
		require.NoError(t, err)
		require.Equal(t, http.StatusNotFound, call.StatusCode())
		for range 2 {
			require.Equal(t, p.backend.prompt("number-unknown", "ss-noservice"), receive(t, prompts))
		}
	})

	t.Run("a flood at a limit of 2 admits exactly 2 and the others hear why", func(t *testing.T) {
		o.update(object{"limits": object{"concurrent_calls": 2}})
		for range 2 { // twice: what was refused and what was hung up must have given its slot back
			admitted := flood(t, p, carrier, 8)
			require.Len(t, admitted, 2)
			for range 6 {
				require.Equal(t, p.backend.prompt("circuits-busy", "all-circuits-busy-now"), receive(t, prompts))
			}
			for _, call := range admitted {
				require.NoError(t, call.Hangup(patience(t)))
			}
			awaitNoCalls(t, p)
		}
		o.update(object{"limits": object{"concurrent_calls": 30}})
	})

	t.Run("a limit that is changed while calls run holds for the next one, without a reload", func(t *testing.T) {
		var running []*asterisktest.Call
		admitted := func() {
			call, err := front.Call(patience(t), "94155550123")
			require.NoError(t, err)
			require.True(t, call.Answered(), "%d %s", call.StatusCode(), call.Reason())
			running = append(running, call)
		}
		refused := func() {
			call, err := front.Dial("94155550123")
			require.NoError(t, err)
			require.Equal(t, p.backend.prompt("circuits-busy", "all-circuits-busy-now"), receive(t, prompts))
			require.NoError(t, call.Hangup(patience(t))) // who has heard enough
			require.False(t, call.Answered())
		}
		admitted()
		admitted()
		require.NotEmpty(t, reloads, "Asterisk tells of each")
		drain(reloads)
		for _, step := range []struct {
			limit int
			next  func()
		}{{2, refused}, {3, admitted}, {1, refused}, {0, refused}, {4, admitted}} {
			o.update(object{"limits": object{"concurrent_calls": step.limit}})
			step.next()
		}
		require.Empty(t, reloads)
		for _, call := range running {
			require.NoError(t, call.Hangup(patience(t)), "calls over the limit may go on")
			_, err := carrier.WaitIncoming(patience(t))
			require.NoError(t, err)
		}
		awaitNoCalls(t, p)
		o.update(object{"limits": object{"concurrent_calls": 30}})
	})

	t.Run("suspended: new calls fail, a running one goes on, the files stand", func(t *testing.T) {
		running, err := front.Call(patience(t), "1002")
		require.NoError(t, err)
		require.True(t, running.Answered())
		answered, err := agent.WaitIncoming(patience(t))
		require.NoError(t, err)
		before := o.files()

		o.update(object{"status": "suspended"})
		problem := o.api("GET", "/users", nil, http.StatusUnauthorized)
		require.Equal(t, "organization_suspended", problem["code"])
		call, err := front.Call(patience(t), "1002")
		require.NoError(t, err)
		require.False(t, call.Answered())
		call, err = carrier.Call(patience(t), p.pbx.SIPAddr(), asterisktest.InboundCall{From: "+14155550100", To: "+919944421126"})
		require.NoError(t, err)
		require.False(t, call.Answered())

		after := o.files()
		require.ElementsMatch(t, keys(before), keys(after))
		requireTalk(t, running, answered)
		require.NoError(t, running.Hangup(patience(t)))

		o.update(object{"status": "active"})
		require.Equal(t, before, o.files())
		call, err = front.Call(patience(t), "1002")
		require.NoError(t, err)
		require.True(t, call.Answered())
		require.NoError(t, call.Hangup(patience(t)))
	})

	t.Run("a renamed organisation changes no file", func(t *testing.T) {
		before := o.files()
		o.update(object{"name": "Grand Estancia Renamed"})
		require.Equal(t, before, o.files())
		require.NoError(t, front.Register(patience(t)))
	})

	t.Run("nothing is generated twice, and deploying again changes nothing", func(t *testing.T) {
		plan := o.api("GET", "/config/plan", nil, http.StatusOK)
		require.Empty(t, plan["changes"])
		deployed := o.api("POST", "/config/deploy", nil, http.StatusOK)
		require.Equal(t, "applied", deployed["state"])
		require.Empty(t, deployed["changes"])
	})

	t.Run("a deleted organisation leaves nothing behind", func(t *testing.T) {
		require.NotEmpty(t, o.files())
		p.admin("DELETE", "/organizations/"+o.id, nil, http.StatusNoContent)
		require.Empty(t, o.files())
		out, err := p.pbx.CLI(t.Context(), "pjsip show endpoints")
		require.NoError(t, err)
		require.NotContains(t, out, o.prefix)
		out, err = p.pbx.CLI(t.Context(), "dialplan show")
		require.NoError(t, err)
		require.NotContains(t, out, o.prefix)
		require.Error(t, front.Register(patience(t)))
	})
}

// TestTwoOrganisationsWithTheSameNumbersLiveSideBySide has two names that
// differ in one character, the same extensions and one carrier address.
func TestTwoOrganisationsWithTheSameNumbersLiveSideBySide(t *testing.T) {
	t.Parallel()
	p := startPlatform(t)
	dash, space := p.create("Delta-One"), p.create("Delta One")
	require.NotEqual(t, dash.prefix, space.prefix)
	carrier := asterisktest.NewCarrier(t, asterisktest.CarrierOptions{Host: "127.0.0.22"})

	phones := map[*tenant]*asterisktest.Phone{}
	for o, did := range map[*tenant]string{dash: "+4930111111", space: "+4930222222"} {
		phones[o], _ = o.phone("1001")
		trunk := o.trunkTo(carrier)
		o.add("/dids", object{
			"number": did, "trunk_id": trunk["id"], "routing_type": "extension", "routing_destination": "1001",
		})
	}
	lone, _ := space.phone("1003")

	for did, called := range map[string]*asterisktest.Phone{"+4930111111": phones[dash], "+4930222222": phones[space]} {
		call, err := carrier.Call(patience(t), p.pbx.SIPAddr(), asterisktest.InboundCall{From: "+14155550100", To: did})
		require.NoError(t, err)
		require.True(t, call.Answered(), "%d %s", call.StatusCode(), call.Reason())
		answered, err := called.WaitIncoming(patience(t))
		require.NoError(t, err)
		require.NoError(t, call.Hangup(patience(t)))
		require.NoError(t, answered.WaitDone(patience(t)))
	}

	call, err := phones[dash].Call(patience(t), "1003")
	require.NoError(t, err)
	require.False(t, call.Answered(), "1003 is the other organisation's")
	call, err = lone.Call(patience(t), "1001")
	require.NoError(t, err)
	require.True(t, call.Answered())
	answered, err := phones[space].WaitIncoming(patience(t))
	require.NoError(t, err)
	require.Equal(t, "1003", answered.From())
	require.NoError(t, call.Hangup(patience(t)))

	before := space.files()
	dash.update(object{"status": "suspended"})
	require.Equal(t, before, space.files())
	call, err = carrier.Call(patience(t), p.pbx.SIPAddr(), asterisktest.InboundCall{From: "+14155550100", To: "+4930222222"})
	require.NoError(t, err)
	require.True(t, call.Answered(), "the other organisation is not suspended")
	require.NoError(t, call.Hangup(patience(t)))
}

// watch returns what Asterisk plays to callers, and the modules it reloads, as
// it says itself.
func (p *platform) watch() (prompts, reloads <-chan string) {
	p.t.Helper()
	played, reloaded := make(chan string, 100), make(chan string, 1000)
	account := p.pbx.AMI()
	conn, err := ami.New(ami.Config{
		Addr: account.Addr, Username: account.Username, Secret: account.Secret,
		OnEvent: func(e ami.Event) {
			switch {
			case e.Name() == "Newexten" && e.Get("Application") == "Playback":
				prompt, _, _ := strings.Cut(e.Get("AppData"), ",")
				played <- strings.Trim(prompt, `"`)
			case e.Name() == "Reload":
				reloaded <- e.Get("Module")
			}
		},
	})
	require.NoError(p.t, err)
	require.NoError(p.t, conn.Start(context.WithoutCancel(p.t.Context())))
	p.t.Cleanup(func() { require.NoError(p.t, conn.Close()) })
	require.NoError(p.t, conn.Ready(patience(p.t)))
	return played, reloaded
}

// drain forgets what was said so far.
func drain(from <-chan string) {
	for range len(from) {
		<-from
	}
}

func receive(t *testing.T, from <-chan string) string {
	t.Helper()
	select {
	case s := <-from:
		return s
	case <-patience(t).Done():
		require.Fail(t, "nothing was played")
		return ""
	}
}

// requireTalk makes both sides speak and hear.
func requireTalk(t *testing.T, a, b *asterisktest.Call) {
	t.Helper()
	require.NoError(t, a.Hears(patience(t), b))
	require.NoError(t, b.Hears(patience(t), a))
}

// flood sends calls at the same time and returns those that were answered.
// The others must have heard a prompt and be released.
func flood(t *testing.T, p *platform, carrier *asterisktest.Carrier, n int) []*asterisktest.Call {
	t.Helper()
	calls := make([]*asterisktest.Call, n)
	for i := range calls {
		var err error
		calls[i], err = carrier.Dial(p.pbx.SIPAddr(), asterisktest.InboundCall{From: "+14155550100", To: "+919944421126"})
		require.NoError(t, err)
	}
	var admitted []*asterisktest.Call
	for _, call := range calls {
		require.NoError(t, call.WaitAnswer(patience(t)))
		if call.Answered() {
			admitted = append(admitted, call)
			continue
		}
		require.GreaterOrEqual(t, call.Heard(), audible, "%d %s", call.StatusCode(), call.Reason())
		require.NoError(t, call.WaitDone(patience(t)))
	}
	return admitted
}

// awaitNoCalls waits until Asterisk has released every channel.
func awaitNoCalls(t *testing.T, p *platform) {
	t.Helper()
	require.Eventually(t, func() bool {
		out, err := p.pbx.CLI(t.Context(), "core show channels count")
		return err == nil && strings.Contains(out, "0 active channels")
	}, 20*time.Second, 50*time.Millisecond)
}

func keys(m map[string]string) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	return names
}
