package confdir

import (
	"bytes"
	"errors"
	"io/fs"
	"path"

	"github.com/orgpbx/orgpbx/asterisk"
)

// Where the prompts are. An organisation's own are in a folder beside these,
// named for its context prefix, which the operator makes.
const (
	soundsFolder          = "sounds"
	promptsFolder         = soundsFolder + "/" + asterisk.PromptsPath
	operatorPromptsFolder = soundsFolder + "/custom"
)

// promptFiles returns the shipped prompts by their path in the folder.
func promptFiles() (map[string][]byte, error) {
	all, err := asterisk.Prompts()
	if err != nil {
		return nil, err
	}
	files := make(map[string][]byte, len(all))
	for _, prompt := range all {
		files[path.Join(promptsFolder, prompt.Name+".wav")] = prompt.WAV
	}
	return files, nil
}

// writePrompts brings the shipped prompts up to date. Asterisk reads one each
// time it plays it, so none waits for a reload.
func (p *PBX) writePrompts(f folder) error {
	missing := map[string][]byte{}
	for name, wav := range p.prompts {
		same, err := f.holds(name, wav)
		if err != nil {
			return err
		}
		if !same {
			missing[name] = wav
		}
	}
	return f.replace(missing, fileMode)
}

// holds reports whether a file has that text. Most files that differ are told
// by their length alone.
func (f folder) holds(name string, text []byte) (bool, error) {
	info, err := f.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil || info.Size() != int64(len(text)) {
		return false, err
	}
	have, err := f.read(name)
	return bytes.Equal(have, text), err
}
