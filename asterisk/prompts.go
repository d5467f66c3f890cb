package asterisk

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

//go:embed prompts/*.wav
var prompts embed.FS

// PromptsPath is where the shipped prompts are in the folder of sounds. Beside
// it are "custom" for the operator's and a folder for each organisation, named
// for its context prefix.
const PromptsPath = "orgpbx"

// Prompt is something that Asterisk says.
type Prompt struct {
	// Name is that of the file without its ending, such as "recording-notice".
	Name string
	// WAV is the file: 8 kHz, mono, 16 bit, below 6 seconds.
	WAV []byte
}

// Prompts returns the prompts that are shipped, in the order of their names. An
// Asterisk plays the operator's or the organisation's own instead where there
// is one.
func Prompts() ([]Prompt, error) {
	files, err := fs.Glob(prompts, "prompts/*.wav")
	if err != nil {
		return nil, err
	}
	all := make([]Prompt, len(files))
	for i, file := range files {
		wav, err := prompts.ReadFile(file)
		if err != nil {
			return nil, err
		}
		all[i] = Prompt{Name: strings.TrimSuffix(path.Base(file), ".wav"), WAV: wav}
	}
	return all, nil
}

// Version tells two recordings of a prompt apart: its length in bytes, by which
// the dialplan sees whether it plays the file that was shipped, and the
// beginning of its SHA-256.
func (p Prompt) Version() string {
	sum := sha256.Sum256(p.WAV)
	return strconv.Itoa(len(p.WAV)) + "-" + hex.EncodeToString(sum[:4])
}
