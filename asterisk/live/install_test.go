package live_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/asterisk/live"
)

func TestInstallWritesWhatCanBeHadOverAMIAndAsksForTheRestart(t *testing.T) {
	t.Parallel()
	files := operatorFiles()
	for _, name := range []string{"sorcery.conf", "queues.conf", "voicemail.conf"} {
		delete(files, name)
	}
	// What the operator has stays, and the sorcery.conf that he began is continued.
	files["sorcery.conf"] = "[res_pjsip]\nendpoint=config,pjsip.conf,criteria=type=endpoint\n"
	files["extensions.conf"] = "[operator] ; his own\nexten => 100,1,NoOp(a)\n"
	files["pjsip.conf"] = "[operator]\ntype=endpoint\ncontext=operator\n"
	a := asterisktest.Start(t, asterisktest.Options{Files: files})
	conn := connect(t, a)
	p := newPBX(t, conn)
	var lacking *live.NotPreparedError
	require.ErrorAs(t, p.Preflight(t.Context()), &lacking)
	require.Len(t, lacking.Findings, 3+5)

	done, err := p.Install(t.Context())
	require.NoError(t, err)
	require.Len(t, done, 3+5)
	require.ErrorContains(t, p.Preflight(t.Context()), "restart it")
	done, err = p.Install(t.Context())
	require.NoError(t, err)
	require.Empty(t, done, "it is there")

	a.Restart()
	require.NoError(t, conn.Ready(t.Context()))
	require.NoError(t, p.Preflight(t.Context()))
	want := organization("alpha", 1, 1)
	_, err = p.ApplyConfig(t.Context(), want)
	require.NoError(t, err)
	planned, err := p.PlanConfig(t.Context(), want)
	require.NoError(t, err)
	require.Empty(t, planned)
	for command, shown := range map[string]string{
		"pjsip show endpoint operator": "operator",
		"pjsip show endpoint alpha-p0": "alpha-internal",
		"dialplan show 100@operator":   "NoOp(a)",
		"queue show alpha-600":         "alpha-p0",
		"queue show":                   "alpha-600",
	} {
		out, err := a.CLI(t.Context(), command)
		require.NoError(t, err)
		require.Contains(t, out, shown, command)
	}
	text, err := os.ReadFile(filepath.Join(a.ConfigDir(), "extensions.conf"))
	require.NoError(t, err)
	require.Contains(t, string(text), "; his own")
}

func TestInstallLeavesToTheOperatorWhatItCannotDo(t *testing.T) {
	t.Parallel()
	files := operatorFiles()
	delete(files, "orgpbx/README")
	delete(files, "queues.conf")
	a := asterisktest.Start(t, asterisktest.Options{Files: files})
	done, err := newPBX(t, connect(t, a)).Install(t.Context())
	require.Empty(t, done)
	var lacking *live.NotPreparedError
	require.ErrorAs(t, err, &lacking)
	require.ErrorContains(t, err, "cannot write into the folder orgpbx")
	text, err := os.ReadFile(filepath.Join(a.ConfigDir(), "queues.conf"))
	require.NoError(t, err)
	require.NotContains(t, string(text), "orgpbx")
}

func TestPreflightAsksForNamesBeforeAddresses(t *testing.T) {
	t.Parallel()
	a := asterisktest.Start(t, asterisktest.Options{Files: operatorFiles()})
	path := filepath.Join(a.ConfigDir(), "pjsip.conf")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(text), "username,ip", "ip,username", 1)), 0o600))
	a.Restart()
	conn := connect(t, a)
	require.ErrorContains(t, newPBX(t, conn).Preflight(t.Context()), "endpoint_identifier_order=username,ip")
}
