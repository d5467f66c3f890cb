package confdir

import (
	"bytes"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/asterisk"
)

// waitingFile names, one a line, the shared files that were written since a
// reload of their module.
const waitingFile = ".reload"

// writeShared brings the shared files up to date. That they wait for a reload
// is noted first, so no crash forgets it.
func (p *PBX) writeShared(f folder) error {
	if err := p.writePrompts(f); err != nil {
		return err
	}
	texts, waiting := map[string][]byte{}, names{}
	for _, file := range p.base {
		have, err := f.read(file.Path)
		if err != nil {
			return err
		}
		if !bytes.Equal(have, file.Text) {
			texts[file.Path] = file.Text
			waiting[strings.TrimSuffix(file.Path, ".conf")] = true
		}
	}
	if len(texts) == 0 {
		return nil
	}
	earlier, err := waitingForReload(f)
	if err != nil {
		return err
	}
	waiting.add(earlier)
	note := strings.Join(waiting.sorted(), "\n") + "\n"
	if err := f.replace(map[string][]byte{waitingFile: []byte(note)}, secretMode); err != nil {
		return err
	}
	return f.replace(texts, fileMode)
}

// waitingForReload returns the names of the shared files that Asterisk may not
// have loaded yet.
func waitingForReload(f folder) ([]string, error) {
	note, err := f.read(waitingFile)
	if err != nil {
		return nil, err
	}
	known := asterisk.FileNames()
	return slices.DeleteFunc(strings.Fields(string(note)), func(name string) bool { return !slices.Contains(known, name) }), nil
}
