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

// preflight prints what Asterisk and the bucket of recordings lack, one line each,
// for --preflight. With --fix it first installs what can be installed over AMI. The
// error says that there is something left to do.
func preflight(ctx context.Context, settings Settings, out io.Writer) error {
	prepared, err := settings.RecordingsS3.preflight(ctx, out)
	if err != nil {
		return err
	}
	var nodes []nodeSettings
	if settings.PBX == "live" {
		if nodes, err = settings.asterisks(); err != nil {
			return err
		}
	}
	left := !prepared
	for _, n := range nodes {
		prepared, err := preflightNode(ctx, n, settings.Fix, out)
		if err != nil && n.name == "" {
			return err
		}
		if err != nil { // the others are looked at all the same
			say(out, "to do:", err)
		}
		left = left || !prepared
	}
	if left {
		return errNotPrepared
	}
	return nil
}

// preflightNode is preflight for one Asterisk. Lines name the node, if it has a
// name.
func preflightNode(ctx context.Context, n nodeSettings, fix bool, out io.Writer) (prepared bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, preflightTime)
	defer cancel()
	manager, err := ami.New(n.manager())
	if err != nil {
		return false, fmt.Errorf("%s: %w", n.setting, err)
	}
	pbx, err := live.New(live.Config{AMI: manager})
	if err != nil {
		return false, err
	}
	if err := manager.Start(ctx); err != nil {
		return false, fmt.Errorf("%s: %w", n.setting, err)
	}
	defer manager.Close() //nolint:errcheck // nothing is lost any more
	if err := manager.Ready(ctx); err != nil {
		return false, fmt.Errorf("%s: no manager interface answers there with these credentials: %w", n.setting, err)
	}
	if n.name != "" {
		n.name += ": "
	}
	if fix {
		done, err := pbx.Install(ctx)
		for _, line := range done {
			say(out, "done:", n.name+line)
		}
		var lacking *live.NotPreparedError
		if err != nil && !errors.As(err, &lacking) {
			return false, err
		}
	}
	err = pbx.Preflight(ctx)
	var lacking *live.NotPreparedError
	if errors.As(err, &lacking) {
		for _, finding := range lacking.Findings {
			say(out, "to do:", n.name+finding)
		}
		return false, nil
	}
	if err == nil {
		say(out, n.name+"Asterisk is prepared")
	}
	return err == nil, err
}

// say prints a line. Who cannot read it still has the exit code.
func say(out io.Writer, words ...any) { _, _ = fmt.Fprintln(out, words...) }

// preparation is an Asterisk that the operator may still have to prepare.
type preparation struct {
	server *server
	*node
}

// watch says what Asterisk lacks whenever that changes, and has what waited
// deployed as soon as nothing does. It returns the error of ctx.
func (p preparation) watch(ctx context.Context) error {
	var said []string
	for {
		if err := p.conn.Ready(ctx); err != nil {
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
	log := p.server.log
	if p.name != "" {
		log = log.With("node", p.name)
	}
	if len(findings) == 0 {
		log.Info("Asterisk is prepared: what waited is deployed now")
		return
	}
	log.Warn("Asterisk is not prepared: changes are kept and wait", "findings", len(findings),
		"help", "the server's --preflight lists them, with --fix it installs what it can")
	for _, finding := range findings {
		log.Warn("Asterisk needs: " + finding)
	}
}
