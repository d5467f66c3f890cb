package confdir_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/resource"
)

func TestConfdirKeepsThePromisesOfAPBX(t *testing.T) {
	t.Parallel()
	asterisktest.RunPBX(t, func(t *testing.T) asterisktest.Backend {
		t.Helper()
		dir := t.TempDir()
		require.NoError(t, newPBX(t, dir, nil).Prepare(t.Context()))
		files := map[string]string{}
		for _, name := range []string{"pjsip.conf", "extensions.conf", "queues.conf", "voicemail.conf"} {
			files[name] = "\n#include \"" + dir + "/" + name + "\"\n"
		}
		return asterisktest.Backend{Files: files, Open: func(t *testing.T, a *asterisktest.Asterisk) resource.PBX {
			t.Helper()
			return newPBX(t, dir, connect(t, ami.Config{Addr: a.AMI().Addr, Username: a.AMI().Username, Secret: a.AMI().Secret}))
		}}
	})
}
