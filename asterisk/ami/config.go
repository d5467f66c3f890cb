package ami

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"
)

// Config says where to connect and as whom. Durations left zero take the
// default named beside them; negative ones are refused. It prints without its
// secret.
type Config struct {
	// Addr is host:port of the manager, usually port 5038, or 5039 with TLS.
	Addr string
	// Username is a section of manager.conf. It needs read=system, without
	// which Asterisk tells nobody that it has booted, and write rights for
	// what the actions do.
	Username string
	// Secret goes over the wire as it stands: use TLS beyond the own host.
	Secret string `json:"-"`
	// TLS nil means plain TCP.
	TLS *tls.Config `json:"-"`
	// Logger nil means silence.
	Logger *slog.Logger `json:"-"`

	// OnEvent receives every event that is no list item, in the order
	// Asterisk sent them and one at a time, across reconnects; nil asks
	// Asterisk for none. A slow handler delays events, it neither loses them
	// nor holds up responses: they wait in memory without a bound, see
	// [Conn.Backlog]. It may call [Conn.Do] and must not call [Conn.Close].
	// Each connection brings one FullyBooted event, as its first unless
	// Asterisk is still starting: what happened while there was no connection
	// has to be asked for.
	OnEvent func(Event) `json:"-"`
	// Events are the classes of events that OnEvent gets, separated by commas,
	// such as "system,cdr"; all that the user may read when empty.
	Events string

	// OnReady is called each time actions can be sent again, after the first
	// login and after each loss of the connection. It must not block.
	OnReady func() `json:"-"`

	DialTimeout   time.Duration // to connect, with TLS handshake; 10 s
	LoginTimeout  time.Duration // for the greeting, and again for the login; 10 s
	WriteTimeout  time.Duration // for Asterisk to take one action; 10 s
	ActionTimeout time.Duration // for actions whose context has no deadline; 5 min
	PingInterval  time.Duration // silence after which an idle connection is tested; 15 s
	PingTimeout   time.Duration // for the answer to that test; 10 s

	// RetryMin and RetryMax bound the exponential back-off between attempts
	// to connect, 500 ms and 30 s. Each wait is jittered by up to half.
	RetryMin, RetryMax time.Duration
	// AuthRetry is the wait after refused credentials: slow, so as not to be
	// taken for an attack, but manager.conf may be mended meanwhile; 1 min.
	AuthRetry time.Duration
}

// withDefaults returns the configuration to work with or what is wrong with it.
func (c Config) withDefaults() (*Config, error) {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	durations := []struct {
		name  string
		value *time.Duration
		unset time.Duration
	}{
		{"DialTimeout", &c.DialTimeout, 10 * time.Second},
		{"LoginTimeout", &c.LoginTimeout, 10 * time.Second},
		{"WriteTimeout", &c.WriteTimeout, 10 * time.Second},
		{"ActionTimeout", &c.ActionTimeout, 5 * time.Minute},
		{"PingInterval", &c.PingInterval, 15 * time.Second},
		{"PingTimeout", &c.PingTimeout, 10 * time.Second},
		{"RetryMin", &c.RetryMin, 500 * time.Millisecond},
		{"RetryMax", &c.RetryMax, 30 * time.Second},
		{"AuthRetry", &c.AuthRetry, time.Minute},
	}
	for _, d := range durations {
		if *d.value < 0 {
			return nil, fmt.Errorf("ami: config: %s is negative", d.name)
		}
		if *d.value == 0 {
			*d.value = d.unset
		}
	}
	return &c, c.validate()
}

func (c Config) validate() error {
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return fmt.Errorf("ami: config: Addr: %w", err)
	}
	if c.Username == "" || c.Secret == "" {
		return errors.New("ami: config: Username and Secret must be set")
	}
	if c.RetryMin > c.RetryMax {
		return errors.New("ami: config: RetryMin is larger than RetryMax")
	}
	if err := c.login().validate(); err != nil {
		return fmt.Errorf("ami: config: %w", err)
	}
	return nil
}

// login is the action that authenticates. Without a handler it asks for the
// system events alone, FullyBooted being one of them.
func (c Config) login() Action {
	events := c.Events
	if events == "" {
		events = "on"
	}
	if c.OnEvent == nil {
		events = "system"
	}
	return Action{Name: "Login", Fields: []Field{
		{"Username", c.Username}, {"Secret", c.Secret}, {"Events", events},
	}}
}

// String shows address and user, never the secret.
func (c Config) String() string {
	return fmt.Sprintf("ami.Config{%s@%s tls=%t secret=[redacted]}", c.Username, c.Addr, c.TLS != nil)
}

// GoString is String, so that %#v does not show the secret either.
func (c Config) GoString() string { return c.String() }

// Format prints String for every verb: %d or %x would walk the fields.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue is String for slog.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }
