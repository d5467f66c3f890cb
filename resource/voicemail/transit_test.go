package voicemail_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/resource/voicemail"
)

const prefix = "k3vq7xw2ma"

// twoNodes are folders of mailboxes of which one organisation moves from old to new.
type twoNodes struct {
	voicemail.Nodes
}

func newTwoNodes(t *testing.T) twoNodes {
	t.Helper()
	return twoNodes{voicemail.Nodes{
		"old": voicemail.Folder(t.TempDir()), "new": voicemail.Folder(t.TempDir()), "shared": voicemail.Folder(t.TempDir()),
	}}
}

func (n twoNodes) path(node, name string) string {
	return filepath.Join(string(n.Nodes[node]), prefix, filepath.FromSlash(name))
}

// leave leaves a message as Asterisk does, whose sound is its id.
func (n twoNodes) leave(t *testing.T, node, name, id string) {
	t.Helper()
	write(t, n.path(node, name+".wav"), id)
	write(t, n.path(node, name+".txt"), "[message]\ncallerid=<1002>\norigtime=1795506778\nmsg_id="+id+"\n")
}

// all is what a node has: the sounds of messages and greetings, by name.
func (n twoNodes) all(t *testing.T, node string) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir(n.path(node, ""), func(path string, entry os.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		require.NoError(t, err)
		if entry.IsDir() || strings.HasSuffix(path, ".txt") || strings.Contains(path, "/.orgpbx-moving/") {
			return nil
		}
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		if strings.HasPrefix(filepath.Base(path), "msg") && strings.HasSuffix(path, ".wav") {
			envelope, err := os.ReadFile(strings.TrimSuffix(path, ".wav") + ".txt")
			require.NoError(t, err)
			require.Contains(t, string(envelope), "msg_id="+string(text)+"\n")
		}
		name, err := filepath.Rel(n.path(node, ""), path)
		require.NoError(t, err)
		found[name] = string(text)
		return nil
	}))
	return found
}

func (n twoNodes) copies(t *testing.T, count int) {
	t.Helper()
	copied, err := n.Copy(t.Context(), prefix, "old", "new")
	require.NoError(t, err)
	require.Equal(t, count, copied)
}

func (n twoNodes) finishes(t *testing.T, count int) {
	t.Helper()
	copied, err := n.Finish(t.Context(), prefix, "old", "new")
	require.NoError(t, err)
	require.Equal(t, count, copied)
	require.NoDirExists(t, n.path("old", ""))
	require.NoDirExists(t, n.path("new", ".orgpbx-moving"))
}

// furnish gives the old node messages and a greeting, and the new one some from before.
func (n twoNodes) furnish(t *testing.T) {
	t.Helper()
	n.leave(t, "old", "1001/INBOX/msg0000", "a")
	n.leave(t, "old", "1001/INBOX/msg0001", "b")
	n.leave(t, "old", "1001/Old/msg0000", "c")
	n.leave(t, "old", "1002/INBOX/msg0000", "d")
	n.leave(t, "old", "1002/INBOX/msg0001", "d") // he forwarded it to himself, with something said before
	write(t, n.path("old", "1002/INBOX/msg0001.WAV"), "my words")
	write(t, n.path("old", "1001/unavail.wav"), "I am out")
	write(t, n.path("old", "1002/busy.wav"), "I am bu") // it is being said
	write(t, n.path("old", "1001/tmp/Xq2bYc.wav"), "half a message")
	n.leave(t, "new", "1001/INBOX/msg0000", "z")
	write(t, n.path("new", "1001/unavail.wav"), "of an earlier stay")
}

func TestVoicemailMovesBehindTheMessagesThatAreThere(t *testing.T) {
	t.Parallel()
	n := newTwoNodes(t)
	n.furnish(t)
	before := n.all(t, "old")
	moved := map[string]string{
		"1001/INBOX/msg0000.wav": "z", "1001/INBOX/msg0001.wav": "a", "1001/INBOX/msg0002.wav": "b",
		"1001/Old/msg0000.wav": "c", "1002/INBOX/msg0000.wav": "d", "1002/INBOX/msg0001.wav": "d", "1002/INBOX/msg0001.WAV": "my words",
		"1001/unavail.wav": "I am out", "1002/busy.wav": "I am bu",
	}
	n.copies(t, 5)
	require.Equal(t, moved, n.all(t, "new"))
	require.Equal(t, before, n.all(t, "old"), "it is in charge as long as calls run")
	n.copies(t, 0)

	// One is left on the old node, and a greeting said anew; on the new one somebody deletes one, hears one,
	// and says another greeting.
	n.leave(t, "old", "1001/INBOX/msg0002", "e")
	require.NoError(t, os.RemoveAll(n.path("new", "1002/INBOX")))
	for _, suffix := range []string{".wav", ".txt"} {
		require.NoError(t, os.Rename(n.path("new", "1001/INBOX/msg0002"+suffix), n.path("new", "1001/Old/msg0001"+suffix)))
	}
	write(t, n.path("new", "1001/unavail.wav"), "I am back")
	require.NoError(t, os.RemoveAll(n.path("old", "1001/tmp")))
	write(t, n.path("old", "1002/busy.wav"), "I am busy, and said so in a call that is not over yet")
	n.finishes(t, 1)
	require.Equal(t, map[string]string{
		"1002/busy.wav":          "I am busy, and said so in a call that is not over yet",
		"1001/INBOX/msg0000.wav": "z", "1001/INBOX/msg0001.wav": "a", "1001/INBOX/msg0002.wav": "e",
		"1001/Old/msg0000.wav": "c", "1001/Old/msg0001.wav": "b", "1001/unavail.wav": "I am back",
	}, n.all(t, "new"))
	n.finishes(t, 0)
	info, err := os.Stat(n.path("new", "1001/Old/msg0000.wav"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o660), info.Mode().Perm(), "Asterisk may run as another user of the group")
}

// until is a context that ends when it was asked so many times.
type until struct {
	context.Context
	left int
}

func (u *until) Err() error {
	u.left--
	if u.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestAMoveOfVoicemailThatIsCutOffGoesOn(t *testing.T) {
	t.Parallel()
	whole := newTwoNodes(t)
	whole.furnish(t)
	whole.copies(t, 5)
	require.NoError(t, os.RemoveAll(whole.path("old", "1001/tmp")))
	whole.finishes(t, 0)
	cutOff := 0
	for left := 0; ; left++ {
		n := newTwoNodes(t)
		n.furnish(t)
		require.NoError(t, os.RemoveAll(n.path("old", "1001/tmp")))
		if _, err := n.Finish(&until{t.Context(), left}, prefix, "old", "new"); err == nil {
			break
		}
		cutOff++
		_, err := n.Finish(t.Context(), prefix, "old", "new")
		require.NoError(t, err)
		require.Equal(t, whole.all(t, "new"), n.all(t, "new"), left)
		require.NoDirExists(t, n.path("old", ""))
	}
	require.Greater(t, cutOff, 10)
}

func TestAMessageThatAMoveLeftHalfWayComesOnce(t *testing.T) {
	t.Parallel()
	n := newTwoNodes(t)
	n.leave(t, "old", "1001/INBOX/msg0000", "a")
	n.leave(t, "old", "1001/INBOX/msg0001", "b")
	n.copies(t, 2)
	notes, err := filepath.Glob(n.path("new", ".orgpbx-moving/*"))
	require.NoError(t, err)
	require.Len(t, notes, 2)
	for _, note := range notes { // it came, and was not noted
		require.NoError(t, os.Remove(note))
	}
	require.NoError(t, os.Remove(n.path("new", "1001/INBOX/msg0001.txt"))) // only the sound came
	write(t, n.path("new", ".orgpbx-moving/part"), "half")
	n.copies(t, 1)
	require.Equal(t, n.all(t, "old"), n.all(t, "new"))
	n.finishes(t, 0)
	require.Equal(t, map[string]string{"1001/INBOX/msg0000.wav": "a", "1001/INBOX/msg0001.wav": "b"}, n.all(t, "new"))
}

func TestVoicemailThatWasCopiedIsTakenBack(t *testing.T) {
	t.Parallel()
	n := newTwoNodes(t)
	n.furnish(t)
	n.copies(t, 5)
	require.NoError(t, n.TakeBack(t.Context(), prefix, "new"))
	require.Equal(t, map[string]string{"1001/INBOX/msg0000.wav": "z"}, n.all(t, "new"))
	require.NoDirExists(t, n.path("new", ".orgpbx-moving"))
	require.NoError(t, n.TakeBack(t.Context(), prefix, "new"))
	require.NoError(t, n.TakeBack(t.Context(), "nobody", "new"))
	n.copies(t, 5)
}

func TestAsteriskAndAMoveDoNotWriteOneMailboxAtATime(t *testing.T) {
	t.Parallel()
	n := newTwoNodes(t)
	n.leave(t, "old", "1001/INBOX/msg0000", "a")
	write(t, n.path("new", "1001/INBOX/.lock"), "")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := n.Copy(ctx, prefix, "old", "new")
	require.ErrorContains(t, err, "a mailbox is locked")
	require.NoFileExists(t, n.path("new", "1001/INBOX/msg0000.txt"))
	require.FileExists(t, n.path("new", "1001/INBOX/.lock"))

	// A lock of ours whose process died is taken over.
	require.NoError(t, os.Link(n.path("new", "1001/INBOX/.lock"), n.path("new", "1001/INBOX/.lock-orgpbx")))
	n.copies(t, 1)
	require.NoFileExists(t, n.path("new", "1001/INBOX/.lock"))
	require.NoFileExists(t, n.path("new", "1001/INBOX/.lock-orgpbx"))
}

func TestAMoveOfVoicemailNeverLeavesItsFolders(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	for name, spoil := range map[string]func(t *testing.T, n twoNodes){
		"the organisation is a link": func(t *testing.T, n twoNodes) {
			t.Helper()
			require.NoError(t, os.Symlink(outside, n.path("new", "")))
		},
		"the mailbox is a link": func(t *testing.T, n twoNodes) {
			t.Helper()
			require.NoError(t, os.Mkdir(n.path("new", ""), 0o750))
			require.NoError(t, os.Symlink(outside, n.path("new", "1001")))
		},
		"there is no folder": func(t *testing.T, n twoNodes) {
			t.Helper()
			require.NoError(t, os.Remove(string(n.Nodes["new"])))
		},
	} {
		n := newTwoNodes(t)
		n.leave(t, "old", "1001/INBOX/msg0000", "a")
		spoil(t, n)
		_, err := n.Finish(t.Context(), prefix, "old", "new")
		require.Error(t, err, name)
		require.NotErrorIs(t, err, os.ErrNotExist, "%s: it is not the organisation that is missing", name)
		require.Equal(t, map[string]string{"1001/INBOX/msg0000.wav": "a"}, n.all(t, "old"), name)
	}
	left, err := os.ReadDir(outside)
	require.NoError(t, err)
	require.Empty(t, left)

	n := newTwoNodes(t)
	require.NoError(t, os.Mkdir(n.path("old", ""), 0o750))
	write(t, filepath.Join(outside, "INBOX", "msg0000.txt"), "[message]\nmsg_id=other\n")
	require.NoError(t, os.Symlink(outside, n.path("old", "1001")))
	n.copies(t, 0)
	_, err = n.Copy(t.Context(), "../"+prefix, "old", "new")
	require.NoError(t, err, "it has nothing")
	require.NoDirExists(t, n.path("new", "1001"))

	require.NoError(t, os.Remove(filepath.Join(n.path("old", ""), "1001")))
	require.NoError(t, os.RemoveAll(string(n.Nodes["old"])))
	_, err = n.Finish(t.Context(), prefix, "old", "new")
	require.ErrorContains(t, err, "is not there", "a disk that is not mounted is not empty")
}

func TestNodesMayShareAFolder(t *testing.T) {
	t.Parallel()
	n := newTwoNodes(t)
	n.Nodes["new"] = n.Nodes["old"]
	n.leave(t, "old", "1001/INBOX/msg0000", "a")
	n.copies(t, 0)
	copied, err := n.Finish(t.Context(), prefix, "old", "new")
	require.NoError(t, err)
	require.Zero(t, copied)
	require.Equal(t, map[string]string{"1001/INBOX/msg0000.wav": "a"}, n.all(t, "old"))
	require.Len(t, n.messages(t), 1)
}

func (n twoNodes) messages(t *testing.T) (list []voicemail.Message) {
	t.Helper()
	require.NoError(t, n.Messages(t.Context(), prefix, func(m voicemail.Message) error {
		list = append(list, m)
		return nil
	}))
	return list
}

func TestTheMailboxesOfAllNodesAreLookedThrough(t *testing.T) {
	t.Parallel()
	n := newTwoNodes(t)
	for i, node := range []string{"old", "new"} { // the same name, and the same message while it moves
		n.leave(t, node, "1001/INBOX/msg0000", fmt.Sprint("own", i))
		n.leave(t, node, "1001/INBOX/msg0001", "both")
	}
	list := n.messages(t)
	require.Len(t, list, 4)
	ids := map[string]bool{}
	for _, m := range list {
		ids[m.ID] = true
	}
	require.Len(t, ids, 4)
	opened, err := n.Open(t.Context(), prefix, list[0], "msg0000.wav")
	require.NoError(t, err)
	require.NoError(t, opened.Close())
	elsewhere := list[0]
	elsewhere.Node = "nowhere"
	_, err = n.Open(t.Context(), prefix, elsewhere, "msg0000.wav")
	require.Error(t, err)
	gone, err := n.Remove(t.Context(), prefix, elsewhere)
	require.NoError(t, err)
	require.False(t, gone)
	for _, m := range list {
		gone, err := n.Remove(t.Context(), prefix, m)
		require.NoError(t, err)
		require.True(t, gone)
	}
	require.Empty(t, n.messages(t))
}

func TestAMessageMovesThereAndBackAndThereAgain(t *testing.T) {
	t.Parallel()
	n := newTwoNodes(t)
	n.leave(t, "old", "1001/INBOX/msg0000", "a")
	n.copies(t, 1)
	notes, err := os.ReadDir(n.path("new", ".orgpbx-moving"))
	require.NoError(t, err)
	require.Len(t, notes, 1)
	n.finishes(t, 0)
	write(t, n.path("new", ".orgpbx-moving/"+notes[0].Name()), "") // it was cut off before that was removed
	copied, err := n.Finish(t.Context(), prefix, "new", "old")
	require.NoError(t, err)
	require.Equal(t, 1, copied)
	require.NoDirExists(t, n.path("new", ""))
	n.finishes(t, 1)
	require.Equal(t, map[string]string{"1001/INBOX/msg0000.wav": "a"}, n.all(t, "new"))
}

func write(t *testing.T, file, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o750))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
}
