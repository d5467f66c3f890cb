package confdir

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/resource"
)

// undoTimeout bounds going back, which is done also for a caller who is gone.
const undoTimeout = 30 * time.Second

// change is one organisation on its way from one state to another.
type change struct {
	*PBX
	folder folder
	// have is what Asterisk should be obeying now, and want what it shall obey.
	have, want state
	// suspect are the files of which Asterisk may have any version.
	suspect names
	// shared are the files to reload for the sake of all organisations.
	shared names
}

// converge makes Asterisk obey a configuration and returns what was done for it.
func (p *PBX) converge(ctx context.Context, want asterisk.Config) ([]resource.Change, error) {
	if err := checkPrefix(want.Prefix); err != nil {
		return nil, err
	}
	f, err := openFolder(p.dir)
	if err != nil {
		return nil, err
	}
	defer p.close(f)
	unlock, err := p.lock(ctx, f)
	if err != nil {
		return nil, err
	}
	defer unlock()
	c, err := p.begin(f, want)
	if err != nil {
		return nil, err
	}
	return c.run(ctx)
}

// begin is load with the shared files brought up to date.
func (p *PBX) begin(f folder, want asterisk.Config) (*change, error) {
	if err := p.writeShared(f); err != nil {
		return nil, err
	}
	c, err := p.load(f, want)
	if err != nil {
		return nil, err
	}
	waiting, err := waitingForReload(f)
	c.shared = namesOf(waiting)
	return c, err
}

// load finds out where the organisation stands.
func (p *PBX) load(f folder, want asterisk.Config) (*change, error) {
	c := &change{PBX: p, folder: f, want: wanted(want), suspect: names{}}
	record, err := readUndo(f, want.Prefix)
	if err != nil {
		return nil, err
	}
	if record != nil {
		c.have = p.parsed(want.Prefix, record.Text)
		c.suspect.add(record.Files)
		return c, nil
	}
	text, err := onDisk(f, want.Prefix)
	if err != nil {
		return nil, err
	}
	c.have = p.parsed(want.Prefix, text)
	return c, nil
}

// run makes the change, or leaves things as they were.
func (c *change) run(ctx context.Context) ([]resource.Change, error) {
	changes := asterisk.Diff(c.have.Config, c.want.Config)
	if len(c.touched()) == 0 {
		drift, err := c.drift(ctx)
		if err != nil || len(drift) == 0 {
			return nil, err
		}
		changes = drift
	}
	if err := c.reachable(ctx); err != nil {
		return nil, err
	}
	record := undoRecord{Text: c.have.text, Files: c.touched().sorted()}
	if err := record.write(c.folder, c.want.Prefix); err != nil {
		return nil, err
	}
	if err := c.goLive(ctx); err != nil {
		return nil, c.undo(ctx, err)
	}
	return changes, c.settle()
}

// touched names the files that are written or loaded again.
func (c *change) touched() names {
	touched := namesOf(differences(c.have.text, c.want.text))
	touched.add(c.suspect.sorted())
	touched.add(c.shared.sorted())
	return touched
}

// reachable makes sure, before anything is written, that Asterisk answers.
func (c *change) reachable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return waited(err)
	}
	if !c.online() {
		return nil
	}
	_, err := c.console.do(ctx, "Ping")
	return err
}

func (c *change) goLive(ctx context.Context) error {
	if err := c.want.write(c.folder); err != nil {
		return err
	}
	return c.activate(ctx, c.have, c.want)
}

// settle forgets the way back: Asterisk agrees with the files.
func (c *change) settle() error {
	if c.online() && len(c.shared) > 0 {
		if err := c.folder.drop(waitingFile); err != nil {
			return err
		}
	}
	return forgetUndo(c.folder, c.want.Prefix)
}

// undo puts back what was there, for the reason given, which it returns. The
// record of it stays where Asterisk could not be made to agree, for the next
// change to go on from.
func (c *change) undo(ctx context.Context, reason error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTimeout)
	defer cancel()
	if err := c.have.write(c.folder); err != nil {
		return errors.Join(reason, fmt.Errorf("put the old files back: %w", err))
	}
	if errors.Is(reason, resource.ErrPBXUnavailable) {
		return reason
	}
	// Asterisk has seen none, some or all of the new files.
	c.suspect.add(differences(c.have.text, c.want.text))
	if err := c.activate(ctx, c.want, c.have); err != nil {
		c.log.Error("confdir: Asterisk did not go back to the old configuration; the next change tries again",
			"context_prefix", c.want.Prefix, "error", err)
		return reason
	}
	if err := c.settle(); err != nil {
		return errors.Join(reason, err)
	}
	return reason
}
