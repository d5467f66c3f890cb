package main

import (
	"context"
	"fmt"

	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/calls"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// openManager makes the manager connection of the settings, if there is one. It is
// connected, and kept up, once the server runs.
func (s *server) openManager(settings Settings) error {
	s.connected = make(chan struct{}, 1)
	if settings.AMIAddr == "" {
		return nil
	}
	config := managerConfig(settings)
	config.Logger = s.log
	config.OnEvent, config.Events = s.feed.Event, s.feed.Events()
	config.OnReady = func() {
		s.feed.Ready()
		s.deployer.Reconnected() // it is there before the connection starts
		select {
		case s.connected <- struct{}{}:
		default:
		}
	}
	manager, err := ami.New(config)
	if err != nil {
		return fmt.Errorf("ORGPBX_AMI_ADDR: %w", err)
	}
	s.manager = manager
	return nil
}

func managerConfig(settings Settings) ami.Config {
	return ami.Config{Addr: settings.AMIAddr, Username: settings.AMIUsername, Secret: settings.AMISecret.Reveal()}
}

// openCalls makes what keeps the records of calls, and what tells it of them.
func (s *server) openCalls(settings Settings) {
	options := cdr.Options{Logger: s.log, Interval: settings.UsageInterval}
	var folders cdr.Folders
	for _, dir := range []string{settings.RecordingsDir, settings.VoicemailDir} {
		if dir != "" {
			folders = append(folders, dir)
		}
	}
	if len(folders) > 0 {
		options.Storage = folders
	}
	if settings.RecordingsDir != "" {
		options.Recordings = cdr.RecordingsFolder(settings.RecordingsDir)
	}
	if settings.AMIAddr != "" {
		options.Counter = runningCalls{s}
	}
	s.calls = cdr.New(s.store, options)
	s.feed = calls.NewFeed(calls.Config{
		Recorder: s.calls, Positions: s.store, File: settings.CDRFile, Interval: settings.CDRInterval, Logger: s.log,
	})
}

// runningCalls counts calls over the manager connection, which is made after what
// counts.
type runningCalls struct{ server *server }

// ConcurrentCalls implements [cdr.Counter].
func (r runningCalls) ConcurrentCalls(ctx context.Context, contextPrefix string) (int, error) {
	return calls.Running{Manager: r.server.manager}.ConcurrentCalls(ctx, contextPrefix)
}
