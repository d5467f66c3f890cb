package confdir

import (
	"encoding/json"
	"fmt"
	"path"
)

const undoFolder = "undo"

// undoRecord is what an organisation goes back to when a change does not go
// live. It is on the disk from before the first file changes until Asterisk is
// known to agree with the files. A record that is found at the start of a
// change was left by a crash or by a connection that broke: the files may be
// old or new, and Asterisk may have either.
type undoRecord struct {
	// Text holds all files of the organisation as they were.
	Text map[string][]byte `json:"text"`
	// Files are those that Asterisk may have in another version than Text.
	Files []string `json:"files"`
}

// readUndo returns the record of an organisation, or nil.
func readUndo(f folder, prefix string) (*undoRecord, error) {
	text, err := f.read(undoPath(prefix))
	if err != nil || len(text) == 0 {
		return nil, err
	}
	var r undoRecord
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("read %s: %w", undoPath(prefix), err)
	}
	return &r, nil
}

func (r undoRecord) write(f folder, prefix string) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return f.replace(map[string][]byte{undoPath(prefix): text}, secretMode)
}

// forgetUndo is not synced: a record that comes back after a power cut makes
// the next change look at more than it needs to, and no more than that.
func forgetUndo(f folder, prefix string) error { return f.drop(undoPath(prefix)) }

func undoPath(prefix string) string { return path.Join(undoFolder, prefix+".json") }
