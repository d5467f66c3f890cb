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

// load has Asterisk load a file, or of it only the queue that is named; only a
// [module] calls it.
func (p *PBX) load(ctx context.Context, file, queue string) error {
	if file != "queues" {
		return p.reload(ctx, file)
	}
	if queue != "" {
		_, err := p.console.do(ctx, "QueueReload", "Queue", queue)
		if err == nil {
			return p.touchQueues(ctx)
		}
		if refusal(err) == "" {
			return fmt.Errorf("reload queue %s: %w", queue, err)
		}
	}
	if err := p.touchQueues(ctx); err != nil {
		return err
	}
	return p.reload(ctx, file)
}

// touchQueues has the next reload of queues, whoever asks for it, read the files
// again. Asterisk passes over one when no file changed since it read them, also
// where it took only one queue from them.
func (p *PBX) touchQueues(ctx context.Context) error {
	name := p.path(organizationFile(basePrefix, "queues"))
	if err := p.update(ctx, name, name, nil); err != nil && refusal(err) == "" {
		return err
	}
	return nil // one that is not there is written by who prepares Asterisk
}

// reload has Asterisk load a file. Asterisk drops a reload that is asked for while another one runs, and says so.
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
