package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
)

func TestTheFolderOfRecordingsIsForAsterisksGroupAndNobodyElse(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "spool", "recordings")
	require.NoError(t, makeRecordingsDir(dir))
	info, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o770), info.Mode().Perm())
	require.NotZero(t, info.Mode()&os.ModeSetgid)

	require.NoError(t, os.Chmod(dir, 0o700))
	require.NoError(t, makeRecordingsDir(dir))
	info, err = os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm(), "the operator's stays as it is")
}

func TestTheServerTellsAsteriskWhereRecordingsGo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	settings := Settings{PBX: "files", AsteriskDir: filepath.Join(dir, "conf"), RecordingsDir: filepath.Join(dir, "recordings")}
	_, err := new(server).openPBX(t.Context(), settings)
	require.NoError(t, err)
	require.DirExists(t, settings.RecordingsDir)
	dialplan, err := os.ReadFile(filepath.Join(settings.AsteriskDir, "extensions.conf"))
	require.NoError(t, err)
	require.Contains(t, string(dialplan), "\nexten => recordings,1,Return("+settings.RecordingsDir+")\n")

	settings.RecordingsDir = filepath.Join(dir, "a;b")
	_, err = new(server).openPBX(t.Context(), settings)
	require.ErrorContains(t, err, "ORGPBX_RECORDINGS_DIR")
}

func TestPromptsAreWrittenForAnAsteriskElsewhere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var said strings.Builder
	require.NoError(t, writePrompts(dir, &said))
	require.Contains(t, said.String(), filepath.Join(dir, "orgpbx"))
	prompts, err := asterisk.Prompts()
	require.NoError(t, err)
	for _, prompt := range prompts {
		wav, err := os.ReadFile(filepath.Join(dir, "orgpbx", prompt.Name+".wav"))
		require.NoError(t, err)
		require.Equal(t, prompt.WAV, wav)
	}
	require.ErrorContains(t, writePrompts("/dev/null", &said), "--write-prompts")
}
