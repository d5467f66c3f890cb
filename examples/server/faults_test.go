package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// newest returns the last deployment of the organisation.
func (o *tenant) newest() object {
	o.t.Helper()
	list := o.api("GET", "/config/deployments?limit=1", nil, http.StatusOK)
	return list["items"].([]any)[0].(object)
}

func configState(answer object) string { return answer["config"].(object)["state"].(string) }

func TestWhatAsteriskRejectsIsTakenBackAndSaid(t *testing.T) {
	t.Parallel()
	p := startPlatform(t)
	o, neighbour := p.create("Unlucky"), p.create("Neighbour")
	front, _ := o.phone("1001")
	other, _ := neighbour.phone("1001")
	before, beside := o.files(), neighbour.files()

	trunk := o.api("POST", "/trunks", object{
		"name": "Carrier", "trunk_type": "peer2peer", "host": "nowhere.invalid",
	}, http.StatusCreated)
	require.Equal(t, "failed", configState(trunk))
	newest := o.newest()
	require.Equal(t, "failed", newest["state"])
	require.Contains(t, newest["error"], "the PBX did not take identify "+o.prefix+"-trunk-")
	require.Contains(t, newest["error"], "its address may not resolve")
	status := o.api("GET", "/config/status", nil, http.StatusOK)
	require.Equal(t, "failed", status["state"])
	require.Equal(t, before, o.files())
	require.Equal(t, beside, neighbour.files())
	require.NoError(t, front.Register(patience(t)), "what was there works on")
	require.NoError(t, other.Register(patience(t)))

	fixed := o.api("PATCH", "/trunks/"+trunk["id"].(string), object{"host": "127.0.0.40"}, http.StatusOK)
	requireLive(t, fixed)
	require.Equal(t, "applied", o.newest()["state"])
	require.Contains(t, o.files()[o.prefix+".pjsip.conf"], "127.0.0.40")
	require.Equal(t, beside, neighbour.files())
}

func TestAFolderThatCannotBeWrittenChangesNothing(t *testing.T) {
	t.Parallel()
	shared := newFiles(t)
	p := startPlatformOn(t, "sqlite:"+filepath.Join(t.TempDir(), "orgpbx.db"), shared)
	o := p.create("Full Disk")
	front, _ := o.phone("1001")
	before := o.files()
	// A folder where the next text of a file would be written stands for a disk
	// that is full or read-only, which a test cannot have without being root.
	inTheWay := filepath.Join(shared.dir, "orgs", "."+o.prefix+".extensions.conf.new")
	require.NoError(t, os.Mkdir(inTheWay, 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(inTheWay, "x"), nil, 0o600))

	user := o.api("POST", "/users", object{
		"extension": "1002", "username": "second", "full_name": "Second", "email": "second@ge.com", "role": "agent",
	}, http.StatusCreated)
	require.Equal(t, "failed", configState(user), "the user is kept, and not live")
	require.Equal(t, "the PBX could not be changed: the server's log says why", o.newest()["error"])
	require.Equal(t, before, o.files(), "nothing is half written")
	require.NoError(t, front.Register(patience(t)))

	require.NoError(t, os.RemoveAll(inTheWay))
	require.Equal(t, "applied", o.api("POST", "/config/deploy", nil, http.StatusOK)["state"])
	require.Contains(t, o.files()[o.prefix+".extensions.conf"], "1002")
}

func TestAnAsteriskThatIsKilledWhileItLoadsGetsEverythingLater(t *testing.T) {
	t.Parallel()
	shared := newFiles(t)
	p := startPlatformOn(t, "sqlite:"+filepath.Join(t.TempDir(), "orgpbx.db"), shared)
	o := p.create("Power Cut")
	const users = 12
	half := make(chan struct{})
	written := make(chan []string, 1)
	go func() {
		defer close(written)
		var names []string
		for i := range users {
			if i == users/2 {
				close(half)
			}
			user := o.api("POST", "/users", object{
				"extension": fmt.Sprint(1001 + i), "username": fmt.Sprintf("user%d", i), "full_name": "User",
				"email": fmt.Sprintf("u%d@ge.com", i), "role": "agent",
			}, http.StatusCreated)
			names = append(names, user["sip_username"].(string))
		}
		written <- names
	}()
	<-half
	p.pbx.Kill()
	names := <-written
	require.Len(t, names, users)
	require.Contains(t, o.newest()["error"], "the PBX cannot be reached")
	p.pbx.Boot()

	require.Eventually(t, func() bool {
		organization := o.admin("GET", "/organizations/"+o.id, nil, http.StatusOK)
		return configState(organization) == "applied"
	}, time.Minute, 100*time.Millisecond, "nobody asked for it")
	for _, name := range names {
		shown, err := p.pbx.CLI(t.Context(), "pjsip show endpoint "+name)
		require.NoError(t, err)
		require.Contains(t, shown, o.prefix+"-phones")
	}
	require.Empty(t, o.api("GET", "/config/plan", nil, http.StatusOK)["changes"])
	left, err := filepath.Glob(filepath.Join(shared.dir, "undo", "*"))
	require.NoError(t, err)
	require.Empty(t, left)
}
