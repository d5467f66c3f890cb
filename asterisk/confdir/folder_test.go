package confdir_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/asterisk/confdir"
	"github.com/orgpbx/orgpbx/resource"
)

func TestAPrefixThatIsNoPrefixNeverBecomesAPath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := newPBX(t, filepath.Join(dir, "conf"), nil)
	for _, prefix := range []string{"", "abc", "../../x", "alpha/../x", "Acme", "1alpha", "alpha-1", "alpha\n", strings.Repeat("a", 33)} {
		_, err := p.Remove(t.Context(), prefix)
		require.ErrorContains(t, err, "is not a context prefix", "%q", prefix)
		_, err = p.PlanConfig(t.Context(), asterisk.Config{Prefix: prefix})
		require.ErrorContains(t, err, "is not a context prefix", "%q", prefix)
	}
	require.NoDirExists(t, filepath.Join(dir, "conf"), "nothing was touched")
}

func TestASymbolicLinkOutOfTheFolderIsNotFollowed(t *testing.T) {
	t.Parallel()
	outside, dir := t.TempDir(), t.TempDir()
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "orgs")))
	_, err := newPBX(t, dir, nil).ApplyConfig(t.Context(), organization("alpha"))
	require.Error(t, err)
	entries, err := os.ReadDir(outside)
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestALinkInPlaceOfAFileIsReplacedNotWrittenThrough(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := newPBX(t, dir, nil)
	require.NoError(t, p.Prepare(t.Context()))
	target := filepath.Join(dir, "target")
	require.NoError(t, os.WriteFile(target, []byte("keep"), 0o600))
	require.NoError(t, os.Symlink("../target", filepath.Join(dir, "orgs", "alpha.pjsip.conf")))
	_, err := p.ApplyConfig(t.Context(), organization("alpha"))
	require.NoError(t, err)
	text, err := os.ReadFile(target)
	require.NoError(t, err)
	require.Equal(t, "keep", string(text))
}

func TestFilesAreForAsterisksGroupAndNobodyElse(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "conf")
	f := newFakeAsterisk(t, dir)
	_, err := newPBX(t, dir, f.connect(t)).ApplyConfig(t.Context(), organization("alpha"))
	require.NoError(t, err)
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		switch {
		case entry.IsDir():
			require.Equal(t, fs.FileMode(0o750), info.Mode().Perm(), path)
		case strings.HasSuffix(path, ".conf"), strings.HasSuffix(path, ".wav"):
			require.Equal(t, fs.FileMode(0o640), info.Mode().Perm(), path)
		default:
			require.Equal(t, fs.FileMode(0o600), info.Mode().Perm(), path)
		}
		return nil
	}))
}

// A folder where the next text of a file would be written stands for a disk
// that takes no more: it fails the write of one file after another was staged.
func TestAWriteThatFailsLeavesEveryFileAsItWas(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	obstacle := filepath.Join(l.dir, "orgs", ".alpha.queues.conf.new")
	require.NoError(t, os.MkdirAll(filepath.Join(obstacle, "x"), 0o750))
	_, err := l.pbx.ApplyConfig(t.Context(), changed())
	require.ErrorIs(t, err, syscall.EISDIR)
	require.ErrorContains(t, err, "write orgs/alpha.queues.conf")
	require.NotErrorIs(t, err, resource.ErrPBXUnavailable)
	require.Equal(t, l.files, hashes(t, l.dir), "nor is there half a file")

	require.NoError(t, os.RemoveAll(obstacle))
	_, err = l.pbx.ApplyConfig(t.Context(), changed())
	require.NoError(t, err)
}

func TestWhatAKilledProcessWasWritingIsNoObstacle(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	require.NoError(t, os.WriteFile(filepath.Join(l.dir, "orgs", ".alpha.queues.conf.new"), []byte("[half"), 0o600))
	_, err := l.pbx.ApplyConfig(t.Context(), changed())
	require.NoError(t, err)
	require.NoFileExists(t, filepath.Join(l.dir, "orgs", ".alpha.queues.conf.new"))
}

func TestWaitingForTheLockEndsWithTheContext(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := newPBX(t, dir, nil)
	require.NoError(t, p.Prepare(t.Context()))
	held, err := os.OpenFile(filepath.Join(dir, ".lock"), os.O_RDWR, 0)
	require.NoError(t, err)
	require.NoError(t, syscall.Flock(int(held.Fd()), syscall.LOCK_EX))

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = p.ApplyConfig(ctx, organization("alpha"))
	require.ErrorIs(t, err, resource.ErrPBXUnavailable)
	require.NoError(t, held.Close())
	_, err = p.ApplyConfig(t.Context(), organization("alpha"))
	require.NoError(t, err)
}

func TestPromptsAreWrittenWhereTheyDifferAndTheOperatorsAreLeftAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := newPBX(t, dir, nil)
	require.NoError(t, p.Prepare(t.Context()))
	shipped := filepath.Join(dir, "sounds", asterisk.PromptsPath)
	prompts, err := asterisk.Prompts()
	require.NoError(t, err)
	for _, prompt := range prompts {
		wav, err := os.ReadFile(filepath.Join(shipped, prompt.Name+".wav"))
		require.NoError(t, err)
		require.Equal(t, prompt.WAV, wav)
	}

	first := filepath.Join(shipped, prompts[0].Name+".wav")
	second := filepath.Join(shipped, prompts[1].Name+".wav")
	own := filepath.Join(dir, "sounds", "custom", prompts[0].Name+".wav")
	before, err := os.Stat(second)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(first, []byte("something else"), 0o600))
	require.NoError(t, os.WriteFile(own, []byte("the operator's"), 0o600))
	_, err = p.ApplyConfig(t.Context(), organization("alpha"))
	require.NoError(t, err)
	wav, err := os.ReadFile(first)
	require.NoError(t, err)
	require.Equal(t, prompts[0].WAV, wav)
	kept, err := os.ReadFile(own)
	require.NoError(t, err)
	require.Equal(t, "the operator's", string(kept))
	after, err := os.Stat(second)
	require.NoError(t, err)
	require.True(t, os.SameFile(before, after), "what is right is not written again")
}

func TestTheSharedDialplanKnowsTheFolders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p, err := confdir.New(confdir.Config{Dir: dir, DirInAsterisk: "/srv/orgpbx", RecordingsDir: "/srv/recordings"})
	require.NoError(t, err)
	require.NoError(t, p.Prepare(t.Context()))
	dialplan, err := os.ReadFile(filepath.Join(dir, "extensions.conf"))
	require.NoError(t, err)
	require.Contains(t, string(dialplan), "\nexten => sounds,1,Return(/srv/orgpbx/sounds)\nexten => recordings,1,Return(/srv/recordings)\n")

	_, err = confdir.New(confdir.Config{Dir: dir, RecordingsDir: "recordings"})
	require.ErrorIs(t, err, asterisk.ErrDir)
}
