package asterisktest

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// The account that a [FakeAMI] accepts.
const (
	FakeAMIUsername = "orgpbx"
	FakeAMISecret   = "fake-ami-secret"
)

// FakeAMI is a manager interface on a loopback port that speaks like Asterisk
// and can be told to fail like a network. Of its own it answers Login, Ping and
// Logoff; [FakeAMI.Handle] adds actions, all others are answered with an error.
type FakeAMI struct {
	listener net.Listener
	tls      *tls.Config
	client   *tls.Config
	running  sync.WaitGroup

	mu       sync.Mutex
	handlers map[string]func(*FakeAMISession, FakeAMIAction)
	sessions map[*FakeAMISession]bool
	actions  []FakeAMIAction
	secret   string
	attempts int
	logins   int
	down     bool
	booted   bool
}

// FakeAMIOption changes how a [FakeAMI] starts.
type FakeAMIOption func(*FakeAMI)

// FakeAMIWithTLS makes the server speak TLS; see [FakeAMI.ClientTLS].
func FakeAMIWithTLS() FakeAMIOption {
	return func(f *FakeAMI) {
		source := httptest.NewTLSServer(nil) // it has a certificate for 127.0.0.1
		defer source.Close()
		roots := x509.NewCertPool()
		roots.AddCert(source.Certificate())
		f.tls = &tls.Config{Certificates: source.TLS.Certificates}
		f.client = &tls.Config{RootCAs: roots}
	}
}

// FakeAMIBooting makes the server one that is still starting: logins succeed
// but nobody is told FullyBooted before [FakeAMI.Boot].
func FakeAMIBooting() FakeAMIOption {
	return func(f *FakeAMI) { f.booted = false }
}

// NewFakeAMI starts a server that ends with the test.
func NewFakeAMI(t testing.TB, opts ...FakeAMIOption) *FakeAMI {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("fake AMI: %v", err)
	}
	f := &FakeAMI{
		listener: listener,
		sessions: map[*FakeAMISession]bool{},
		secret:   FakeAMISecret,
		booted:   true,
	}
	f.handlers = map[string]func(*FakeAMISession, FakeAMIAction){
		"login":  f.login,
		"ping":   func(s *FakeAMISession, a FakeAMIAction) { s.Reply(a, "Ping: Pong", "Timestamp: 1.000001") },
		"logoff": func(s *FakeAMISession, a FakeAMIAction) { s.respond("Goodbye", a); s.Cut() },
	}
	for _, opt := range opts {
		opt(f)
	}
	f.running.Go(f.accept)
	t.Cleanup(f.close)
	return f
}

// Addr is host:port of the server.
func (f *FakeAMI) Addr() string { return f.listener.Addr().String() }

// ClientTLS trusts the server's certificate; nil without [FakeAMIWithTLS].
func (f *FakeAMI) ClientTLS() *tls.Config { return f.client }

// Handle sets what an action does. The handler runs on the goroutine that reads
// the session, so that a slow one delays the actions behind it, as in Asterisk.
func (f *FakeAMI) Handle(action string, handler func(*FakeAMISession, FakeAMIAction)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.handlers[strings.ToLower(action)] = handler
}

// SetSecret changes the secret that logins need from now on.
func (f *FakeAMI) SetSecret(secret string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.secret = secret
}

// SetDown makes the server hang up on whoever connects, or stop doing so.
func (f *FakeAMI) SetDown(down bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = down
}

// Boot tells every session FullyBooted, and later ones at their login.
func (f *FakeAMI) Boot() {
	f.mu.Lock()
	f.booted = true
	f.mu.Unlock()
	f.Broadcast(fullyBooted...)
}

// Broadcast sends one packet of these lines to everybody who is logged in.
func (f *FakeAMI) Broadcast(lines ...string) {
	for _, s := range f.loggedIn() {
		s.Send(lines...)
	}
}

// Cut closes all connections, as a crash would.
func (f *FakeAMI) Cut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for s := range f.sessions {
		s.Cut()
	}
}

// Attempts returns how many connections were opened so far.
func (f *FakeAMI) Attempts() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.attempts
}

// Logins returns how many logins succeeded so far.
func (f *FakeAMI) Logins() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.logins
}

// Actions returns all actions received so far, in order, Login and Ping too.
func (f *FakeAMI) Actions() []FakeAMIAction {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.actions)
}

func (f *FakeAMI) loggedIn() []*FakeAMISession {
	f.mu.Lock()
	defer f.mu.Unlock()
	var in []*FakeAMISession
	for s, authenticated := range f.sessions {
		if authenticated {
			in = append(in, s)
		}
	}
	return in
}

func (f *FakeAMI) accept() {
	for {
		conn, err := f.listener.Accept()
		if err != nil {
			return
		}
		if f.tls != nil {
			conn = tls.Server(conn, f.tls)
		}
		s := &FakeAMISession{conn: conn}
		if !f.admit(s) {
			_ = conn.Close()
			continue
		}
		f.running.Go(func() {
			s.serve(f)
			f.mu.Lock()
			defer f.mu.Unlock()
			delete(f.sessions, s)
		})
	}
}

func (f *FakeAMI) admit(s *FakeAMISession) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.attempts++
	if !f.down {
		f.sessions[s] = false
	}
	return !f.down
}

func (f *FakeAMI) dispatch(s *FakeAMISession, a FakeAMIAction) {
	f.mu.Lock()
	f.actions = append(f.actions, a)
	handler := f.handlers[strings.ToLower(a.Name)]
	in := f.sessions[s]
	f.mu.Unlock()

	switch {
	case !in && !strings.EqualFold(a.Name, "Login") && !strings.EqualFold(a.Name, "Logoff"):
		s.Refuse(a, "Permission denied")
	case handler == nil:
		s.Refuse(a, "Invalid/unknown command: "+a.Name+". Use Action: ListCommands to show available commands.")
	default:
		handler(s, a)
	}
}

var fullyBooted = []string{"Event: FullyBooted", "Privilege: system,all", "Uptime: 1", "LastReload: 1", "Status: Fully Booted"}

func (f *FakeAMI) login(s *FakeAMISession, a FakeAMIAction) {
	f.mu.Lock()
	ok := a.Get("Username") == FakeAMIUsername && a.Get("Secret") == f.secret
	booted := f.booted
	if ok {
		f.logins++
		f.sessions[s] = true
	}
	f.mu.Unlock()

	if !ok {
		s.Refuse(a, "Authentication failed")
		s.Cut()
		return
	}
	s.Reply(a, "Message: Authentication accepted")
	if booted {
		s.Send(fullyBooted...)
	}
}

func (f *FakeAMI) close() {
	_ = f.listener.Close()
	f.Cut()
	f.running.Wait()
}
