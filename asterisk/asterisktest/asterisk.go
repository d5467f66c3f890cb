package asterisktest

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	// bootPatience is how long an Asterisk may take to start; it needs about a second on an idle machine.
	bootPatience = 60 * time.Second
	// logTail is how many lines of the log a failed test shows.
	logTail = 100
)

// Options say how the Asterisk of a test differs from the base configuration.
type Options struct {
	// Files has text to append to a configuration file of the given name, such as "pjsip.conf" or
	// "extensions.conf". A file that the base does not have is created. Relative includes start at the
	// configuration directory: "#tryinclude orgs/*.conf" reads what a test writes below ConfigDir.
	Files map[string]string
}

// AMI is how to reach the manager interface of an Asterisk.
type AMI struct {
	// Addr is host:port.
	Addr     string
	Username string
	Secret   string
}

// Asterisk is a real Asterisk with configuration, database, spool, logs and ports of its own. Its
// methods that start or stop it belong to the goroutine of the test.
type Asterisk struct {
	tb      testing.TB
	install installation
	dir     string
	runDir  string
	ports   *portBlock
	ami     AMI
	process *process
}

// Start runs an Asterisk 22 until the test ends and returns when it has fully booted. Everything it
// listens on is on 127.0.0.1. A test that fails shows the end of its log. Where the machine has no
// Asterisk the test fails, it does not skip: the message says how to get one.
func Start(tb testing.TB, opts Options) *Asterisk {
	tb.Helper()
	install, err := locate(tb.Context())
	require.NoError(tb, err)
	ports, err := reservePorts(tb.Context())
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, ports.release()) })

	// A path below t.TempDir may be longer than the 107 characters that a Unix socket's may have.
	runDir, err := os.MkdirTemp("", "ast")
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, os.RemoveAll(runDir)) })

	a := &Asterisk{
		tb:      tb,
		install: install,
		dir:     tb.TempDir(),
		runDir:  runDir,
		ports:   ports,
		ami:     AMI{Addr: loopback(ports.ami()), Username: "orgpbx", Secret: rand.Text()},
	}
	require.NoError(tb, a.layOut(opts))
	tb.Cleanup(func() {
		a.end()
		if tb.Failed() {
			tb.Logf("end of the Asterisk log:\n%s", lastLines(a.Log(), logTail))
		}
	})
	a.Boot()
	return a
}

// layOut makes the folders and files that Asterisk starts from.
func (a *Asterisk) layOut(opts Options) error {
	for _, name := range []string{"etc", "var/keys", "var/agi-bin", "var/cache", "spool", "log/cdr-custom"} {
		if err := os.MkdirAll(filepath.Join(a.dir, name), 0o750); err != nil {
			return err
		}
	}
	dataDir := ""
	if installed := a.install.dataDir(); installed != "" {
		dataDir = filepath.Join(a.dir, "data")
		if err := linkDataDir(dataDir, installed); err != nil {
			return err
		}
	}
	return writeConfig(a.ConfigDir(), baseValues{
		Dir:              a.dir,
		RunDir:           a.runDir,
		ModuleDir:        a.install.moduleDir(),
		DataDir:          dataDir,
		SIPPort:          a.ports.sip(),
		AMIPort:          a.ports.ami(),
		RTPStart:         a.ports.rtpStart(),
		RTPEnd:           a.ports.rtpEnd(),
		AMIUser:          a.ami.Username,
		AMISecret:        a.ami.Secret,
		CallRecordFields: callRecordFields(),
	}, opts.Files)
}

// Boot starts a stopped or killed Asterisk again with the files, database and ports that it had, and
// returns when it has fully booted.
func (a *Asterisk) Boot() {
	a.tb.Helper()
	require.Nil(a.tb, a.process, "Asterisk runs already")
	ctx, cancel := context.WithTimeout(a.tb.Context(), bootPatience)
	defer cancel()
	p, err := startProcess(a.install.binary, a.mainConfig(), a.consoleFile())
	require.NoError(a.tb, err)
	a.process = p
	err = a.awaitReady(ctx, p)
	require.NoError(a.tb, err, "Asterisk printed:\n%s", readText(a.consoleFile()))
}

// Stop ends Asterisk as an operator would, dropping its calls. A stopped one stays stopped.
func (a *Asterisk) Stop() {
	a.tb.Helper()
	if a.process == nil {
		return
	}
	// The context of a test is over in its cleanup, where Asterisk still deserves time to stop.
	a.process.stop(context.WithoutCancel(a.tb.Context()))
	a.process = nil
}

// end is the end of the test: nothing is left to be done cleanly, but one that died before is a finding.
func (a *Asterisk) end() {
	if a.process == nil {
		return
	}
	select {
	case <-a.process.exited:
		a.tb.Errorf("Asterisk exited by itself: %v", a.process.err)
	default:
		a.process.kill()
	}
	a.process = nil
}

// Kill ends Asterisk at once, as a crash or a power cut would. Boot starts it again.
func (a *Asterisk) Kill() {
	a.tb.Helper()
	require.NotNil(a.tb, a.process, "Asterisk does not run")
	a.process.kill()
	a.process = nil
}

// Restart stops Asterisk and boots it again.
func (a *Asterisk) Restart() {
	a.tb.Helper()
	a.Stop()
	a.Boot()
}

// ConfigDir is the folder that Asterisk reads its configuration files from.
func (a *Asterisk) ConfigDir() string {
	return filepath.Join(a.dir, "etc")
}

// SpoolDir is the folder of voicemail and of recordings with a relative name.
func (a *Asterisk) SpoolDir() string {
	return filepath.Join(a.dir, "spool")
}

// LogDir is the folder of Asterisk's logs, with its queue_log.
func (a *Asterisk) LogDir() string {
	return filepath.Join(a.dir, "log")
}

// CallRecordsDir is the folder of the files that Asterisk writes call records to, as Options.Files says in
// cdr_custom.conf.
func (a *Asterisk) CallRecordsDir() string {
	return filepath.Join(a.LogDir(), "cdr-custom")
}

// AMI tells how to log in to the manager interface, with every permission.
func (a *Asterisk) AMI() AMI {
	return a.ami
}

// SIPAddr is the host:port of the UDP transport, which is named transport-udp in pjsip.conf.
func (a *Asterisk) SIPAddr() string {
	return loopback(a.ports.sip())
}

// Log is all that Asterisk has logged since Start: notices, warnings, errors and what the dialplan
// does where Options.Files sets "verbose = 3" in asterisk.conf.
func (a *Asterisk) Log() string {
	return readText(filepath.Join(a.LogDir(), "full"))
}

func (a *Asterisk) mainConfig() string {
	return filepath.Join(a.ConfigDir(), "asterisk.conf")
}

func (a *Asterisk) consoleFile() string {
	return filepath.Join(a.dir, "log", "console")
}

// readText returns the text of a file, or why there is none: it is for a person to read.
func readText(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
