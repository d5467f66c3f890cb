package subject_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/resource/subject"
)

const queueLines = `1795521600|NONE|NONE|NONE|QUEUESTART|
1795521601|1795521600.1|aaaa1111-2010|NONE|ENTERQUEUE||+14155550100|1
1795521602|1795521600.2|bbbb2222-2010|NONE|ENTERQUEUE||+14155550100|1
1795521603|1795521600.1|aaaa1111-2010|Asha|CONNECT|2|1795521600.3|1
1795521604|1795521600.1|aaaa1111-2010|Asha|BLINDTRANSFER|+12125550100|aaaa1111-internal|2|1|1
1795521605|1795521600.4|aaaa1111-2010|NONE|ENTERQUEUE||04155550100|1|x
1795521606|1795521600.4|aaaa1111-2010|NONE|EXITWITHTIMEOUT|1|1|60
broken
x|1795521600.5|aaaa1111-2010|NONE|ENTERQUEUE||+14155550100|1
1795521607|1795521600.6|aaaa1111-2010|NONE|ENTERQUEUE
`

func linesOf(t *testing.T, folder subject.QueueLogFolder, prefix string) (lines []subject.QueueLine, compressed bool) {
	t.Helper()
	compressed, err := folder.Lines(t.Context(), prefix, func(l subject.QueueLine) error {
		lines = append(lines, l)
		return nil
	})
	require.NoError(t, err)
	return lines, compressed
}

func TestLinesOfAQueueLogAreThoseOfTheOrganisationInEveryPart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "queue_log"), queueLines+"1795521608|1795521600.7|aaaa1111-2010|NONE|ENTERQUEUE||+1415")
	lines, compressed := linesOf(t, subject.QueueLogFolder(dir), "aaaa1111")
	require.False(t, compressed)
	var told []string
	for _, l := range lines {
		told = append(told, strings.TrimSpace(fmt.Sprint(l.CallID, " ", l.Event, " ", l.Number)))
	}
	require.Equal(t, []string{
		"1795521600.1 ENTERQUEUE +14155550100", "1795521600.1 CONNECT", "1795521600.1 BLINDTRANSFER +12125550100",
		"1795521600.4 ENTERQUEUE 04155550100", "1795521600.4 EXITWITHTIMEOUT", "1795521600.6 ENTERQUEUE",
	}, told)
	for _, name := range []string{"queue_log.0", "queue_log.1", "queue_log-20261124", "queue_log-20261124.2"} {
		write(t, filepath.Join(dir, name), "1795521601|1.1|aaaa1111-2010|NONE|ENTERQUEUE||+14155550100|1\n")
	}
	require.NoError(t, os.Symlink(filepath.Join(dir, "queue_log"), filepath.Join(dir, "queue_log.7")))
	write(t, filepath.Join(dir, "queue_log.bak"), queueLines)
	write(t, filepath.Join(dir, "full"), queueLines)
	more, _ := linesOf(t, subject.QueueLogFolder(dir), "aaaa1111")
	require.Len(t, more, len(lines)+4)
	write(t, filepath.Join(dir, "queue_log-20261123.gz"), "")
	_, compressed = linesOf(t, subject.QueueLogFolder(dir), "aaaa1111")
	require.True(t, compressed)
	for _, prefix := range []string{"", "aaaa", "aaaa1111-2010", "NONE"} {
		none, _ := linesOf(t, subject.QueueLogFolder(dir), prefix)
		require.Empty(t, none, prefix)
	}
	_, err := subject.QueueLogFolder(filepath.Join(dir, "absent")).Lines(t.Context(), "aaaa1111", nil)
	require.Error(t, err, "a folder that is not there is not taken for an empty one")
}

func TestOnlyANumberIsWrittenOver(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "queue_log"), queueLines)
	err := subject.QueueLogFolder(dir).Blank(t.Context(), "aaaa1111", func(l subject.QueueLine) bool { return strings.HasSuffix(l.Number, "4155550100") })
	require.NoError(t, err)
	got, err := os.ReadFile(filepath.Join(dir, "queue_log"))
	require.NoError(t, err)
	want := strings.Replace(queueLines, "|1795521600.1|aaaa1111-2010|NONE|ENTERQUEUE||+14155550100|", "|1795521600.1|aaaa1111-2010|NONE|ENTERQUEUE||xxxxxxxxxxxx|", 1)
	want = strings.Replace(want, "||04155550100|1|x", "||xxxxxxxxxxx|1|x", 1)
	require.Equal(t, want, string(got))
}

// TestNoLineIsLostThatIsWrittenMeanwhile adds lines and rotates as Asterisk does, while
// numbers are taken out.
func TestNoLineIsLostThatIsWrittenMeanwhile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	current := filepath.Join(dir, "queue_log")
	var wrote strings.Builder
	var writing sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	writing.Go(func() {
		defer stop()
		for part := range 5 {
			file, err := os.OpenFile(current, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
			if err != nil {
				return
			}
			for n := range 400 {
				prefix := []string{"aaaa1111", "bbbb2222"}[n%2]
				line := fmt.Sprintf("1795521601|%d.%d|%s-2010|NONE|ENTERQUEUE||+14155550100|1\n", part, n, prefix)
				wrote.WriteString(line)
				_, _ = file.WriteString(line)
			}
			_ = file.Close()
			if part < 4 {
				_ = os.Rename(current, fmt.Sprint(current, ".", part))
			}
		}
	})
	folder := subject.QueueLogFolder(dir)
	all := func(subject.QueueLine) bool { return true }
	for ctx.Err() == nil {
		require.NoError(t, folder.Blank(t.Context(), "aaaa1111", all))
	}
	writing.Wait()
	require.NoError(t, folder.Blank(t.Context(), "aaaa1111", all))
	var there strings.Builder
	for _, name := range []string{".0", ".1", ".2", ".3", ""} {
		text, err := os.ReadFile(current + name)
		require.NoError(t, err)
		there.Write(text)
	}
	want := strings.ReplaceAll(wrote.String(), "|aaaa1111-2010|NONE|ENTERQUEUE||+14155550100|", "|aaaa1111-2010|NONE|ENTERQUEUE||xxxxxxxxxxxx|")
	require.Equal(t, want, there.String())
}
