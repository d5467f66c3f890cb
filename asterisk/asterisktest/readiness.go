package asterisktest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// connectInterval is how often the AMI port is tried while Asterisk has not opened it yet.
const connectInterval = 20 * time.Millisecond

var errExited = errors.New("Asterisk exited while starting")

// awaitReady returns once all modules are up and the console knows its own commands, which
// Asterisk registers last, after it has said that it is fully booted.
func (a *Asterisk) awaitReady(ctx context.Context, p *process) error {
	if err := a.awaitFullyBooted(ctx, p); err != nil {
		return err
	}
	retry := time.NewTicker(connectInterval)
	defer retry.Stop()
	for {
		version, err := a.CLI(ctx, "core show version")
		if err != nil || strings.HasPrefix(version, "Asterisk ") {
			return err
		}
		select {
		case <-retry.C:
		case <-ctx.Done():
			return fmt.Errorf("wait for the console's own commands: %w", ctx.Err())
		}
	}
}

// awaitFullyBooted returns once Asterisk says over AMI that all modules are up.
func (a *Asterisk) awaitFullyBooted(ctx context.Context, p *process) error {
	conn, err := a.dialAMI(ctx, p)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })
	defer stop()
	booted := readFullyBooted(conn, a.ami)
	if err := errors.Join(booted, conn.Close()); err != nil {
		return fmt.Errorf("wait for Asterisk to be fully booted: %w", errors.Join(err, ctx.Err()))
	}
	return nil
}

func (a *Asterisk) dialAMI(ctx context.Context, p *process) (net.Conn, error) {
	retry := time.NewTicker(connectInterval)
	defer retry.Stop()
	var dialer net.Dialer
	for {
		conn, err := dialer.DialContext(ctx, "tcp", a.ami.Addr)
		if err == nil {
			return conn, nil
		}
		select {
		case <-retry.C:
		case <-p.exited:
			return nil, fmt.Errorf("%w: %w", errExited, errors.Join(p.err, err))
		case <-ctx.Done():
			return nil, fmt.Errorf("connect to AMI: %w", errors.Join(ctx.Err(), err))
		}
	}
}

func readFullyBooted(conn net.Conn, ami AMI) error {
	login := fmt.Sprintf("Action: Login\r\nUsername: %s\r\nSecret: %s\r\n\r\n", ami.Username, ami.Secret)
	if _, err := conn.Write([]byte(login)); err != nil {
		return err
	}
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		switch line := strings.TrimSpace(lines.Text()); line {
		case "Event: FullyBooted":
			return nil
		case "Response: Error":
			return errors.New("AMI login refused")
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return errors.New("AMI closed the connection")
}
