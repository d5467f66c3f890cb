package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/asterisk/calls"
)

// callsByCaller reads the list of calls, page by page, and counts the callers.
func (o *tenant) callsByCaller(query string) map[string]int {
	o.t.Helper()
	found, cursor := map[string]int{}, ""
	for {
		page := o.api("GET", "/calls?limit=50"+query+cursor, nil, http.StatusOK)
		for _, c := range page["items"].([]any) {
			found[c.(object)["caller"].(string)]++
		}
		next, more := page["next_cursor"].(string)
		if !more {
			return found
		}
		cursor = "&cursor=" + next
	}
}

// TestAServerThatIsKilledInAFloodOfCallsLosesNone has calls end before, while and
// after there is no server, the connection to Asterisk cut, and the file of call
// records rotated, once by renaming and once by copying and emptying.
func TestAServerThatIsKilledInAFloodOfCallsLosesNone(t *testing.T) {
	t.Parallel()
	s := newStand(t, filepath.Join(t.TempDir(), "asterisk-config"))
	server := s.start()
	o, neighbour := server.create("Flooded"), server.create("Neighbour")
	carrier, trunk := o.carrier("127.0.0.91")
	o.add("/users", person("1001"))
	o.add("/dids", object{"number": "+919944421191", "trunk_id": trunk["id"], "routing_type": "extension", "routing_destination": "1001"})

	const perWave, at = 40, 8
	want := map[string]int{}
	// wave has calls come in, all of which are refused at once: 1001 has no phone.
	wave := func() *sync.WaitGroup {
		ended := new(sync.WaitGroup)
		slots := make(chan struct{}, at)
		first := len(want)
		for n := range perWave {
			want[fmt.Sprintf("+1415555%04d", first+n)] = 1
		}
		ended.Go(func() {
			for n := range perWave {
				slots <- struct{}{}
				ended.Go(func() {
					defer func() { <-slots }()
					from := fmt.Sprintf("+1415555%04d", first+n)
					call, err := carrier.Call(patience(t), s.pbx.SIPAddr(), asterisktest.InboundCall{From: from, To: "+919944421191"})
					if err != nil || call.Answered() {
						t.Errorf("the call from %s: %v", from, err)
					}
				})
			}
		})
		return ended
	}
	file := filepath.Join(s.pbx.CallRecordsDir(), calls.FileName)

	wave().Wait()
	flood := wave()
	server.kill()
	flood.Wait()
	require.NoError(t, os.Rename(file, file+".1"))
	wave().Wait()

	flood = wave()
	server = s.start("ORGPBX_CDR_INTERVAL=200ms")
	o, neighbour = o.at(server), neighbour.at(server)
	flood.Wait()
	s.manager.cut()
	wave().Wait()
	text, err := os.ReadFile(file) //nolint:gosec // a file of the test
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file+"-20310309", text, 0o600))
	require.NoError(t, os.Truncate(file, 0))
	wave().Wait()
	s.manager.mend()
	wave().Wait()

	require.Eventually(t, func() bool { return len(o.callsByCaller("")) >= len(want) }, faultPatience, 100*time.Millisecond)
	require.Equal(t, want, o.callsByCaller(""))
	require.Equal(t, want, o.callsByCaller("&direction=in&q=%2B919944421191"))
	require.Empty(t, o.callsByCaller("&disposition=answered"))
	require.Empty(t, neighbour.callsByCaller(""))
}
