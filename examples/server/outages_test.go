package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestOutages breaks one part after the other on the way of a change. After
// each, desired equals applied without anybody asking for it, nothing is there
// twice, and the other organisation is what it was.
func TestOutages(t *testing.T) {
	t.Parallel()
	s := newStand(t, filepath.Join(t.TempDir(), "asterisk-config"))
	server := s.start()
	o, neighbour := server.create("Unlucky"), server.create("Neighbour")
	for _, tenant := range []*tenant{o, neighbour} {
		tenant.add("/users", person("1001"))
		tenant.add("/queues", object{"name": "Desk", "number": "600"})
	}
	before := s.fingerprint(neighbour)
	extension := 1001
	next := func() object {
		extension++
		return person(fmt.Sprint(extension))
	}
	// save sends a change whose answer nobody may be there for.
	save := func(body object) *sync.WaitGroup {
		saving := new(sync.WaitGroup)
		at := o
		saving.Go(func() { at.ask(t.Context(), "POST", "/users", body) })
		return saving
	}
	step := func(name string, do func()) {
		t.Log(name)
		do()
		s.requireWell(o)
		users := o.api("GET", "/users?limit=200", nil, http.StatusOK)["items"].([]any)
		require.Len(t, users, extension-1000, "no change was lost")
		require.Equal(t, before, s.fingerprint(neighbour.at(server)))
		require.Empty(t, neighbour.at(server).api("GET", "/config/plan", nil, http.StatusOK)["changes"])
	}

	step("the manager is away when a change is saved", func() {
		s.manager.cut()
		user := o.api("POST", "/users", next(), http.StatusCreated)
		require.Equal(t, "pending", configState(user))
		require.Equal(t, "pending", o.api("GET", "/config/status", nil, http.StatusOK)["state"])
		s.manager.mend()
	})

	step("the connection is cut in the middle of an apply", func() {
		reload := s.manager.hold("Action: Reload")
		saving := save(next())
		reload.wait()
		s.manager.cut()
		s.manager.mend()
		saving.Wait()
	})

	step("Asterisk is killed in the middle of an apply", func() {
		reload := s.manager.hold("Action: Reload")
		saving := save(next())
		reload.wait()
		s.pbx.Kill()
		reload.free()
		saving.Wait()
		s.pbx.Boot()
	})

	for _, when := range []struct {
		name string
		gate *gate
		text string
	}{
		{"between commit and apply", s.database, "INTO orgpbx_leases"},
		{"in the middle of an apply", s.manager, "Action: Reload"},
		{"while it looks at what was loaded", s.manager, "Action: ShowDialPlan"},
	} {
		step("the server is killed "+when.name, func() {
			held := when.gate.hold(when.text)
			saving := save(next())
			held.wait()
			server.kill()
			when.gate.cut()
			when.gate.mend()
			saving.Wait()
			server = s.start()
			o = o.at(server)
		})
	}

	step("the database is gone for a while", func() {
		s.database.cut()
		status, _ := o.ask(t.Context(), "POST", "/users", person("1999"))
		require.GreaterOrEqual(t, status, 500, "nothing is promised that cannot be kept")
		require.NoError(t, o.awaitStatus(t, "/readyz", http.StatusServiceUnavailable))
		s.database.mend()
		require.NoError(t, o.awaitStatus(t, "/readyz", http.StatusOK))
		requireLive(t, o.api("POST", "/users", next(), http.StatusCreated))
	})

	step("the database goes in the middle of an apply", func() {
		reload := s.manager.hold("Action: Reload")
		saving := save(next())
		reload.wait()
		s.database.cut()
		reload.free()
		require.NoError(t, o.awaitStatus(t, "/readyz", http.StatusServiceUnavailable))
		saving.Wait()
		s.database.mend()
	})

	again := func(env ...string) {
		server.kill()
		server = s.start(append(env, "ORGPBX_DRIFT_INTERVAL=4s")...)
		o = o.at(server)
	}
	step("something is removed in Asterisk behind our back", func() {
		again()
		for _, command := range []string{
			"dialplan remove extension 1001@" + o.prefix + "-internal",
			"dialplan remove extension 1002@" + o.prefix + "-internal",
		} {
			_, err := s.pbx.CLI(t.Context(), command)
			require.NoError(t, err)
		}
		require.Eventually(t, func() bool {
			_, status := o.ask(t.Context(), "GET", "/config/status", nil)
			drift, _ := status["drift"].([]any)
			return len(drift) == 1 && drift[0].(object)["name"] == o.prefix+"-internal"
		}, faultPatience, 100*time.Millisecond, "the server looks by itself")
		require.Contains(t, metricsOf(t, server), `orgpbx_drift_objects{organization_id="`+o.id+`"} 1`)
		requireLive(t, o.api("POST", "/users", next(), http.StatusCreated))
		s.requireWell(o)
		require.NotContains(t, metricsOf(t, server), "orgpbx_drift_objects{")
	})

	step("a server that heals does so by itself", func() {
		again("ORGPBX_HEAL_DRIFT=true")
		_, err := s.pbx.CLI(t.Context(), "dialplan remove extension 1001@"+o.prefix+"-internal")
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			shown, err := s.pbx.CLI(t.Context(), "dialplan show 1001@"+o.prefix+"-internal")
			return err == nil && strings.Contains(shown, "'1001' =>")
		}, faultPatience, 100*time.Millisecond)
	})
}

func metricsOf(t *testing.T, p *process) string {
	t.Helper()
	return fetchText(t, p.url+"/metrics")
}

func TestTwoServersOnOneDatabase(t *testing.T) {
	t.Parallel()
	s := newStand(t, filepath.Join(t.TempDir(), "asterisk-config"))
	servers := []*process{s.start(), s.start()}
	shared, neighbour := servers[0].create("Shared"), servers[0].create("Neighbour")
	neighbour.add("/users", person("1001"))
	before := s.fingerprint(neighbour)
	own := []*tenant{servers[0].create("First"), servers[1].create("Second")}

	// Both change one organisation, and each one of its own, at the same time.
	const each = 6
	var writing sync.WaitGroup
	for n := range 2 {
		for i := range each {
			writing.Go(func() {
				status, _ := shared.at(servers[n]).ask(t.Context(), "POST", "/users", person(fmt.Sprint(1000+n*100+i)))
				if status != http.StatusCreated {
					t.Errorf("shared: %d", status)
				}
				status, _ = own[n].ask(t.Context(), "POST", "/users", person(fmt.Sprint(1000+i)))
				if status != http.StatusCreated {
					t.Errorf("own: %d", status)
				}
			})
		}
	}
	writing.Wait()
	for n, server := range servers {
		s.requireWell(shared.at(server))
		s.requireWell(own[n])
	}
	require.Len(t, shared.api("GET", "/users?limit=200", nil, http.StatusOK)["items"], 2*each)
	require.Equal(t, before, s.fingerprint(neighbour))

	// One of them dies while it deploys; the other one goes on.
	reload := s.manager.hold("Action: Reload")
	var saving sync.WaitGroup
	saving.Go(func() { shared.at(servers[0]).ask(t.Context(), "POST", "/users", person("1500")) })
	reload.wait()
	servers[0].kill()
	s.manager.cut()
	s.manager.mend()
	saving.Wait()
	left := shared.at(servers[1])
	left.api("POST", "/users", person("1501"), http.StatusCreated)
	s.requireWell(left)
	require.Len(t, left.api("GET", "/users?limit=200", nil, http.StatusOK)["items"], 2*each+2)
	require.Equal(t, before, s.fingerprint(neighbour))
}
