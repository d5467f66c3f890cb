package calls

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// written is what Asterisk knows of call n, which an organisation had at a second, by the
// names of the fields.
func written(n int, contextPrefix string, second int64) map[string]string {
	return map[string]string{
		"uniqueid": fmt.Sprintf("%d.%d", second, n), "sequence": fmt.Sprint(n), "accountcode": contextPrefix,
		"clid": `"Ada, ""L""" <+14155550100>`, "disposition": "ANSWERED",
		"start,u": fmt.Sprintf("%d.000001", second), "answer,u": fmt.Sprintf("%d.500000", second+1), "end,u": fmt.Sprintf("%d.500000", second+61),
		"orgpbx_called": "+15550101001",
	}
}

// lineOf is that as a line of the file.
func lineOf(written map[string]string) string {
	columns := make([]string, len(fields))
	for i, f := range fields {
		columns[i] = strings.ReplaceAll(written[f], `"`, `""`)
	}
	return `"` + strings.Join(columns, `","`) + "\"\n"
}

// line is what Asterisk writes of call n.
func line(n int) string { return lineOf(written(n, "aaaa1111", 1795521600)) }

func lines(from, to int) string {
	var all strings.Builder
	for n := from; n < to; n++ {
		all.WriteString(line(n))
	}
	return all.String()
}

// heard keeps the sequence numbers of records in the order in which they came.
type heard struct {
	sequences []int64
	err       error // of the next Record
}

// Record implements [Recorder].
func (h *heard) Record(_ context.Context, records []cdr.Record) error {
	if err := h.err; err != nil {
		h.err = nil
		return err
	}
	for _, r := range records {
		h.sequences = append(h.sequences, r.Sequence)
	}
	return nil
}

// take returns what came since the last time.
func (h *heard) take() []int64 {
	defer func() { h.sequences = nil }()
	return h.sequences
}

func numbers(from, to int) (list []int64) {
	for n := from; n < to; n++ {
		list = append(list, int64(n))
	}
	return list
}

// followed is a file of call records and a process that reads it.
type followed struct {
	t    *testing.T
	path string
	db   *memstore.Store
	heard
	reader *file
}

func newFollowed(t *testing.T) *followed {
	f := &followed{t: t, path: filepath.Join(t.TempDir(), FileName), db: memstore.New()}
	f.restart()
	return f
}

// restart is another process that reads on.
func (f *followed) restart() {
	f.reader = &file{path: f.path, recorder: &f.heard, positions: f.db, log: slog.New(slog.DiscardHandler)}
}

func (f *followed) write(name, text string) {
	f.t.Helper()
	out, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	require.NoError(f.t, err)
	_, err = out.WriteString(text)
	require.NoError(f.t, errors.Join(err, out.Close()))
}

// brings makes a pass and checks what it records.
func (f *followed) brings(want []int64) {
	f.t.Helper()
	require.NoError(f.t, f.reader.pass(f.t.Context()))
	got := f.take()
	slices.Sort(got)
	require.Equal(f.t, want, got)
}

func TestAFileIsReadFromWhereItWasReadBefore(t *testing.T) {
	t.Parallel()
	f := newFollowed(t)
	f.brings(nil) // there is none yet
	f.write(f.path, lines(0, 3))
	f.brings(numbers(0, 3))
	f.brings(nil)
	f.write(f.path, lines(3, 4))
	f.restart()
	f.brings(numbers(3, 4))
	f.write(f.path, lines(4, 4+2*batch+1))
	f.brings(numbers(4, 4+2*batch+1))
}

func TestALineThatIsNotWholeIsReadLater(t *testing.T) {
	t.Parallel()
	f := newFollowed(t)
	first, second := line(0), line(1)
	f.write(f.path, first[:20])
	f.brings(nil)
	f.write(f.path, first[20:]+second[:20])
	f.brings(numbers(0, 1))
	f.restart()
	f.brings(nil)
	f.write(f.path, second[20:])
	f.brings(numbers(1, 2))
}

func TestARotatedFileIsReadToItsEnd(t *testing.T) {
	t.Parallel()
	for name, rotate := range map[string]func(f *followed, to string){
		"renamed": func(f *followed, to string) { require.NoError(f.t, os.Rename(f.path, to)) },
		"copied and emptied": func(f *followed, to string) {
			text, err := os.ReadFile(f.path)
			require.NoError(f.t, err)
			f.write(to, string(text))
			require.NoError(f.t, os.Truncate(f.path, 0))
		},
	} {
		for _, restarts := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, another process: %t", name, restarts), func(t *testing.T) {
				t.Parallel()
				f := newFollowed(t)
				f.write(f.path, lines(0, 3))
				f.brings(numbers(0, 3))
				f.write(f.path, lines(3, 5))
				rotate(f, f.path+".1")
				if restarts {
					f.restart()
				}
				f.brings(numbers(3, 5))
				f.write(f.path, lines(5, 9)) // longer than where we were
				f.brings(numbers(5, 9))
				f.write(f.path, lines(9, 10))
				require.NoError(t, os.Rename(f.path+".1", f.path+".2"))
				rotate(f, f.path+".1")
				f.write(f.path, lines(10, 11))
				if restarts {
					f.restart()
				}
				f.brings(numbers(9, 11))
				require.NoError(t, os.Remove(f.path+".2"))
				f.brings(nil)
				require.Len(t, f.reader.read, 2)
			})
		}
	}
}

func TestWhatWasNotSavedIsReadAgain(t *testing.T) {
	t.Parallel()
	f := newFollowed(t)
	f.write(f.path, lines(0, 3))
	f.err = errors.New("no database")
	require.Error(t, f.reader.pass(t.Context()))
	f.brings(numbers(0, 3))
	f.write(f.path, lines(3, 5))
	f.err = errors.New("no database")
	require.Error(t, f.reader.pass(t.Context()))
	f.restart()
	f.brings(numbers(3, 5))
}

func TestALineThatIsNoRecordHoldsNothingUp(t *testing.T) {
	t.Parallel()
	f := newFollowed(t)
	leg := strings.Replace(line(7), `"+15550101001"`, `""`, 1)
	f.write(f.path, "nonsense\n\n\x00\x00\n"+line(0)+leg+`"a","b`+"\n"+line(1))
	f.brings(numbers(0, 2))
}

func TestFilesOfOtherNamesAndCompressedOnesAreLeftAlone(t *testing.T) {
	t.Parallel()
	f := newFollowed(t)
	f.write(f.path, lines(0, 1))
	f.write(f.path+".2.gz", lines(1, 2))
	f.write(filepath.Join(filepath.Dir(f.path), "Master.csv"), lines(2, 3))
	require.NoError(t, os.Mkdir(f.path+".d", 0o750))
	f.brings(numbers(0, 1))
}
