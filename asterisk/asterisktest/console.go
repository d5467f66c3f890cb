package asterisktest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// CLI runs a console command and returns what it prints. It may be called from any goroutine. The
// error says that Asterisk could not be reached; a command that Asterisk rejects is not an error. It
// goes over AMI, because a console of its own is a process of its own, which takes longer than most
// commands; AMI refuses to load and unload modules.
func (a *Asterisk) CLI(ctx context.Context, command string) (string, error) {
	out, err := a.runOverAMI(ctx, command)
	if err != nil {
		return "", fmt.Errorf("run %q: %w", command, errors.Join(err, ctx.Err()))
	}
	return out, nil
}

func (a *Asterisk) runOverAMI(ctx context.Context, command string) (string, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", a.ami.Addr)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }() // what it says is all there by then
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })
	defer stop()
	const once = "Action: Login\r\nUsername: %s\r\nSecret: %s\r\nEvents: off\r\n\r\nAction: Command\r\nActionID: command\r\nCommand: %s\r\n\r\n"
	if _, err := fmt.Fprintf(conn, once, a.ami.Username, a.ami.Secret, command); err != nil {
		return "", err
	}
	return readOutput(bufio.NewReader(conn))
}

// readOutput reads the response to the action of that id, between whatever else comes.
func readOutput(from *bufio.Reader) (string, error) {
	var out strings.Builder
	mine := false
	for {
		line, err := from.ReadString('\n')
		if err != nil {
			return "", err
		}
		line = strings.TrimRight(line, "\r\n")
		switch text, printed := strings.CutPrefix(line, "Output: "); {
		case line == "ActionID: command":
			mine = true
		case line == "Message: Authentication failed", line == "Message: Command blacklisted":
			return "", errors.New(line)
		case mine && printed:
			out.WriteString(text + "\n")
		case mine && line == "":
			return out.String(), nil
		}
	}
}
