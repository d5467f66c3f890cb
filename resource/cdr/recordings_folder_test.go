package cdr_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/store/storetest"
)

// newFolders makes the folders of two organisations and something beside them that
// is nobody's.
func newFolders(t *testing.T) (cdr.RecordingsFolder, func(name, text string) string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	write("recordings/aaaa1111/1.wav", "mine")
	write("recordings/bbbb2222/2.wav", "theirs")
	write("recordings/aaaa1111/deep/3.wav", "a folder of somebody")
	write("secret.wav", "nobody's")
	return cdr.RecordingsFolder(filepath.Join(dir, "recordings")), write
}

func TestARecordingIsReadFromItsFolder(t *testing.T) {
	t.Parallel()
	f, _ := newFolders(t)
	file, err := f.Open(t.Context(), "aaaa1111", "1.wav")
	require.NoError(t, err)
	text, err := io.ReadAll(file)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	require.Equal(t, "mine", string(text))
	info, err := f.Stat(t.Context(), "aaaa1111", "1.wav")
	require.NoError(t, err)
	require.Equal(t, file.RecordingInfo, info)
	require.EqualValues(t, 4, info.Bytes)

	var names []string
	list := func(prefix string) []string {
		names = nil
		require.NoError(t, f.List(t.Context(), prefix, func(name string) error {
			names = append(names, name)
			return nil
		}))
		return names
	}
	require.Equal(t, []string{"1.wav"}, list("aaaa1111"))
	require.Empty(t, list("cccc3333"))
	require.ErrorIs(t, f.List(t.Context(), "aaaa1111", func(string) error { return io.EOF }), io.EOF)

	for range 2 {
		require.NoError(t, f.Remove(t.Context(), "aaaa1111", "1.wav"))
		_, err = f.Open(t.Context(), "aaaa1111", "1.wav")
		require.ErrorIs(t, err, org.ErrNotFound)
	}
	require.Equal(t, []string{"2.wav"}, list("bbbb2222"))
}

func TestNoNameAndNoLinkLeadsOutOfTheFolder(t *testing.T) {
	t.Parallel()
	f, write := newFolders(t)
	theirs, secret := filepath.Join(string(f), "bbbb2222", "2.wav"), filepath.Join(string(f), "..", "secret.wav")
	in := func(name string) string { return filepath.Join(string(f), "aaaa1111", name) }
	for link, to := range map[string]string{
		in("theirs.wav"): theirs, in("near.wav"): "../bbbb2222/2.wav", in("secret.wav"): secret, in("own.wav"): "1.wav",
		filepath.Join(string(f), "dddd4444"): "bbbb2222",
		filepath.Join(string(f), "eeee5555"): filepath.Dir(secret),
	} {
		require.NoError(t, os.Symlink(to, link))
	}
	require.NoError(t, os.Mkdir(in("folder.wav"), 0o750))
	write("recordings/aaaa1111/plain.txt", "no recording")
	write("recordings/aaaa1111/.hidden.wav", "no recording")
	for _, bad := range [][2]string{
		{"aaaa1111", "theirs.wav"},
		{"aaaa1111", "near.wav"},
		{"aaaa1111", "secret.wav"},
		{"aaaa1111", "own.wav"},
		{"aaaa1111", "folder.wav"},
		{"dddd4444", "2.wav"},
		{"eeee5555", "secret.wav"},
		{"aaaa1111", "../bbbb2222/2.wav"},
		{"aaaa1111", `..\bbbb2222\2.wav`},
		{"aaaa1111", theirs},
		{"aaaa1111", "deep/3.wav"},
		{"aaaa1111", ""},
		{"aaaa1111", "."},
		{"aaaa1111", ".."},
		{"aaaa1111", ".hidden.wav"},
		{"aaaa1111", "plain.txt"},
		{"aaaa1111", "1.wav\x00"},
		{"aaaa1111", "1.wav\n"},
		{"aaaa1111", "1.WAV"},
		{"", "2.wav"},
		{".", "2.wav"},
		{"..", "secret.wav"},
		{"aaaa1111/../bbbb2222", "2.wav"},
		{"bbbb2222/", "2.wav"},
	} {
		_, err := f.Open(t.Context(), bad[0], bad[1])
		require.ErrorIs(t, err, org.ErrNotFound, "%q", bad)
		_, err = f.Stat(t.Context(), bad[0], bad[1])
		require.ErrorIs(t, err, org.ErrNotFound, "%q", bad)
		if bad[1] != "folder.wav" {
			require.NoError(t, f.Remove(t.Context(), bad[0], bad[1]), "%q", bad)
		}
	}
	for _, prefix := range []string{"dddd4444", "eeee5555", ".", "..", ""} {
		require.NoError(t, f.List(t.Context(), prefix, func(string) error { return io.ErrUnexpectedEOF }))
	}
	for _, kept := range []string{theirs, secret, in("1.wav"), in("deep/3.wav"), in("plain.txt"), in(".hidden.wav")} {
		require.FileExists(t, kept)
	}
}

func TestAFolderKeepsThePromisesOfRecordings(t *testing.T) {
	t.Parallel()
	storetest.RunRecordings(t, func(t *testing.T) storetest.Recordings {
		dir := t.TempDir()
		return storetest.Recordings{
			Recordings: cdr.RecordingsFolder(dir),
			Put: func(t *testing.T, contextPrefix, name, text string, modified time.Time) {
				t.Helper()
				require.NoError(t, os.MkdirAll(filepath.Join(dir, contextPrefix), 0o700))
				file := filepath.Join(dir, contextPrefix, name)
				require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
				require.NoError(t, os.Chtimes(file, modified, modified))
			},
		}
	})
}
