package webhook_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/internal/backends"
	"github.com/orgpbx/orgpbx/internal/postgrestest"
	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/event"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/webhook"
	"github.com/orgpbx/orgpbx/store"
	"github.com/orgpbx/orgpbx/store/memstore"
)

const patience = 60 * time.Second

// onEach runs a test on each kind of store.
func onEach(t *testing.T, test func(t *testing.T, db store.Store)) {
	t.Helper()
	backends.Each(t, os.Getenv(postgrestest.Variable), test)
}

func memory(testing.TB) store.Store { return memstore.New() }

// clock is a time that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Now().UTC().Truncate(time.Millisecond)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// message is a request that a receiver got.
type message struct {
	header http.Header
	body   []byte
}

func (m message) id() string { return m.header.Get("webhook-id") }

// verify checks the signature as a receiver does.
func (m message) verify(t testing.TB, secret org.Secret) error {
	verifier, err := standardwebhooks.NewWebhook(secret.Reveal())
	require.NoError(t, err)
	return verifier.VerifyIgnoringTimestamp(m.body, m.header)
}

// receiver is a real HTTPS server that hands on what it gets.
type receiver struct {
	*httptest.Server
	got chan message

	mu     sync.Mutex
	answer func(http.ResponseWriter, *http.Request)
}

func newReceiver(t testing.TB) *receiver {
	r := &receiver{got: make(chan message, 10000)}
	r.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		r.mu.Lock()
		answer := r.answer
		r.mu.Unlock()
		r.got <- message{request.Header, body}
		if answer != nil {
			answer(w, request)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) answers(answer func(http.ResponseWriter, *http.Request)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

func (r *receiver) answersStatus(status int) {
	r.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
}

func (r *receiver) next(t testing.TB) message {
	t.Helper()
	select {
	case m := <-r.got:
		return m
	case <-time.After(patience):
		t.Fatal("nothing was received")
		return message{}
	}
}

// stand is an organisation with a service.
type stand struct {
	*webhook.Service
	db    store.Store
	o     org.Organization
	clock *clock
}

func options(receivers ...*receiver) webhook.Options {
	sealer, err := org.NewSealer(make([]byte, 32))
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	for _, r := range receivers {
		roots.AddCert(r.Certificate())
	}
	return webhook.Options{
		Sealer: sealer, AllowPrivate: true, TLS: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		Timeout: patience, Poll: 10 * time.Millisecond,
	}
}

func newStand(t testing.TB, db store.Store, opts webhook.Options) *stand {
	t.Helper()
	s := &stand{db: db, clock: newClock()}
	opts.Now = s.clock.Now
	s.Service = webhook.New(db, opts)
	s.o = newOrganization(t, db)
	return s
}

func newOrganization(t testing.TB, db store.Store) org.Organization {
	t.Helper()
	orgs := org.New(db, org.Options{})
	profile, err := orgs.Draft(org.General)
	require.NoError(t, err)
	name, err := org.NewName(nil, 10)
	require.NoError(t, err)
	profile.Name = "Delta " + name
	profile.Settings.WebhookEnabled = true
	profile.Settings.MaxUsers = limits.Unlimited()
	o, _, err := orgs.Create(t.Context(), profile)
	require.NoError(t, err)
	return o
}

// hook sets a webhook up that leads to a receiver.
func (s *stand) hook(t testing.TB, r *receiver) (webhook.Webhook, org.Secret) {
	t.Helper()
	w, secret, err := s.Create(t.Context(), s.o.ID, webhook.Webhook{URL: r.URL, Events: event.Types(), Enabled: true})
	require.NoError(t, err)
	return w, secret
}

// happen makes one event, by a real change: a user is added.
func (s *stand) happen(t testing.TB) resource.User {
	t.Helper()
	users, err := s.db.Counts(t.Context(), s.o.ID)
	require.NoError(t, err)
	u := resource.UserDefaults()
	u.Extension = extension(users[limits.Users])
	u, _, err = resource.New(s.db, resource.Options{}).Users().Create(t.Context(), s.o.ID, u)
	require.NoError(t, err)
	return u
}

func extension(n int) string {
	digits := []byte("100000")
	for i := 5; i > 0; i-- {
		digits[i] = byte('0' + n%10)
		n /= 10
	}
	return string(digits)
}

// run runs the service until the test ends, or stop is called.
func (s *stand) run(t testing.TB) (stop func()) { return run(t, s.Service) }

func run(t testing.TB, service *webhook.Service) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = service.Run(ctx)
	}()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

// become waits until the newest delivery of a webhook is in a state, with so
// many attempts.
func (s *stand) become(t testing.TB, w webhook.Webhook, state webhook.State, attempts int) webhook.Delivery {
	t.Helper()
	var d webhook.Delivery
	require.Eventually(t, func() bool {
		list, err := s.Deliveries(t.Context(), s.o.ID, w.ID, "", org.Page{Limit: 1})
		if err != nil || len(list) == 0 {
			return false
		}
		d = list[0]
		return d.State == state && d.Attempts == attempts
	}, patience, 10*time.Millisecond)
	return d
}
