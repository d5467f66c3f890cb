package live_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/asterisk/live"
	"github.com/orgpbx/orgpbx/resource"
)

func TestPreflightSaysWhatAsteriskLacksAndApplyRefusesToStart(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		edit     func(files map[string]string)
		findings []string
	}{
		{"nothing", func(map[string]string) {}, nil},
		{
			"a folder", func(files map[string]string) { delete(files, "orgpbx/README") },
			[]string{"cannot write into the folder orgpbx"},
		},
		{"includes", func(files map[string]string) {
			delete(files, "queues.conf")
			delete(files, "extensions.conf")
		}, []string{`#tryinclude "orgpbx/*.queues.conf"`, `#tryinclude "orgpbx/*.extensions.conf"`}},
		{"lines of sorcery.conf", func(files map[string]string) {
			files["sorcery.conf"] = strings.NewReplacer("auth=astdb,ps", "", "identify=astdb,ps", "").Replace(files["sorcery.conf"])
		}, []string{"auth=astdb,ps in [res_pjsip]", "identify=astdb,ps in [res_pjsip_endpoint_identifier_ip]"}},
		{
			"the whole of sorcery.conf", func(files map[string]string) { delete(files, "sorcery.conf") },
			[]string{"endpoint=astdb", "auth=astdb", "aor=astdb", "identify=astdb", "registration=astdb"},
		},
		{"modules", func(files map[string]string) {
			files["modules.conf"] = "\nnoload = res_sorcery_astdb.so\nnoload = app_queue.so\n"
		}, []string{"res_sorcery_astdb", "app_queue"}},
		{
			"places to park", func(files map[string]string) { files["res_parking.conf"] = "\n[general](+)\nparkeddynamic = no\n" },
			[]string{"parkeddynamic=yes in [general]"},
		},
		{"rights", func(files map[string]string) {
			files["manager.conf"] = strings.Replace(files["manager.conf"], "system,config,command,call", "command", 1)
		}, []string{"the right system", "the right config", "the right call"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			files := operatorFiles()
			tc.edit(files)
			a := asterisktest.Start(t, asterisktest.Options{Files: files})
			p := newPBX(t, connect(t, a))
			err := p.Preflight(t.Context())
			if tc.findings == nil {
				require.NoError(t, err)
				return
			}
			var lacking *live.NotPreparedError
			require.ErrorAs(t, err, &lacking)
			require.Len(t, lacking.Findings, len(tc.findings), lacking.Findings)
			for _, finding := range tc.findings {
				require.ErrorContains(t, err, finding)
			}
			_, err = p.ApplyConfig(t.Context(), organization("alpha", 1, 1))
			require.ErrorAs(t, err, &lacking)
		})
	}
}

func TestPreflightSeesThatAsteriskWasNotRestarted(t *testing.T) {
	t.Parallel()
	files := operatorFiles()
	sorcery := files["sorcery.conf"]
	delete(files, "sorcery.conf")
	a := asterisktest.Start(t, asterisktest.Options{Files: files})
	conn := connect(t, a)
	p := newPBX(t, conn)
	require.NoError(t, os.WriteFile(filepath.Join(a.ConfigDir(), "sorcery.conf"), []byte(sorcery), 0o600))
	require.ErrorContains(t, p.Preflight(t.Context()), "restart it")
	a.Restart()
	require.NoError(t, conn.Ready(t.Context()))
	require.NoError(t, p.Preflight(t.Context()))
}

func TestTheSharedDialplanComesBackWhenItIsLost(t *testing.T) {
	t.Parallel()
	r := newRealPBX(t)
	want := organization("alpha", 1, 1)
	r.requireApplied(t, want)
	require.NoError(t, os.Remove(filepath.Join(r.asterisk.ConfigDir(), "orgpbx", "_base.extensions.conf")))
	r.cli(t, "dialplan reload")
	require.NotContains(t, r.cli(t, "dialplan show"), "orgpbx-inbound")
	r.requireApplied(t, want)
	require.Contains(t, r.cli(t, "dialplan show orgpbx-inbound"), "DIALPLAN_EXISTS(orgpbx-dids-")
}

func TestAnAsteriskThatIsAwayIsUnavailable(t *testing.T) {
	t.Parallel()
	r := newRealPBX(t)
	require.NoError(t, r.Preflight(t.Context()))
	r.asterisk.Kill()
	require.ErrorIs(t, r.Preflight(t.Context()), resource.ErrPBXUnavailable)
}

func TestABadConfigurationIsRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]live.Config{
		"no connection":                   {},
		"a negative time":                 {AMI: &cutConn{}, VerifyTimeout: -1},
		"a folder elsewhere":              {AMI: &cutConn{}, Folder: "../etc"},
		"relative sounds":                 {AMI: &cutConn{}, SoundsDir: "sounds"},
		"recordings that cannot be named": {AMI: &cutConn{}, RecordingsDir: "/a;b"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := live.New(cfg)
			require.Error(t, err)
		})
	}
}
