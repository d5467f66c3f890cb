package calls_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/asterisk/calls"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/store/memstore"
)

const patience = time.Minute

// dialplan leaves in a call record what the dialplan of an organisation can leave
// at most, and counts the call as it does.
var dialplan = `
[organisation]
exten => _X.,1,MSet(CHANNEL(accountcode)=aaaa1111,CDR(orgpbx_called)=+` + strings.Repeat("9", 15) + `)
 same => n,MSet(CDR(orgpbx_emergency)=1,CDR(orgpbx_denied)=concurrent_calls,CDR(orgpbx_limit)=2147483647,CDR(orgpbx_used)=2147483647)
 same => n,MSet(CDR(orgpbx_consent)=external_consent,CDR(orgpbx_consent_choice)=unannounced,CDR(orgpbx_consent_digit)=1)
 same => n,Set(CDR(orgpbx_consent_prompt)=custom/recording-opt-out@2147483647-1795506778)
 same => n,Set(CDR(orgpbx_consent_at)=1795525798)
 same => n,Set(CDR(orgpbx_recording)=a-long-name-of-a-node-1795525798.2147483647.wav)
 same => n,Set(CDR(orgpbx_agent_call)=01a20dad-6870-7000-9af9-27252dd4d26c)
 same => n,Set(GROUP(orgpbx)=aaaa1111)
 same => n,Answer()
 same => n,Wait(${IF($["${EXTEN}" = "15550101002"]?3600:0)})
 same => n,Hangup()
`

const endpoint = `
[anonymous]
type = endpoint
context = organisation
allow = ulaw
`

// collector is a recorder that a test can wait for.
type collector struct {
	mu      sync.Mutex
	records []cdr.Record
	more    chan struct{}
}

func newCollector() *collector { return &collector{more: make(chan struct{}, 100)} }

// Record implements [calls.Recorder].
func (c *collector) Record(_ context.Context, records []cdr.Record) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.records = append(c.records, records...)
	c.more <- struct{}{}
	return nil
}

func (c *collector) await(t *testing.T, n int) []cdr.Record {
	t.Helper()
	late := time.After(patience)
	for {
		c.mu.Lock()
		records := c.records
		c.mu.Unlock()
		if len(records) >= n {
			return records
		}
		select {
		case <-c.more:
		case <-late:
			require.Fail(t, "records are missing", "%d of %d", len(records), n)
		}
	}
}

func follow(t *testing.T, config calls.Config) *calls.Feed {
	t.Helper()
	feed := calls.NewFeed(config)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- feed.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		require.ErrorIs(t, <-done, context.Canceled)
	})
	return feed
}

func TestAnEventTellsAsMuchAsALineOfTheFile(t *testing.T) {
	t.Parallel()
	a := asterisktest.Start(t, asterisktest.Options{Files: map[string]string{
		"extensions.conf": dialplan, "pjsip.conf": endpoint,
		"cdr_custom.conf": calls.CustomMapping(), "cdr_manager.conf": "[mappings]\n" + calls.ManagerMappings(),
	}})
	told, read := newCollector(), newCollector()
	feed := follow(t, calls.Config{Recorder: told})
	follow(t, calls.Config{
		Recorder: read, Positions: memstore.New(), Interval: 20 * time.Millisecond,
		File: filepath.Join(a.CallRecordsDir(), calls.FileName),
	})
	manager, err := ami.New(ami.Config{
		Addr: a.AMI().Addr, Username: a.AMI().Username, Secret: a.AMI().Secret,
		OnEvent: feed.Event, OnReady: feed.Ready, Events: feed.Events(),
	})
	require.NoError(t, err)
	require.NoError(t, manager.Start(context.Background()))
	t.Cleanup(func() { _ = manager.Close() })
	require.NoError(t, manager.Ready(t.Context()))

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	carrier := asterisktest.NewCarrier(t, asterisktest.CarrierOptions{Host: "127.0.0.93"})
	running := calls.Running{Manager: manager}
	none, err := running.ConcurrentCalls(t.Context(), "aaaa1111")
	require.NoError(t, err)
	require.Zero(t, none)
	for n := range 3 {
		call, err := carrier.Call(ctx, a.SIPAddr(), asterisktest.InboundCall{
			From: fmt.Sprintf("+1555765432%d", n), FromName: `Ärzte, \"Söhne\" & <Töchter>; 100%`, To: "15550101002",
		})
		require.NoError(t, err)
		require.True(t, call.Answered(), "%d", call.StatusCode())
		one, err := running.ConcurrentCalls(t.Context(), "aaaa1111")
		require.NoError(t, err)
		require.Equal(t, 1, one)
		require.NoError(t, call.Hangup(ctx))
		events, lines := told.await(t, n+1), read.await(t, n+1)
		require.Equal(t, lines, events)
		require.Equal(t, cdr.Answered, events[n].Disposition)
		require.Equal(t, "01a20dad-6870-7000-9af9-27252dd4d26c", events[n].AgentCall)
		require.Equal(t, time.Unix(1795525798, 0).UTC(), events[n].Consent.At, "the last of all fields")
		require.Equal(t, fmt.Sprintf("+1555765432%d", n), events[n].Caller)
		require.Equal(t, `Ärzte, \"Söhne\" & <Töchter>; 100%`, events[n].CallerName, "as Asterisk knows it")
	}
}
