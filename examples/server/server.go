package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/confdir"
	"github.com/orgpbx/orgpbx/httpapi"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/deploy"
	"github.com/orgpbx/orgpbx/store"
)

// shutdownTime is how long running requests may take after a signal to stop.
const shutdownTime = 10 * time.Second

// server is everything that runs, opened and ready.
type server struct {
	log      *slog.Logger
	listener net.Listener
	handler  http.Handler
	deployer *deploy.Service
	store    store.Store
	manager  *ami.Conn // nil without ORGPBX_AMI_ADDR
}

// open makes everything ready and prints where it is. Nothing is left behind
// when it fails.
func open(ctx context.Context, settings Settings, out io.Writer) (_ *server, err error) {
	s := &server{log: newLogger(settings.LogFormat)}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	for _, name := range settings.unused() {
		s.log.Warn("this setting has no effect in this version", "setting", name)
	}
	key, err := settings.loadKey(".")
	if err != nil {
		return nil, err
	}
	sealer, err := resource.NewSealer(key)
	if err != nil {
		return nil, err
	}
	// Listening first tells the operator of a taken port before anything else
	// happens.
	if s.listener, err = new(net.ListenConfig).Listen(ctx, "tcp", settings.Addr); err != nil {
		return nil, fmt.Errorf("ORGPBX_ADDR: %w", err)
	}
	if s.store, err = openStore(ctx, settings.DatabaseURL); err != nil {
		return nil, err
	}
	pbx, err := s.openPBX(ctx, settings)
	if err != nil {
		return nil, err
	}

	admin := settings.AdminPassword
	if admin == "" {
		if admin, err = org.NewSecret(rand.Reader, ""); err != nil {
			return nil, err
		}
	}
	people, err := s.openPeople(settings, sealer)
	if err != nil {
		return nil, err
	}
	s.deployer = deploy.New(s.store, pbx, deploy.Options{Sealer: sealer, Logger: s.log})
	s.handler, err = httpapi.New(httpapi.Config{
		Organizations: org.New(s.store, org.Options{Changed: s.deployer.Changed}),
		Members:       people,
		Resources:     resource.New(s.store, resource.Options{Sealer: sealer, Changed: s.deployer.Changed}),
		Deployer:      s.deployer,
		AdminUsername: settings.AdminUsername,
		AdminPassword: admin,
		SIPDomain:     settings.SIPDomain,
		Ready:         s.store.Ping,
		Logger:        s.log,
	})
	if err != nil {
		return nil, err
	}
	return s, printBanner(out, settings, s.listener.Addr(), admin)
}

// openPeople returns the service of those who sign in. Their links lead to this
// server.
func (s *server) openPeople(settings Settings, sealer *org.Sealer) (*member.Service, error) {
	opts := member.Options{PublicURL: settings.PublicURL, Sealer: sealer, Logger: s.log}
	if opts.PublicURL == "" {
		opts.PublicURL = "http://" + s.listener.Addr().String()
	}
	if settings.SMTPURL != "" {
		mailer, err := newMailer(settings.SMTPURL)
		if err != nil {
			return nil, fmt.Errorf("ORGPBX_SMTP_URL: %w", err)
		}
		opts.Mailer = mailer
	}
	return member.New(s.store, opts), nil
}

// openPBX returns the PBX of the settings. A manager connection is made, and
// kept up, once the server runs.
func (s *server) openPBX(ctx context.Context, settings Settings) (resource.PBX, error) {
	if settings.PBX == "none" {
		return resource.NoPBX{}, nil
	}
	config := confdir.Config{Dir: settings.AsteriskDir, Logger: s.log}
	if settings.AMIAddr != "" {
		manager, err := ami.New(ami.Config{
			Addr:     settings.AMIAddr,
			Username: settings.AMIUsername,
			Secret:   settings.AMISecret.Reveal(),
			Logger:   s.log,
			OnReady:  func() { s.deployer.Reconnected() }, // it is there before the connection starts
		})
		if err != nil {
			return nil, fmt.Errorf("ORGPBX_AMI_ADDR: %w", err)
		}
		s.manager, config.AMI = manager, manager
	}
	pbx, err := confdir.New(config)
	if err != nil {
		return nil, fmt.Errorf("ORGPBX_ASTERISK_DIR: %w", err)
	}
	// Asterisk's own files include the shared ones, so these come first.
	if err := pbx.Prepare(ctx); err != nil {
		return nil, fmt.Errorf("ORGPBX_ASTERISK_DIR: %w", err)
	}
	return pbx, nil
}

// run serves until ctx ends, then lets running requests and deploys finish.
func (s *server) run(ctx context.Context) error {
	defer s.close()
	if s.manager != nil {
		// Not ctx: the last deploys still need the connection.
		if err := s.manager.Start(context.WithoutCancel(ctx)); err != nil {
			return fmt.Errorf("ORGPBX_AMI_ADDR: %w", err)
		}
	}
	web := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.deployer.Run(ctx) })
	group.Go(func() error { return web.Serve(s.listener) })
	group.Go(func() error {
		<-ctx.Done()
		s.log.Info("stopping")
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
		defer cancel()
		return web.Shutdown(last)
	})
	err := group.Wait()
	if errors.Is(err, context.Canceled) || errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func (s *server) close() {
	if s.manager != nil {
		_ = s.manager.Close()
	}
	if s.store != nil {
		_ = s.store.Close()
	}
	if s.listener != nil {
		_ = s.listener.Close()
	}
}

func newLogger(format string) *slog.Logger {
	if format == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, nil))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, nil))
}

func newKey() ([]byte, error) {
	key := make([]byte, 32)
	_, err := rand.Read(key)
	return key, err
}

// absolute returns the path an operator can paste, whatever folder he is in.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
