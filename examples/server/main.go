// Command server runs orgpbx as a program: the HTTP API, its documentation, and
// a deployer that writes Asterisk's configuration and reloads what changed.
//
// It starts with no settings at all, on a SQLite file and a folder of
// configuration files in the current directory. Every setting is an
// environment variable and a flag; --help lists them.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // organisations have time zones, whatever the machine has

	"github.com/alecthomas/kong"
)

func main() {
	if err := start(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "orgpbx:", err)
		os.Exit(1)
	}
}

func start(args []string) error {
	settings, err := parseSettings(args, kong.Exit(os.Exit))
	if err != nil {
		return err
	}
	if settings.WritePrompts != "" {
		return writePrompts(settings.WritePrompts, os.Stdout)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if settings.Preflight {
		return preflight(ctx, settings, os.Stdout)
	}
	if settings.VerifyTrail {
		return verifyTrail(ctx, settings, os.Stdout)
	}
	if settings.RotateEncryptionKey {
		return rotateKey(ctx, settings, os.Stdout)
	}
	s, err := open(ctx, settings, os.Stdout)
	if err != nil {
		return err
	}
	return s.run(ctx)
}
