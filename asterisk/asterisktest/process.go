package asterisktest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// stopPatience is how long an Asterisk that was asked to stop has before it is killed.
const stopPatience = 10 * time.Second

// process is one run of an Asterisk binary.
type process struct {
	command *exec.Cmd
	// exited is closed when the process is gone; err is set before.
	exited chan struct{}
	err    error
}

// startProcess runs Asterisk in the foreground; what it prints before its logger runs goes to console.
func startProcess(binary, config, console string) (*process, error) {
	out, err := os.OpenFile(console, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open Asterisk's console file: %w", err)
	}
	//nolint:noctx // the binary is the developer's; the process ends by stop, not by a context
	command := exec.Command(binary, "-f", "-C", config)
	command.Stdout = out
	command.Stderr = out
	command.SysProcAttr = dieWithParent()

	p := &process{command: command, exited: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The kernel ties the child's life to this thread, so the thread must stay until the child is gone.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := command.Start()
		started <- err
		if err == nil {
			p.err = command.Wait()
		}
		close(p.exited)
	}()
	err = <-started
	if closeErr := out.Close(); err == nil && closeErr != nil {
		err = closeErr
	}
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", binary, err)
	}
	return p, nil
}

// stop asks Asterisk to end and kills it when it does not.
func (p *process) stop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, stopPatience)
	defer cancel()
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		// It has ended by itself.
		<-p.exited
		return
	}
	select {
	case <-p.exited:
	case <-ctx.Done():
		p.kill()
	}
}

// kill ends Asterisk as a crash would.
func (p *process) kill() {
	// An error says that the process is gone, which is what is wanted.
	_ = p.command.Process.Kill()
	<-p.exited
}
