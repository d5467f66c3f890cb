package editor

import (
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/orgpbx/orgpbx/httpapi/guard"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/apikey"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/deploy"
	"github.com/orgpbx/orgpbx/resource/subject"
	"github.com/orgpbx/orgpbx/resource/webhook"
)

// Config is what an [Editor] is made of. The six services are required.
type Config struct {
	// Prefix is the path the Editor is mounted under, such as "/panel"; the root
	// of the host when empty.
	Prefix string

	Organizations *org.Service
	Members       *member.Service
	Resources     *resource.Service
	Deployer      *deploy.Service
	Calls         *cdr.Service
	Trail         *audit.Service

	// APIKeys and Webhooks bring a screen each; there is none where one is nil.
	APIKeys  *apikey.Service
	Webhooks *webhook.Service

	// Subjects brings the screen of what data subjects ask, and Holds that of legal
	// holds; there is none where one is nil.
	Subjects *subject.Service
	Holds    *hold.Service
	// ExportShapes show calls in the exports of Subjects: httpapi.ExportShapes(), so
	// that they are those of the API.
	ExportShapes subject.Shapes

	// AdminUsername and AdminPassword are the platform administrator's. With an
	// empty password there is no administrator.
	AdminUsername string
	AdminPassword org.Secret

	// Guard limits how often somebody may call and try passwords; one with its
	// defaults when nil. Give the API the same one.
	Guard *guard.Guard

	// DeployWait is how long a page waits for the deploy of what was saved; 5
	// seconds when 0. The change is made either way.
	DeployWait time.Duration
	// Logger gets every unforeseen error; nothing is logged when nil.
	Logger *slog.Logger
}

func (c Config) withDefaults() Config {
	c.Prefix = strings.TrimSuffix(c.Prefix, "/")
	if c.DeployWait == 0 {
		c.DeployWait = 5 * time.Second
	}
	if c.Guard == nil {
		c.Guard = guard.New(guard.Config{})
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

func (c Config) validate() error {
	switch {
	case c.Organizations == nil:
		return errors.New("editor: Config.Organizations is missing")
	case c.Members == nil:
		return errors.New("editor: Config.Members is missing")
	case c.Resources == nil:
		return errors.New("editor: Config.Resources is missing")
	case c.Deployer == nil:
		return errors.New("editor: Config.Deployer is missing")
	case c.Calls == nil:
		return errors.New("editor: Config.Calls is missing")
	case c.Trail == nil:
		return errors.New("editor: Config.Trail is missing")
	case c.Subjects != nil && (c.ExportShapes.Call == nil || c.ExportShapes.Evidence == nil):
		return errors.New("editor: Config.ExportShapes is missing")
	case c.AdminPassword != "" && c.AdminUsername == "":
		return errors.New("editor: Config.AdminUsername is missing")
	case c.Prefix != "" && !strings.HasPrefix(c.Prefix, "/"), strings.ContainsAny(c.Prefix, "{}? #"):
		return errors.New("editor: Config.Prefix must be a path that starts with a slash")
	case c.DeployWait < 0:
		return errors.New("editor: Config.DeployWait must not be negative")
	}
	return nil
}
