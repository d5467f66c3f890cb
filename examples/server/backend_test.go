package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
)

// backend is a way for the server to configure Asterisk.
type backend interface {
	// asteriskFiles are what the operator adds to Asterisk's own files.
	asteriskFiles() map[string]string
	// choose completes the server's settings.
	choose(s *Settings)
	// written is what Asterisk was given of an organisation, in pieces.
	written(t *testing.T, pbx *asterisktest.Asterisk, prefix string) map[string]string
	// prompt is what a caller hears of one that is shipped, which an Asterisk
	// elsewhere does not have, and of the one of Asterisk in its place.
	prompt(shipped, core string) string
}

// files is the backend of a shared folder.
type files struct{ dir string }

func newFiles(t testing.TB) files {
	t.Helper()
	return files{filepath.Join(t.TempDir(), "asterisk-config")}
}

func (b files) asteriskFiles() map[string]string {
	included := map[string]string{}
	for _, name := range []string{"pjsip.conf", "extensions.conf", "queues.conf", "voicemail.conf"} {
		included[name] = fmt.Sprintf("\n#tryinclude %s\n", filepath.Join(b.dir, name))
	}
	return included
}

func (b files) choose(s *Settings) { s.PBX, s.AsteriskDir = "files", b.dir }

func (b files) written(t *testing.T, _ *asterisktest.Asterisk, prefix string) map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(b.dir, "orgs", prefix+".*"))
	require.NoError(t, err)
	content := map[string]string{}
	for _, name := range names {
		content[filepath.Base(name)] = readFile(t, name)
	}
	return content
}

func (b files) prompt(shipped, _ string) string {
	return filepath.Join(b.dir, "sounds", "orgpbx", shipped)
}

// overAMI is the backend that needs no folder.
type overAMI struct{ files map[string]string }

// newLive follows the operator's guide: every block of its section on live that
// begins with the name of a file is added to that file.
func newLive(t testing.TB) overAMI {
	t.Helper()
	guide := readFile(t, filepath.Join("..", "..", "docs", "OPERATING.md"))
	_, section, found := strings.Cut(guide, "\n## Asterisk over AMI alone")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	// The folder that the first step makes.
	b := overAMI{map[string]string{"orgpbx/README": "Generated files.\n"}}
	for i, block := range strings.Split(section, "```") {
		name, text, _ := strings.Cut(strings.TrimSpace(block), "\n")
		name, isFile := strings.CutPrefix(name, "; ")
		if i%2 == 1 && isFile {
			b.files[name] += "\n" + strings.ReplaceAll(text, "\n   ", "\n")
		}
	}
	// The tests' Asterisk has the transport already, on a port of its own, and
	// a user of this name.
	b.files["pjsip.conf"], _, _ = strings.Cut(b.files["pjsip.conf"], "[transport-udp]")
	b.files["pjsip.conf"] = strings.ReplaceAll(b.files["pjsip.conf"], "[global]", "[global](+)")
	b.files["manager.conf"] = strings.ReplaceAll(b.files["manager.conf"], "[orgpbx]", "[of-the-guide]")
	return b
}

func (b overAMI) asteriskFiles() map[string]string { return b.files }

func (overAMI) choose(s *Settings) {
	s.PBX, s.AMIUsername, s.AMISecret = "live", "of-the-guide", "CHANGE-ME"
}

func (overAMI) prompt(_, core string) string { return core }

// written returns objects of Asterisk's database, and sections of its files
// without the comments that say when they were written.
func (overAMI) written(t *testing.T, pbx *asterisktest.Asterisk, prefix string) map[string]string {
	t.Helper()
	pieces := map[string]string{}
	objects, err := pbx.CLI(t.Context(), "database show ps")
	require.NoError(t, err)
	for line := range strings.Lines(objects) {
		name, text, _ := strings.Cut(line, ":")
		if strings.Contains(name, "/"+prefix+"-") {
			pieces[strings.TrimSpace(name)] = text
		}
	}
	names, err := filepath.Glob(filepath.Join(pbx.ConfigDir(), "orgpbx", prefix+".*"))
	require.NoError(t, err)
	for _, name := range names {
		if strings.HasSuffix(name, ".draft") {
			continue
		}
		section := ""
		for line := range strings.Lines(readFile(t, name)) {
			switch line = strings.TrimSpace(line); {
			case line == "" || strings.HasPrefix(line, ";"):
			case strings.HasPrefix(line, "["):
				section = filepath.Base(name) + " " + line
			default:
				pieces[section] += line + "\n"
			}
		}
	}
	return pieces
}

func TestTheGuideToLiveNamesEveryFile(t *testing.T) {
	t.Parallel()
	var names []string
	for name := range newLive(t).files {
		names = append(names, name)
	}
	slices.Sort(names)
	require.Equal(t, []string{
		"extensions.conf", "manager.conf", "orgpbx/README", "pjsip.conf", "queues.conf", "res_parking.conf", "sorcery.conf",
		"voicemail.conf",
	}, names)
}
