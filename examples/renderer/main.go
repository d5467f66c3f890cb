// Command renderer keeps one Asterisk in step with a database, over AMI alone: it
// has no HTTP API and changes nothing in the database. Beside a server with
// ORGPBX_PBX=none it is how an Asterisk that the server cannot reach is
// configured, and several of them keep several Asterisks alike.
//
// Its settings are those of the server, and Asterisk is set up as for the
// server's ORGPBX_PBX=live.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/live"
	"github.com/orgpbx/orgpbx/examples/internal/parts"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// Settings are what an operator chooses. Each field is a flag and an environment
// variable.
type Settings struct {
	DatabaseURL      string     `env:"ORGPBX_DATABASE_URL" required:"" help:"The server's database: sqlite:FILE or postgres://…"`
	EncryptionKey    org.Secret `env:"ORGPBX_ENCRYPTION_KEY" required:"" help:"The server's key, 32 bytes in base64: what is in its orgpbx.key."`
	EncryptionKeyOld org.Secret `env:"ORGPBX_ENCRYPTION_KEY_OLD" help:"The server's key before, while keys are changed."`
	AMIAddr          string     `name:"ami-addr" env:"ORGPBX_AMI_ADDR" required:"" help:"Asterisk's manager interface, host:port."`
	AMIUsername      string     `name:"ami-username" env:"ORGPBX_AMI_USERNAME" required:"" help:"User of the manager interface."`
	AMISecret        org.Secret `name:"ami-secret" env:"ORGPBX_AMI_SECRET" required:"" help:"Secret of the manager interface."`
	LogFormat        string     `env:"ORGPBX_LOG_FORMAT" default:"text" enum:"text,json" help:"text or json."`
}

func main() {
	if err := start(os.Args[1:]); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "renderer:", err)
		os.Exit(1)
	}
}

func start(args []string) error {
	var settings Settings
	parser, err := kong.New(&settings, kong.Name("renderer"), kong.Description("Keeps an Asterisk in step with orgpbx's database."))
	if err != nil {
		return err
	}
	if _, err := parser.Parse(args); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(ctx, settings)
}

// run follows the database until ctx ends, whose error it returns.
func run(ctx context.Context, settings Settings) error {
	key, err := parts.DecodeKey(settings.EncryptionKey)
	if err != nil {
		return fmt.Errorf("ORGPBX_ENCRYPTION_KEY: %w", err)
	}
	var old [][]byte
	if settings.EncryptionKeyOld != "" {
		before, err := parts.DecodeKey(settings.EncryptionKeyOld)
		if err != nil {
			return fmt.Errorf("ORGPBX_ENCRYPTION_KEY_OLD: %w", err)
		}
		old = append(old, before)
	}
	sealer, err := resource.NewSealer(key, old...)
	if err != nil {
		return err
	}
	store, err := parts.OpenStore(ctx, settings.DatabaseURL)
	if err != nil {
		return err
	}
	defer store.Close() //nolint:errcheck // it is only read
	f := &follower{store: store, sealer: sealer, log: parts.NewLogger(settings.LogFormat), connected: make(chan struct{}, 1)}
	manager, err := ami.New(ami.Config{
		Addr: settings.AMIAddr, Username: settings.AMIUsername, Secret: settings.AMISecret.Reveal(), Logger: f.log,
		OnReady: f.reconnected,
	})
	if err != nil {
		return fmt.Errorf("ORGPBX_AMI_ADDR: %w", err)
	}
	if f.pbx, err = live.New(live.Config{AMI: manager, Logger: f.log}); err != nil {
		return err
	}
	if err := manager.Start(ctx); err != nil {
		return fmt.Errorf("ORGPBX_AMI_ADDR: %w", err)
	}
	defer manager.Close() //nolint:errcheck // nothing is lost any more
	return f.run(ctx)
}
