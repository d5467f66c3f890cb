package confdir

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/resource"
)

// extensions is the file whose global variables can be set without a reload.
const extensions = "extensions"

// busyTimeout is how long a reload waits for one that somebody else started.
const busyTimeout = time.Minute

// activate has Asterisk load what changed on the way from one state to
// another, and returns nil once it has seen it there. It returns a
// [*resource.RejectedError] when an object does not become what it should be.
func (c *change) activate(ctx context.Context, from, to state) error {
	if !c.online() {
		return nil
	}
	expected := expectations(from.Config, to.Config, c.suspect)
	touched := c.touched()
	if c.hot(from, to) {
		delete(touched, extensions)
		if err := c.setGlobals(ctx, expected); err != nil {
			return err
		}
	}
	// An Asterisk that is asked to reload while it reloads may say yes and do
	// nothing, so what is missing is asked for a second time.
	const tries = 2
	for try := 1; ; try++ {
		if err := c.reload(ctx, touched, expected); err != nil {
			return err
		}
		found, err := c.await(ctx, expected, c.verifyTimeout/tries)
		if err != nil || found == nil {
			return err
		}
		if try == tries {
			return found.rejected()
		}
	}
}

// hot reports whether the dialplan can stay as it is loaded.
func (c *change) hot(from, to state) bool {
	return !c.suspect[extensions] && !c.shared[extensions] && onlyGlobalsDiffer(from.Config, to.Config)
}

// reload reloads the modules of files, one at a time: endpoints before the
// queues and the dialplan that call them.
func (c *change) reload(ctx context.Context, files names, expected []asterisk.Difference) error {
	for _, file := range []string{"voicemail", "pjsip", "queues", extensions} {
		if !files[file] {
			continue
		}
		if err := c.reloadFile(ctx, file, expected); err != nil {
			return err
		}
	}
	if files[extensions] {
		// A reload leaves a global variable that is not in the file any more.
		return c.setGlobals(ctx, deleted(expected))
	}
	return nil
}

func (c *change) reloadFile(ctx context.Context, file string, expected []asterisk.Difference) error {
	err := c.reloadModule(ctx, moduleOf(file))
	concerned := slices.IndexFunc(expected, func(d asterisk.Difference) bool { return d.File == file })
	switch {
	case err == nil:
		return nil
	case refusal(err) == "No such module" && concerned < 0:
		// Only the shared file asked for it, and nobody needs the module.
		c.log.Warn("confdir: Asterisk runs without a module", "module", moduleOf(file))
		return nil
	case refusal(err) == "An unknown error occurred" && concerned >= 0:
		return finding{expected[concerned], "Asterisk could not read the file it is in"}.rejected()
	default:
		return fmt.Errorf("reload %s: %w", moduleOf(file), err)
	}
}

func moduleOf(file string) string {
	switch file {
	case "pjsip":
		return "res_pjsip.so" // auths, AORs, identifies and registrations with it
	case "queues":
		return "app_queue.so"
	case "voicemail":
		return "app_voicemail.so"
	default:
		return "pbx_config.so"
	}
}

// reloadModule reloads a module when Asterisk reloads no other. The action is
// chosen over the console commands because it says so when one is running.
func (p *PBX) reloadModule(ctx context.Context, module string) error {
	deadline := time.Now().Add(busyTimeout)
	for wait := pollFirst; ; wait = min(2*wait, pollMost) {
		start := time.Now()
		_, err := p.console.do(ctx, "Reload", "Module", module)
		if !strings.Contains(refusal(err), "in progress") {
			p.log.Debug("confdir: reload", "module", module, "took", time.Since(start), "error", err)
			return err
		}
		if start.After(deadline) {
			return fmt.Errorf("%w: it is busy with another reload", resource.ErrPBXUnavailable)
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}
