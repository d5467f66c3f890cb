package live

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/asterisk/confdir"
	"github.com/orgpbx/orgpbx/internal/keylock"
	"github.com/orgpbx/orgpbx/resource"
)

// Config says how to reach Asterisk.
type Config struct {
	// AMI is the connection. An [*ami.Conn] is one; it must be started.
	AMI confdir.AMI
	// Folder is the folder of the generated files inside of Asterisk's
	// configuration folder, "orgpbx" when empty. It must exist: AMI makes files
	// and no folders.
	Folder string
	// SoundsDir is the folder in Asterisk that holds the prompts: the shipped
	// ones, which AMI cannot bring there, in "orgpbx", others in "custom" and in
	// folders named for a context prefix. The default is that of Asterisk's own
	// sounds. A prompt that is not there is replaced by one of Asterisk's.
	SoundsDir string
	// RecordingsDir is the folder in Asterisk where calls are recorded, each
	// organisation's in a folder named for its context prefix. The default is
	// Asterisk's own folder of monitored calls.
	RecordingsDir string
	// Resolver finds the addresses of a trunk's host name; the system's when
	// nil. Asterisk is given addresses alone, because it would look a name up
	// again for every call that comes in.
	Resolver Resolver
	// VerifyTimeout is how long Asterisk may take to show what it was given,
	// before it counts as rejected; 2 seconds when 0.
	VerifyTimeout time.Duration
	// Logger gets what an operator must know; nothing is logged when nil.
	Logger *slog.Logger
}

// Resolver looks host names up; [*net.Resolver] is one.
type Resolver interface {
	// LookupNetIP returns the addresses of a host; network is "ip".
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// PBX is a [resource.PBX] that changes a running Asterisk over AMI alone. It is
// safe for concurrent use. Several processes may share one Asterisk as long as
// only one changes an organisation at a time.
type PBX struct {
	console       console
	inspector     *confdir.Inspector
	folder        string
	resolver      Resolver
	verifyTimeout time.Duration
	log           *slog.Logger

	id            string // tells this process from others, in the names of drafts
	baseDialplan  []asterisk.Section
	baseVersion   string
	organizations keylock.Set
	memory        memory
	base          turn
	preparing     turn
	modules       map[string]*module // by configuration file
	prepared      atomic.Bool        // a preflight found nothing wrong
	endpoints     atomic.Int64       // about: counted by a preflight, and what was added since
}

var _ resource.PBX = (*PBX)(nil)

var (
	folderPattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$`)
	prefixPattern = regexp.MustCompile(`^[a-z][a-z0-9]{3,31}$`)
)

// New checks the configuration. It does not talk to Asterisk.
func New(cfg Config) (*PBX, error) {
	if cfg.AMI == nil {
		return nil, errors.New("live: AMI must be set")
	}
	if cfg.VerifyTimeout < 0 {
		return nil, errors.New("live: VerifyTimeout is negative")
	}
	if cfg.Folder == "" {
		cfg.Folder = "orgpbx"
	}
	if !folderPattern.MatchString(cfg.Folder) {
		return nil, errors.New("live: Folder must be the name of a folder in Asterisk's own, of letters, digits and _.-")
	}
	// The organisations' files are included by Asterisk's own, so Dir leads nowhere.
	dialplan, err := baseSections(asterisk.BaseOptions{Dir: "/", SoundsDir: cfg.SoundsDir, RecordingsDir: cfg.RecordingsDir})
	if err != nil {
		return nil, fmt.Errorf("live: base dialplan: %w", err)
	}
	if cfg.Resolver == nil {
		cfg.Resolver = net.DefaultResolver
	}
	if cfg.VerifyTimeout == 0 {
		cfg.VerifyTimeout = 2 * time.Second
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	p := &PBX{
		console:       console{cfg.AMI},
		inspector:     confdir.NewInspector(cfg.AMI),
		folder:        cfg.Folder,
		resolver:      cfg.Resolver,
		verifyTimeout: cfg.VerifyTimeout,
		log:           cfg.Logger,
		id:            strings.ToLower(rand.Text()[:8]),
		baseDialplan:  dialplan,
		baseVersion:   versionOf(dialplan[:len(dialplan)-1]),
		memory:        memory{known: map[string]remembered{}},
		base:          newTurn(),
		preparing:     newTurn(),
		modules:       map[string]*module{},
	}
	for _, file := range files() {
		p.modules[file] = newModule(func(ctx context.Context, part string) error { return p.load(ctx, file, part) })
	}
	return p, nil
}

// Plan returns what Apply would change, compared with what Asterisk has in its
// database and files and with what it is running.
func (p *PBX) Plan(ctx context.Context, s resource.Snapshot) ([]resource.Change, error) {
	changes, err := p.plan(ctx, asterisk.Render(s))
	if err != nil {
		return nil, fmt.Errorf("plan for Asterisk: %w", err)
	}
	return changes, nil
}

// Apply makes Asterisk obey the snapshot; see [resource.PBX]. Where Asterisk is
// not set up for it the error is a [*NotPreparedError]. It looks at what it
// changed; only when there is nothing to change does it look at what Asterisk
// is running of all the rest, as Plan does.
func (p *PBX) Apply(ctx context.Context, s resource.Snapshot) ([]resource.Change, error) {
	changes, err := p.converge(ctx, asterisk.Render(s))
	if err != nil {
		return nil, fmt.Errorf("apply to Asterisk: %w", err)
	}
	return changes, nil
}

// Remove takes everything of an organisation out of Asterisk, and what its phones
// have switched by feature codes. AMI cannot delete
// files, so empty ones remain; global variables cannot be taken out of a
// running Asterisk and are emptied. The registrations of its phones run out by
// themselves, and lead nowhere until then.
func (p *PBX) Remove(ctx context.Context, contextPrefix string) ([]resource.Change, error) {
	changes, err := p.converge(ctx, asterisk.Config{Prefix: contextPrefix})
	if err == nil {
		err = p.forgetSwitches(ctx, contextPrefix)
	}
	if err != nil {
		return nil, fmt.Errorf("remove from Asterisk: %w", err)
	}
	return changes, nil
}

func (p *PBX) plan(ctx context.Context, want asterisk.Config) ([]resource.Change, error) {
	c, err := p.compare(ctx, want, true)
	if err != nil {
		return nil, err
	}
	if err := c.findDrift(ctx); err != nil {
		return nil, err
	}
	return c.changes, nil
}

// converge makes Asterisk obey a configuration and returns what was done.
func (p *PBX) converge(ctx context.Context, want asterisk.Config) ([]resource.Change, error) {
	unlock, err := p.organizations.Lock(ctx, want.Prefix)
	if err != nil {
		return nil, waited(err)
	}
	defer unlock()
	if err := p.prepare(ctx); err != nil {
		return nil, err
	}
	c, err := p.compare(ctx, want, false)
	if err != nil {
		return nil, err
	}
	if c.nothing() {
		if c, err = p.compare(ctx, want, true); err != nil {
			return nil, err
		}
		if err := c.findDrift(ctx); err != nil || c.nothing() {
			return nil, err
		}
	}
	err = c.run(ctx)
	if refusal(err) != "" {
		// Asterisk has not what its note says. By now it was looked at.
		if c, err = p.compare(ctx, want, true); err != nil {
			return nil, err
		}
		err = c.run(ctx)
	}
	if err != nil {
		p.prepared.Store(false) // Asterisk may have been set up otherwise since
		return nil, err
	}
	return c.changes, nil
}
