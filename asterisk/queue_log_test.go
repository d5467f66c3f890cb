package asterisk_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/resource/subject"
)

// queueLog is what Asterisk has in one of the files of its queue log.
func (p *realPBX) queueLog(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.LogDir(), name))
	require.NoError(t, err)
	return string(text)
}

// waitQueueLog waits until the queue log has a line with all parts.
func (p *realPBX) waitQueueLog(t *testing.T, parts ...string) {
	t.Helper()
	require.Eventually(t, func() bool {
		for line := range strings.Lines(p.queueLog(t, "queue_log")) {
			if !strings.Contains(line, parts[0]) {
				continue
			}
			for _, part := range parts[1:] {
				if !strings.Contains(line, part) {
					line = ""
				}
			}
			if line != "" {
				return true
			}
		}
		return false
	}, patience, 20*time.Millisecond, "%q", parts)
}

func TestANumberIsTakenOutOfTheQueueLogThatAsteriskWritesTo(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.79", addQueues)
	ours, theirs := p.phone(t, "aaaa1111", 4), p.phone(t, "bbbb2222", 4)
	first, other := answered(t, ours, emptyQueue), answered(t, theirs, emptyQueue)
	p.waitQueueLog(t, "|aaaa1111-2017|", "|EXITWITHTIMEOUT|")
	p.waitQueueLog(t, "|bbbb2222-2017|", "|EXITWITHTIMEOUT|")
	require.NoError(t, first.WaitDone(patient(t)))
	require.NoError(t, other.WaitDone(patient(t)))
	p.cli(t, "logger rotate")
	waiting := answered(t, ours, musicQueue)
	p.waitQueueLog(t, "|aaaa1111-2018|", "|ENTERQUEUE||1004|")

	rotated, open := p.queueLog(t, "queue_log.0"), p.queueLog(t, "queue_log")
	require.Contains(t, rotated, "|aaaa1111-2017|NONE|ENTERQUEUE||1004|1")
	require.Contains(t, rotated, "|bbbb2222-2017|NONE|ENTERQUEUE||1004|1")
	log := subject.QueueLogFolder(p.LogDir())
	require.NoError(t, log.Blank(t.Context(), "aaaa1111", func(l subject.QueueLine) bool { return l.Number == "1004" }))
	require.Equal(t, strings.Replace(rotated, "|aaaa1111-2017|NONE|ENTERQUEUE||1004|", "|aaaa1111-2017|NONE|ENTERQUEUE||xxxx|", 1), p.queueLog(t, "queue_log.0"))
	blanked := strings.Replace(open, "||1004|", "||xxxx|", 1)
	require.Equal(t, blanked, p.queueLog(t, "queue_log"))

	// Asterisk goes on in the same file.
	require.NoError(t, waiting.Hangup(patient(t)))
	p.waitQueueLog(t, "|aaaa1111-2018|", "|ABANDON|")
	again := answered(t, ours, emptyQueue)
	p.waitQueueLog(t, "|aaaa1111-2017|", "|ENTERQUEUE||1004|")
	require.NoError(t, again.WaitDone(patient(t)))
	require.True(t, strings.HasPrefix(p.queueLog(t, "queue_log"), blanked))
	var told []string
	_, err := log.Lines(t.Context(), "aaaa1111", func(l subject.QueueLine) error {
		if l.Event == "ENTERQUEUE" {
			told = append(told, l.Number)
		}
		return nil
	})
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"xxxx", "xxxx", "1004"}, told)
}
