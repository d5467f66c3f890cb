package asterisk_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
)

func TestEveryPromptIsWhatAsteriskPlaysWithoutConverting(t *testing.T) {
	t.Parallel()
	all, err := asterisk.Prompts()
	require.NoError(t, err)
	for _, p := range all {
		require.True(t, bytes.HasPrefix(p.WAV, []byte("RIFF")), p.Name)
		require.Equal(t, "WAVEfmt ", string(p.WAV[8:16]), p.Name)
		require.EqualValues(t, 1, binary.LittleEndian.Uint16(p.WAV[20:]), "%s: PCM", p.Name)
		require.EqualValues(t, 1, binary.LittleEndian.Uint16(p.WAV[22:]), "%s: mono", p.Name)
		require.EqualValues(t, 8000, binary.LittleEndian.Uint32(p.WAV[24:]), "%s: 8 kHz", p.Name)
		require.EqualValues(t, 16, binary.LittleEndian.Uint16(p.WAV[34:]), "%s: 16 bit", p.Name)
		require.Less(t, len(p.WAV), 6*16000, "%s: 6 seconds", p.Name)
	}
}

// The list of texts, the files and the list for readers of the dialplan agree.
func TestEveryPromptHasATextAndIsListed(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("prompts/prompts.txt")
	require.NoError(t, err)
	about, err := os.ReadFile("base/extensions/60-prompts.conf")
	require.NoError(t, err)
	listed := strings.Join(strings.Fields(strings.ReplaceAll(string(about), "\n;", " ")), " ")
	operating, err := os.ReadFile("../docs/OPERATING.md")
	require.NoError(t, err)
	spoken := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if name, _, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, "#") {
			spoken[name] = true
		}
	}
	all, err := asterisk.Prompts()
	require.NoError(t, err)
	require.Len(t, all, len(spoken))
	for _, p := range all {
		require.True(t, spoken[p.Name], p.Name)
		require.Regexp(t, `[ ,]`+p.Name+`[,.]`, listed)
		require.Contains(t, string(operating), "`"+p.Name+"`")
	}
}

// What the shared dialplan says is a prompt that there is.
func TestThePromptsOfTheDialplanAreShipped(t *testing.T) {
	t.Parallel()
	files, err := asterisk.BaseFiles(asterisk.BaseOptions{Dir: "/srv/pbx"})
	require.NoError(t, err)
	shared := string(files[1].Text)
	said := 0
	for _, start := range []string{"Gosub(orgpbx-say,s,1(", "Gosub(orgpbx-ask,s,1("} {
		for _, call := range strings.Split(shared, start)[1:] {
			_, name, _ := strings.Cut(call, ",")
			name = name[:strings.IndexAny(name, ",)")]
			if strings.Contains(name, "$") {
				continue // named by who calls
			}
			said++
			require.Contains(t, shared, "\nexten => "+name+",1,Return(", "no such prompt")
		}
	}
	require.Positive(t, said)
}
