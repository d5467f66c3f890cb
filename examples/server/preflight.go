package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/live"
	"github.com/orgpbx/orgpbx/resource"
)

const (
	// preflightTime is how long an Asterisk may take to be there for
	// --preflight.
	preflightTime = 15 * time.Second
	// preparePoll is how often a running server looks whether the operator has
	// prepared Asterisk.
	preparePoll = 10 * time.Second
)

// errNotPrepared ends --preflight when something is left to do.
var errNotPrepared = errors.New("not prepared: do what is listed above, and try again")

// preflight prints what Asterisk lacks, one line each, for --preflight. With
// --fix it first installs what can be installed over AMI. The error says that
// there is something left to do.
func preflight(ctx context.Context, settings Settings, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, preflightTime)
	defer cancel()
	manager, err := ami.New(managerConfig(settings))
	if err != nil {
		return fmt.Errorf("ORGPBX_AMI_ADDR: %w", err)
	}
	pbx, err := live.New(live.Config{AMI: manager})
	if err != nil {
		return err
	}
	if err := manager.Start(ctx); err != nil {
		return fmt.Errorf("ORGPBX_AMI_ADDR: %w", err)
	}
	defer manager.Close() //nolint:errcheck // nothing is lost any more
	if err := manager.Ready(ctx); err != nil {
		return fmt.Errorf("ORGPBX_AMI_ADDR: no manager interface answers there with these credentials: %w", err)
	}
	if settings.Fix {
		done, err := pbx.Install(ctx)
		for _, line := range done {
			say(out, "done:", line)
		}
		var lacking *live.NotPreparedError
		if err != nil && !errors.As(err, &lacking) {
			return err
		}
	}
	err = pbx.Preflight(ctx)
	var lacking *live.NotPreparedError
	if errors.As(err, &lacking) {
		for _, finding := range lacking.Findings {
			say(out, "to do:", finding)
		}
		return errNotPrepared
	}
	if err == nil {
		say(out, "Asterisk is prepared")
	}
	return err
}

// say prints a line. Who cannot read it still has the exit code.
func say(out io.Writer, words ...any) { _, _ = fmt.Fprintln(out, words...) }

// preparation is an Asterisk that the operator may still have to prepare.
type preparation struct {
	server  *server
	pbx     *live.PBX
	manager *ami.Conn
	// connected holds one: the connection came up.
	connected chan struct{}
}

// watch says what Asterisk lacks whenever that changes, and has what waited
// deployed as soon as nothing does. It returns the error of ctx.
func (p preparation) watch(ctx context.Context) error {
	var said []string
	for {
		if err := p.manager.Ready(ctx); err != nil {
			return err
		}
		findings := p.findings(ctx)
		if !slices.Equal(findings, said) {
			p.say(findings)
			said = findings
		}
		again := make(<-chan time.Time)
		if len(findings) > 0 {
			again = time.After(preparePoll)
		} else {
			p.server.deployer.Reconnected()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.connected:
		case <-again:
		}
	}
}

func (p preparation) findings(ctx context.Context) []string {
	err := p.pbx.Preflight(ctx)
	var lacking *live.NotPreparedError
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return nil
	case errors.As(err, &lacking):
		return lacking.Findings
	case errors.Is(err, resource.ErrPBXUnavailable):
		return []string{"its manager interface does not answer"}
	default:
		return []string{err.Error()}
	}
}

func (p preparation) say(findings []string) {
	if len(findings) == 0 {
		p.server.log.Info("Asterisk is prepared: what waited is deployed now")
		return
	}
	p.server.log.Warn("Asterisk is not prepared: changes are kept and wait", "findings", len(findings),
		"help", "the server's --preflight lists them, with --fix it installs what it can")
	for _, finding := range findings {
		p.server.log.Warn("Asterisk needs: " + finding)
	}
}
