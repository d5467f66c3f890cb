package main

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/orgpbx/orgpbx/asterisk/calls"
	"github.com/orgpbx/orgpbx/asterisk/confdir"
	"github.com/orgpbx/orgpbx/examples/internal/parts"
	"github.com/orgpbx/orgpbx/httpapi"
	"github.com/orgpbx/orgpbx/httpapi/editor"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/apikey"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/org/idempotency"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/deploy"
	"github.com/orgpbx/orgpbx/resource/subject"
	"github.com/orgpbx/orgpbx/resource/webhook"
	"github.com/orgpbx/orgpbx/store"
)

// shutdownTime is how long running requests may take after a signal to stop.
const shutdownTime = 10 * time.Second

// Over AMI many organisations are deployed at a time, because all that wait
// together share one reload of the queues, which takes longer with every member
// on the node. So each of them may take long.
const (
	liveParallel = 32
	liveTimeout  = 5 * time.Minute
)

// server is everything that runs, opened and ready.
type server struct {
	log      *slog.Logger
	listener net.Listener
	handler  http.Handler
	deployer *deploy.Service
	calls    *cdr.Service
	webhooks *webhook.Service
	requests *idempotency.Service
	subjects *subject.Service
	feeds    []*calls.Feed
	store    store.Store
	nodes    []*node // none without ORGPBX_AMI_ADDR and ORGPBX_NODES
}

// open makes everything ready and prints where it is. Nothing is left behind
// when it fails.
func open(ctx context.Context, settings Settings, out io.Writer) (_ *server, err error) {
	s := &server{log: parts.NewLogger(settings.LogFormat)}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	key, err := settings.loadKey(".")
	if err != nil {
		return nil, err
	}
	sealer, err := settings.newSealer(key)
	if err != nil {
		return nil, err
	}
	// Listening first tells the operator of a taken port before anything else
	// happens.
	if s.listener, err = new(net.ListenConfig).Listen(ctx, "tcp", settings.Addr); err != nil {
		return nil, fmt.Errorf("ORGPBX_ADDR: %w", err)
	}
	if s.store, err = parts.OpenStore(ctx, settings.DatabaseURL); err != nil {
		return nil, err
	}
	if err := s.openCalls(settings); err != nil {
		return nil, err
	}
	if err := s.openNodes(settings); err != nil {
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
	deploys := deploy.Options{
		Sealer: sealer, Logger: s.log, DriftInterval: settings.DriftInterval, HealDrift: settings.HealDrift,
		SIPDomain: resource.SIPDomain(settings.SIPDomain), NodeSIPDomains: map[string]resource.SIPDomain{},
	}
	for _, n := range s.nodes {
		if n.sipDomain != "" {
			deploys.NodeSIPDomains[n.name] = n.sipDomain
		}
	}
	if settings.PBX == "live" {
		deploys.Parallel, deploys.Timeout = liveParallel, liveTimeout
	}
	s.deployer = deploy.New(s.store, pbx, deploys)
	organizations := org.New(s.store, org.Options{Changed: s.deployer.Changed})
	resources := resource.New(s.store, resource.Options{Sealer: sealer, Changed: s.deployer.Changed})
	trail := audit.New(s.store)
	limits, err := settings.guard()
	if err != nil {
		return nil, err
	}
	s.webhooks = webhook.New(s.store, webhook.Options{Sealer: sealer, AllowPrivate: settings.WebhookAllowPrivate, Logger: s.log})
	keys := apikey.New(s.store, apikey.Options{})
	// Of the sealing key, so that servers on one database have the same.
	hashing, err := hkdf.Key(sha256.New, key, nil, "orgpbx requests", 32)
	if err != nil {
		return nil, err
	}
	if err := s.openSubjects(settings, key); err != nil {
		return nil, err
	}
	s.requests = idempotency.New(s.store, idempotency.Options{Key: hashing, Logger: s.log})
	holds := hold.New(s.store, hold.Options{})
	panel, err := editor.New(editor.Config{
		Organizations: organizations, Members: people, Resources: resources, Deployer: s.deployer, Calls: s.calls,
		Trail:         trail,
		APIKeys:       keys,
		Webhooks:      s.webhooks,
		Subjects:      s.subjects,
		Holds:         holds,
		ExportShapes:  httpapi.ExportShapes(),
		Guard:         limits,
		AdminUsername: settings.AdminUsername, AdminPassword: admin, DeployWait: settings.DeployWait, Logger: s.log,
	})
	if err != nil {
		return nil, err
	}
	s.handler, err = httpapi.New(httpapi.Config{
		Organizations:  organizations,
		Members:        people,
		Resources:      resources,
		Deployer:       s.deployer,
		Fallback:       panel,
		Guard:          limits,
		Calls:          s.calls,
		Trail:          trail,
		APIKeys:        keys,
		Holds:          holds,
		Subjects:       s.subjects,
		Idempotency:    s.requests,
		Webhooks:       s.webhooks,
		AdminUsername:  settings.AdminUsername,
		AdminPassword:  admin,
		AllowedOrigins: settings.CORSOrigins,
		DeployWait:     settings.DeployWait,
		Ready:          s.store.Ping,
		Logger:         s.log,
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

// openSubjects makes what works requests of data subjects off. Numbers are hashed with
// a key of the sealing key, so servers on one database hash alike.
func (s *server) openSubjects(settings Settings, key []byte) error {
	hashing, err := hkdf.Key(sha256.New, key, nil, "orgpbx data subjects", 32)
	if err != nil {
		return err
	}
	options := subject.Options{Key: hashing, Logger: s.log, Recordings: s.calls.Recordings()}
	if err := settings.seen(&options); err != nil {
		return err
	}
	s.subjects = subject.New(s.store, options)
	return nil
}

// openPBX returns the PBX of the settings.
func (s *server) openPBX(ctx context.Context, settings Settings) (resource.PBX, error) {
	if settings.PBX == "none" {
		return resource.NoPBX{}, nil
	}
	if settings.PBX == "live" {
		return s.openLive(settings)
	}
	return s.openFiles(ctx, settings)
}

func (s *server) openFiles(ctx context.Context, settings Settings) (resource.PBX, error) {
	config := confdir.Config{Dir: settings.AsteriskDir, Logger: s.log}
	if settings.RecordingsDir != "" {
		config.RecordingsDir = absolute(settings.RecordingsDir)
		if err := makeRecordingsDir(config.RecordingsDir); err != nil {
			return nil, fmt.Errorf("ORGPBX_RECORDINGS_DIR: %w", err)
		}
	}
	if len(s.nodes) > 0 {
		config.AMI = s.nodes[0].conn
	}
	pbx, err := confdir.New(config)
	if err != nil {
		return nil, fmt.Errorf("ORGPBX_ASTERISK_DIR, ORGPBX_RECORDINGS_DIR: %w", err)
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
	for _, n := range s.nodes {
		// Not ctx: the last deploys still need the connection.
		if err := n.conn.Start(context.WithoutCancel(ctx)); err != nil {
			return fmt.Errorf("%s: %w", n.setting, err)
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
	group.Go(func() error { return s.calls.Run(ctx) })
	for _, feed := range s.feeds {
		group.Go(func() error { return feed.Run(ctx) })
	}
	group.Go(func() error { return s.webhooks.Run(ctx) })
	group.Go(func() error { return s.requests.Run(ctx) })
	group.Go(func() error { return s.subjects.Run(ctx) })
	group.Go(func() error { return web.Serve(s.listener) })
	for _, n := range s.nodes {
		if n.pbx != nil {
			group.Go(func() error { return preparation{s, n}.watch(ctx) })
		}
	}
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
	for _, n := range s.nodes {
		_ = n.conn.Close()
	}
	if s.store != nil {
		_ = s.store.Close()
	}
	if s.listener != nil {
		_ = s.listener.Close()
	}
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
