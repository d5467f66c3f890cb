package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/orgpbx/orgpbx/asterisk"
)

// recordingsMode lets Asterisk, which runs in the server's group, make folders
// that are the group's too, and keeps everybody else out.
const recordingsMode = os.ModeSetgid | 0o770

// makeRecordingsDir makes the folder of recordings where it is missing. One that
// is there is the operator's and stays as it is.
func makeRecordingsDir(dir string) error {
	_, err := os.Stat(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(dir, 0o770); err != nil { //nolint:gosec // the group is Asterisk's
		return err
	}
	return os.Chmod(dir, recordingsMode) // whatever the umask is
}

// writePrompts writes the shipped prompts for an Asterisk on another machine
// into a folder of sounds, and says where.
func writePrompts(sounds string, out io.Writer) error {
	prompts, err := asterisk.Prompts()
	if err != nil {
		return err
	}
	dir := filepath.Join(sounds, asterisk.PromptsPath)
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // prompts are no secret
		return fmt.Errorf("--write-prompts: %w", err)
	}
	for _, prompt := range prompts {
		file := filepath.Join(dir, prompt.Name+".wav")
		if err := os.WriteFile(file, prompt.WAV, 0o644); err != nil { //nolint:gosec // as above
			return fmt.Errorf("--write-prompts: %w", err)
		}
	}
	_, err = fmt.Fprintf(out, "%d prompts are in %s\n", len(prompts), dir)
	return err
}
