package storetest

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// Recordings is a place of recordings to check, and how a file comes there.
type Recordings struct {
	cdr.Recordings
	Put func(t *testing.T, contextPrefix, name, text string, modified time.Time)
}

// RunRecordings checks one [cdr.Recordings]. open is called once for every sub-test
// and returns an empty one.
func RunRecordings(t *testing.T, open func(t *testing.T) Recordings) {
	t.Helper()
	for name, test := range map[string]func(t *testing.T, r Recordings){
		"a file is read as it was written, from any place": readAnywhere,
		"what is known of a file is the same every time":   knownAlike,
		"what is not there is not found":                   foundNowhere,
		"a deleted file is gone, and alone":                deletedAlone,
		"an organization sees its own files":               listedApart,
		"no name leads to another file":                    namedWrongly,
		"a context that ends ends the work":                endedEarly,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// written is when the sample files were written.
var written = time.Date(2026, time.November, 10, 18, 30, 0, 123456000, time.UTC)

func readAnywhere(t *testing.T, r Recordings) {
	text := strings.Repeat("0123456789", 20_000)
	r.Put(t, "aaaa1111", "1.wav", text, written)
	r.Put(t, "aaaa1111", "empty.wav", "", written)
	file, err := r.Open(t.Context(), "aaaa1111", "1.wav")
	require.NoError(t, err)
	all, err := io.ReadAll(file)
	require.NoError(t, err)
	require.Equal(t, text, string(all))
	read := func(n int, offset int64, whence int, at int64) {
		t.Helper()
		got, err := file.Seek(offset, whence)
		require.NoError(t, err)
		require.Equal(t, at, got)
		part := make([]byte, n)
		_, err = io.ReadFull(file, part)
		require.NoError(t, err)
		require.Equal(t, text[at:at+int64(n)], string(part))
	}
	size := int64(len(text))
	read(5, 0, io.SeekStart, 0)
	read(7, 3, io.SeekCurrent, 8)
	read(10, 150_001, io.SeekStart, 150_001)
	read(10, 0, io.SeekCurrent, 150_011)
	read(9, -9, io.SeekEnd, size-9)
	n, err := file.Read(make([]byte, 1))
	require.Zero(t, n)
	require.ErrorIs(t, err, io.EOF)
	read(4, 2, io.SeekStart, 2)
	_, err = file.Seek(-1, io.SeekStart)
	require.Error(t, err)
	at, err := file.Seek(5, io.SeekEnd)
	require.NoError(t, err)
	require.Equal(t, size+5, at)
	_, err = file.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	require.NoError(t, file.Close())

	empty, err := r.Open(t.Context(), "aaaa1111", "empty.wav")
	require.NoError(t, err)
	all, err = io.ReadAll(empty)
	require.NoError(t, err)
	require.Empty(t, all)
	require.NoError(t, empty.Close())
}

func knownAlike(t *testing.T, r Recordings) {
	r.Put(t, "aaaa1111", "1.wav", "mine", written)
	want := cdr.RecordingInfo{Name: "1.wav", Bytes: 4, ModifiedAt: written}
	for range 2 {
		info, err := r.Stat(t.Context(), "aaaa1111", "1.wav")
		require.NoError(t, err)
		require.Equal(t, want, info)
		file, err := r.Open(t.Context(), "aaaa1111", "1.wav")
		require.NoError(t, err)
		require.Equal(t, want, file.RecordingInfo)
		require.NoError(t, file.Close())
	}
	r.Put(t, "aaaa1111", "1.wav", "another", written.Add(time.Hour))
	info, err := r.Stat(t.Context(), "aaaa1111", "1.wav")
	require.NoError(t, err)
	require.Equal(t, cdr.RecordingInfo{Name: "1.wav", Bytes: 7, ModifiedAt: written.Add(time.Hour)}, info)
}

func foundNowhere(t *testing.T, r Recordings) {
	r.Put(t, "aaaa1111", "1.wav", "mine", written)
	for _, absent := range [][2]string{{"aaaa1111", "2.wav"}, {"cccc3333", "1.wav"}} {
		_, err := r.Open(t.Context(), absent[0], absent[1])
		require.ErrorIs(t, err, org.ErrNotFound)
		_, err = r.Stat(t.Context(), absent[0], absent[1])
		require.ErrorIs(t, err, org.ErrNotFound)
		require.NoError(t, r.Remove(t.Context(), absent[0], absent[1]))
	}
	require.Empty(t, listed(t, r, "cccc3333"))
}

func deletedAlone(t *testing.T, r Recordings) {
	for _, name := range []string{"1.wav", "11.wav", "1.wav.wav"} {
		r.Put(t, "aaaa1111", name, "mine", written)
	}
	r.Put(t, "bbbb2222", "1.wav", "theirs", written)
	for range 2 {
		require.NoError(t, r.Remove(t.Context(), "aaaa1111", "1.wav"))
		_, err := r.Stat(t.Context(), "aaaa1111", "1.wav")
		require.ErrorIs(t, err, org.ErrNotFound)
	}
	require.ElementsMatch(t, []string{"11.wav", "1.wav.wav"}, listed(t, r, "aaaa1111"))
	require.Equal(t, []string{"1.wav"}, listed(t, r, "bbbb2222"))
}

func listedApart(t *testing.T, r Recordings) {
	r.Put(t, "aaaa1111", "1.wav", "mine", written)
	r.Put(t, "aaaa11112", "2.wav", "of one whose name begins alike", written)
	require.Equal(t, []string{"1.wav"}, listed(t, r, "aaaa1111"))
	stop := errors.New("stop")
	require.ErrorIs(t, r.List(t.Context(), "aaaa1111", func(string) error { return stop }), stop)
}

func namedWrongly(t *testing.T, r Recordings) {
	r.Put(t, "aaaa1111", "1.wav", "mine", written)
	r.Put(t, "bbbb2222", "2.wav", "theirs", written)
	for _, bad := range [][2]string{
		{"aaaa1111", "../bbbb2222/2.wav"},
		{"aaaa1111", `..\bbbb2222\2.wav`},
		{"aaaa1111", ""},
		{"aaaa1111", "."},
		{"aaaa1111", ".."},
		{"aaaa1111", "1.wav\x00"},
		{"aaaa1111", "1.wav\n"},
		{"aaaa1111", "1.WAV"},
		{"", "2.wav"},
		{"", "bbbb2222/2.wav"},
		{".", "2.wav"},
		{"aaaa1111/../bbbb2222", "2.wav"},
		{"bbbb2222/", "2.wav"},
		{"*", "2.wav"},
	} {
		_, err := r.Open(t.Context(), bad[0], bad[1])
		require.ErrorIs(t, err, org.ErrNotFound, "%q", bad)
		_, err = r.Stat(t.Context(), bad[0], bad[1])
		require.ErrorIs(t, err, org.ErrNotFound, "%q", bad)
		require.NoError(t, r.Remove(t.Context(), bad[0], bad[1]), "%q", bad)
	}
	for _, prefix := range []string{"", ".", "..", "*", "aaaa1111/../bbbb2222", "bbbb2222/"} {
		require.Empty(t, listed(t, r, prefix), "%q", prefix)
	}
	require.Equal(t, []string{"1.wav"}, listed(t, r, "aaaa1111"))
	require.Equal(t, []string{"2.wav"}, listed(t, r, "bbbb2222"))
}

func endedEarly(t *testing.T, r Recordings) {
	r.Put(t, "aaaa1111", "1.wav", "mine", written)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := r.Open(ctx, "aaaa1111", "1.wav")
	require.ErrorIs(t, err, ctx.Err())
	_, err = r.Stat(ctx, "aaaa1111", "1.wav")
	require.ErrorIs(t, err, ctx.Err())
	require.ErrorIs(t, r.Remove(ctx, "aaaa1111", "1.wav"), ctx.Err())
	require.ErrorIs(t, r.List(ctx, "aaaa1111", func(string) error { return nil }), ctx.Err())
	require.Equal(t, []string{"1.wav"}, listed(t, r, "aaaa1111"))
}

func listed(t *testing.T, r Recordings, contextPrefix string) []string {
	t.Helper()
	var names []string
	require.NoError(t, r.List(t.Context(), contextPrefix, func(name string) error {
		names = append(names, name)
		return nil
	}))
	return names
}
