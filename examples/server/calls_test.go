package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
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
	text, err := os.ReadFile(file)
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

func within(t *testing.T, patience time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// awaitCall waits until there are n calls and the newest has these fields: the
// parts of a call come one after the other.
func (o *tenant) awaitCall(n int, want object) object {
	o.t.Helper()
	var items []any
	fits := func() bool {
		items = o.api("GET", "/calls", nil, http.StatusOK)["items"].([]any)
		if len(items) != n {
			return false
		}
		newest := items[0].(object)
		for field, value := range want {
			if !assert.ObjectsAreEqual(value, newest[field]) {
				return false
			}
		}
		return true
	}
	for ctx := within(o.t, faultPatience); !fits(); {
		require.NoError(o.t, ctx.Err(), "of %d calls the newest is to have %v: %v", n, want, items)
	}
	return items[0].(object)
}

// TestEachCallIsOneRecord makes calls of which Asterisk writes several records each.
//
//nolint:tparallel // its steps are one story
func TestEachCallIsOneRecord(t *testing.T) {
	t.Parallel()
	s := newStand(t, filepath.Join(t.TempDir(), "asterisk-config"))
	server := s.start()
	o := server.create("Counted")
	front, frontUser := o.phone("1001")
	agent, agentUser := o.phone("1002")
	other := asterisktest.NewPhone(t, asterisktest.PhoneOptions{
		Asterisk: s.pbx.SIPAddr(), Username: agentUser["sip_username"].(string), Password: agentUser["sip_password"].(string),
	})
	require.NoError(t, other.Register(patience(t)))
	other.OnIncoming(asterisktest.Busy)
	carrier, trunk := o.carrier("127.0.0.92")
	trunkEndpoint := o.prefix + "-trunk-"
	queue := o.add("/queues", object{"name": "Reservations", "number": "600"})
	o.api("POST", "/queues/"+queue["id"].(string)+"/members", object{"user_id": agentUser["id"], "penalty": 0}, http.StatusCreated)
	o.add("/dids", object{"number": "+919944421192", "trunk_id": trunk["id"], "routing_type": "queue", "routing_destination": "600"})
	o.add("/outbound-routes", object{
		"name": "National", "dial_pattern": "_9X.", "trunk_id": trunk["id"], "priority": 1, "strip_digits": 1, "prepend_digits": "+91",
	})
	running := func() int {
		return int(o.api("GET", "/usage", nil, http.StatusOK)["concurrent_calls"].(object)["used"].(float64))
	}
	has := func(n int, want object) object {
		got := o.awaitCall(n, want)
		require.Equal(t, got, o.api("GET", "/calls/"+got["id"].(string), nil, http.StatusOK))
		return got
	}

	t.Run("to a phone of a user with two, one of which is busy", func(t *testing.T) {
		call, err := front.Call(patience(t), "1002")
		require.NoError(t, err)
		answered, err := agent.WaitIncoming(patience(t))
		require.NoError(t, err)
		require.Zero(t, running(), "no call over a trunk")
		require.NoError(t, call.Hangup(patience(t)))
		require.NoError(t, answered.WaitDone(patience(t)))
		has(1, object{
			"direction": "internal", "disposition": "answered", "caller": "1001", "caller_name": "Phone 1001", "called": "1002",
			"endpoint": frontUser["sip_username"], "answered_by": agentUser["sip_username"], "denial": nil, "consent": nil,
		})
	})
	t.Run("in, through a queue, which calls the phone by a channel of its own", func(t *testing.T) {
		call, err := carrier.Call(patience(t), s.pbx.SIPAddr(), asterisktest.InboundCall{From: "+14155550100", FromName: "Ada", To: "+919944421192"})
		require.NoError(t, err)
		answered, err := agent.WaitIncoming(patience(t))
		require.NoError(t, err)
		require.Equal(t, 1, running())
		require.NoError(t, answered.Hangup(patience(t)))
		require.NoError(t, call.WaitDone(patience(t)))
		has(2, object{
			"direction": "in", "disposition": "answered", "caller": "+14155550100", "caller_name": "Ada",
			"called": "+919944421192", "answered_by": agentUser["sip_username"],
		})
	})
	t.Run("out", func(t *testing.T) {
		call, err := front.Call(patience(t), "94155550123")
		require.NoError(t, err)
		outside, err := carrier.WaitIncoming(patience(t))
		require.NoError(t, err)
		require.Equal(t, 1, running())
		require.NoError(t, call.Hangup(patience(t)))
		require.NoError(t, outside.WaitDone(patience(t)))
		got := has(3, object{
			"direction": "out", "disposition": "answered", "caller": "+919944421192", "called": "94155550123",
			"endpoint": frontUser["sip_username"],
		})
		require.Contains(t, got["answered_by"], trunkEndpoint)
	})
	t.Run("refused", func(t *testing.T) {
		o.update(object{"limits": object{"concurrent_calls": 0}})
		call, err := carrier.Call(patience(t), s.pbx.SIPAddr(), asterisktest.InboundCall{From: "+14155550100", To: "+919944421192"})
		require.NoError(t, err)
		require.False(t, call.Answered())
		has(4, object{
			"direction": "in", "answered_at": nil, "billed_seconds": 0.0,
			"denial": object{"reason": "concurrent_calls", "limit": 0.0, "used": 0.0},
		})
	})
}
