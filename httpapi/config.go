package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/orgpbx/orgpbx/httpapi/guard"
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
)

// Config is what an [API] is made of. The services are required.
type Config struct {
	Organizations *org.Service
	Members       *member.Service
	Resources     *resource.Service
	Deployer      *deploy.Service
	Calls         *cdr.Service
	Trail         *audit.Service
	Webhooks      *webhook.Service
	APIKeys       *apikey.Service
	Holds         *hold.Service
	// Subjects takes the requests of data subjects; its Run works them off.
	Subjects *subject.Service
	// Idempotency knows the keys of requests; its Run removes old ones.
	Idempotency *idempotency.Service

	// AdminUsername and AdminPassword are the platform administrator's. With
	// an empty password there is no administrator: nobody can sign in as one,
	// and sessions opened earlier are refused.
	AdminUsername string
	AdminPassword org.Secret

	// Fallback answers whatever is no path of the API and not under /api/, such
	// as the Editor at the root; a 404 problem when nil.
	Fallback http.Handler

	// Ready returns nil when the server can do its work, for /readyz; always
	// ready when nil. It gets 2 seconds.
	Ready func(ctx context.Context) error
	// Metrics is where the request metrics are registered and what /metrics
	// shows; a registry of its own when nil.
	Metrics *prometheus.Registry
	// Logger gets one line a request and every unforeseen error; nothing is
	// logged when nil.
	Logger *slog.Logger

	// Guard limits how often somebody may call and try passwords, and knows which
	// proxies to believe; one with its defaults when nil. Give the Editor the
	// same one.
	Guard *guard.Guard

	// AllowedOrigins are the pages of other servers that may use the API in a
	// browser, such as "https://panel.example.com"; none when empty. See
	// [CheckOrigin].
	AllowedOrigins []string

	// MaxBody is the largest request body in bytes; 1 MiB when 0.
	MaxBody int64
	// DeployWait is how long a write waits for its deploy; 5 seconds when 0.
	DeployWait time.Duration
}

func (c Config) withDefaults() Config {
	if c.Metrics == nil {
		c.Metrics = prometheus.NewRegistry()
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Ready == nil {
		c.Ready = func(context.Context) error { return nil }
	}
	if c.Guard == nil {
		c.Guard = guard.New(guard.Config{})
	}
	if c.MaxBody == 0 {
		c.MaxBody = 1 << 20
	}
	if c.DeployWait == 0 {
		c.DeployWait = 5 * time.Second
	}
	return c
}

func (c Config) validate() error {
	switch {
	case c.Organizations == nil:
		return errors.New("httpapi: Config.Organizations is missing")
	case c.Members == nil:
		return errors.New("httpapi: Config.Members is missing")
	case c.Resources == nil:
		return errors.New("httpapi: Config.Resources is missing")
	case c.Deployer == nil:
		return errors.New("httpapi: Config.Deployer is missing")
	case c.Calls == nil:
		return errors.New("httpapi: Config.Calls is missing")
	case c.Trail == nil:
		return errors.New("httpapi: Config.Trail is missing")
	case c.Webhooks == nil:
		return errors.New("httpapi: Config.Webhooks is missing")
	case c.Holds == nil:
		return errors.New("httpapi: Config.Holds is missing")
	case c.Subjects == nil:
		return errors.New("httpapi: Config.Subjects is missing")
	case c.APIKeys == nil:
		return errors.New("httpapi: Config.APIKeys is missing")
	case c.Idempotency == nil:
		return errors.New("httpapi: Config.Idempotency is missing")
	case c.AdminPassword != "" && c.AdminUsername == "":
		return errors.New("httpapi: Config.AdminUsername is missing")
	case strings.Contains(c.AdminUsername, ":"):
		return errors.New("httpapi: Config.AdminUsername must not contain a colon: HTTP Basic cannot carry it")
	case c.MaxBody < 0 || c.DeployWait < 0:
		return errors.New("httpapi: Config.MaxBody and Config.DeployWait must not be negative")
	}
	for _, origin := range c.AllowedOrigins {
		if err := CheckOrigin(origin); err != nil {
			return fmt.Errorf("httpapi: Config.AllowedOrigins: %w", err)
		}
	}
	return nil
}
