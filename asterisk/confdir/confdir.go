package confdir

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"path/filepath"
	"regexp"
	"time"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/resource"
)

// Config says where the files go and how to reach the Asterisk that reads them.
type Config struct {
	// Dir is the folder of the files. It is made where it is missing, and
	// belongs to this package alone.
	Dir string
	// DirInAsterisk is the path of the same folder as Asterisk sees it, which
	// differs where Asterisk runs in a container. The default is the absolute
	// path of Dir.
	DirInAsterisk string
	// RecordingsDir is where Asterisk records calls, as Asterisk sees it: each
	// organisation's in a folder named for its context prefix, which Asterisk
	// makes. The default is Asterisk's own folder of monitored calls.
	RecordingsDir string
	// AMI is how to reload and to look at what was loaded. A reload of many
	// endpoints takes seconds, in which Asterisk answers nothing else on the
	// same connection, so it should have one of its own. When nil, files are
	// written and that is all: somebody else has to reload.
	AMI AMI
	// VerifyTimeout is how long after a reload Asterisk may take to show its
	// new objects, before they count as rejected; 2 seconds when 0. After half
	// of it the reload is repeated.
	VerifyTimeout time.Duration
	// Logger gets what an operator must know; nothing is logged when nil.
	Logger *slog.Logger
}

// PBX is a [resource.PBX] that writes files and reloads modules. It is safe for
// concurrent use, also by several processes with the same folder.
type PBX struct {
	dir           string
	base          []asterisk.BaseFile // what all organisations share
	prompts       map[string][]byte   // what they hear, by path
	console       console
	verifyTimeout time.Duration
	log           *slog.Logger
	turn          chan struct{} // has room for the one who changes something
}

var (
	_ resource.PBX       = (*PBX)(nil)
	_ resource.Explainer = (*PBX)(nil)
)

// New checks the configuration. It touches neither disk nor Asterisk.
func New(cfg Config) (*PBX, error) {
	if cfg.Dir == "" {
		return nil, errors.New("confdir: Dir must be set")
	}
	if cfg.VerifyTimeout < 0 {
		return nil, errors.New("confdir: VerifyTimeout is negative")
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("confdir: Dir: %w", err)
	}
	if cfg.DirInAsterisk == "" {
		cfg.DirInAsterisk = dir
	}
	base, err := asterisk.BaseFiles(asterisk.BaseOptions{
		Dir:           cfg.DirInAsterisk,
		SoundsDir:     path.Join(cfg.DirInAsterisk, soundsFolder),
		RecordingsDir: cfg.RecordingsDir,
	})
	if err != nil {
		return nil, fmt.Errorf("confdir: DirInAsterisk, RecordingsDir: %w", err)
	}
	prompts, err := promptFiles()
	if err != nil {
		return nil, fmt.Errorf("confdir: prompts: %w", err)
	}
	if cfg.VerifyTimeout == 0 {
		cfg.VerifyTimeout = 2 * time.Second
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &PBX{
		dir:           dir,
		base:          base,
		prompts:       prompts,
		console:       console{cfg.AMI},
		verifyTimeout: cfg.VerifyTimeout,
		log:           cfg.Logger,
		turn:          make(chan struct{}, 1),
	}, nil
}

// Prepare writes the files that all organisations share, where they are not
// there as they should be. Asterisk's own files include them, so call it once
// before Asterisk starts. Apply and Remove do the same, and load them.
func (p *PBX) Prepare(ctx context.Context) error {
	f, err := openFolder(p.dir)
	if err != nil {
		return fmt.Errorf("prepare the configuration folder: %w", err)
	}
	defer p.close(f)
	unlock, err := p.lock(ctx, f)
	if err != nil {
		return fmt.Errorf("prepare the configuration folder: %w", err)
	}
	defer unlock()
	if err := p.writeShared(f); err != nil {
		return fmt.Errorf("prepare the configuration folder: %w", err)
	}
	return nil
}

// Apply makes Asterisk obey the snapshot; see [resource.PBX]. What is at fault
// with the disk or with the AMI user's rights comes back as it is.
func (p *PBX) Apply(ctx context.Context, s resource.Snapshot) ([]resource.Change, error) {
	changes, err := p.converge(ctx, asterisk.Render(s))
	if err != nil {
		return nil, fmt.Errorf("apply to Asterisk: %w", err)
	}
	return changes, nil
}

// Remove takes everything of an organisation out of Asterisk, and what its phones
// have switched by feature codes. Global variables
// of a running Asterisk cannot be taken out, so they are emptied.
func (p *PBX) Remove(ctx context.Context, contextPrefix string) ([]resource.Change, error) {
	changes, err := p.converge(ctx, asterisk.Config{Prefix: contextPrefix})
	if err == nil && p.online() {
		err = ForgetSwitches(ctx, p.console.ami, contextPrefix)
	}
	if err != nil {
		return nil, fmt.Errorf("remove from Asterisk: %w", err)
	}
	return changes, nil
}

// Plan returns what Apply would change, also where Asterisk lost or altered
// something behind our back. It waits for nobody, so while an Apply of the same
// organisation runs it may be out of date at once.
func (p *PBX) Plan(ctx context.Context, s resource.Snapshot) ([]resource.Change, error) {
	changes, err := p.plan(ctx, asterisk.Render(s))
	if err != nil {
		return nil, fmt.Errorf("plan for Asterisk: %w", err)
	}
	return changes, nil
}

// Explain is Plan with the settings of each object. Of drift they are not known.
func (p *PBX) Explain(ctx context.Context, s resource.Snapshot) ([]resource.ObjectChange, error) {
	changes, err := p.explain(ctx, asterisk.Render(s))
	if err != nil {
		return nil, fmt.Errorf("plan for Asterisk: %w", err)
	}
	return changes, nil
}

// online reports whether there is an Asterisk to talk to at all.
func (p *PBX) online() bool { return p.console.ami != nil }

func (p *PBX) close(f folder) {
	if err := f.Close(); err != nil {
		p.log.Warn("confdir: close the folder", "error", err)
	}
}

var prefixPattern = regexp.MustCompile(`^[a-z][a-z0-9]{3,31}$`)

// checkPrefix keeps what becomes part of a file name to what it can be.
func checkPrefix(prefix string) error {
	if !prefixPattern.MatchString(prefix) {
		return fmt.Errorf("%q is not a context prefix", prefix)
	}
	return nil
}
