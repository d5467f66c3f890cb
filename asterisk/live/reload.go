package live

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/orgpbx/orgpbx/resource"
)

const (
	// busyTimeout is how long a reload waits for one that somebody else started.
	busyTimeout = time.Minute
	busyPoll    = 20 * time.Millisecond
)

func moduleOf(file string) string {
	switch file {
	case "queues":
		return "app_queue.so"
	case "voicemail":
		return "app_voicemail.so"
	default:
		return "pbx_config.so"
	}
}

// reload has Asterisk load a file; only a [module] calls it. Asterisk drops a
// reload that is asked for while another one runs, and says so.
func (p *PBX) reload(ctx context.Context, file string) error {
	deadline := time.Now().Add(busyTimeout)
	for {
		_, err := p.console.do(ctx, "Reload", "Module", moduleOf(file))
		if !strings.Contains(refusal(err), "in progress") {
			if err != nil {
				return fmt.Errorf("reload %s: %w", moduleOf(file), err)
			}
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%w: it is busy with another reload", resource.ErrPBXUnavailable)
		}
		if err := pause(ctx, busyPoll); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return waited(ctx.Err())
	}
}
