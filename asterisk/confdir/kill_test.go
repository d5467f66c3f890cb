package confdir_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
)

// These tell a copy of the test binary that it is the process to be killed.
const victimDir, victimAMI = "CONFDIR_TEST_DIR", "CONFDIR_TEST_AMI"

// TestVictim is the process that is killed; by itself it shows that a folder
// of its own works.
func TestVictim(t *testing.T) {
	t.Parallel()
	dir, addr := os.Getenv(victimDir), os.Getenv(victimAMI)
	if dir == "" {
		dir = t.TempDir()
		addr = newFakeAsterisk(t, dir).Addr()
	}
	conn := connect(t, ami.Config{Addr: addr, Username: asterisktest.FakeAMIUsername, Secret: asterisktest.FakeAMISecret})
	_, err := newPBX(t, dir, conn).ApplyConfig(t.Context(), changed())
	require.NoError(t, err)
}

func TestAnotherProcessGoesOnWhereOneWasKilledInTheMiddleOfAReload(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	victim := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestVictim$")
	victim.Env = append(os.Environ(), victimDir+"="+l.dir, victimAMI+"="+l.fake.Addr())
	started := make(chan struct{})
	l.afterLoading(func(*asterisktest.FakeAMISession) {
		<-started
		if err := victim.Process.Kill(); err != nil {
			t.Errorf("kill: %v", err)
		}
	})
	require.NoError(t, victim.Start())
	close(started)
	require.Error(t, victim.Wait(), "it was killed")
	require.FileExists(t, filepath.Join(l.dir, "undo", "alpha.json"))
	left := hashes(t, l.dir)
	require.NotEqual(t, l.files["orgs/alpha.pjsip.conf"], left["orgs/alpha.pjsip.conf"], "new files are there")

	_, err := l.pbx.ApplyConfig(t.Context(), organization("alpha")) // the change was taken back meanwhile
	require.NoError(t, err)
	require.Equal(t, l.files, hashes(t, l.dir))
	planned, err := l.pbx.PlanConfig(t.Context(), organization("alpha"))
	require.NoError(t, err)
	require.Empty(t, planned)
}
