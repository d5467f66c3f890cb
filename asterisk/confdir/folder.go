package confdir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
)

const (
	folderMode = 0o750
	fileMode   = 0o640 // Asterisk reads by its group
	secretMode = 0o600 // what Asterisk need not read
)

// folder is the place of the configuration files. No path and no symbolic link
// leads out of it.
type folder struct {
	*os.Root
}

// openFolder makes the folder and those in it where they are missing.
func openFolder(dir string) (folder, error) {
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return folder{}, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return folder{}, err
	}
	f := folder{root}
	for _, name := range []string{orgsFolder, undoFolder, promptsFolder, operatorPromptsFolder} {
		if err := f.MkdirAll(name, folderMode); err != nil {
			return folder{}, errors.Join(err, f.Close())
		}
	}
	return f, nil
}

// read returns the text of a file; a file that is not there has none.
func (f folder) read(name string) ([]byte, error) {
	text, err := f.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text, err
}

// replace gives files new texts, each in one step that a crash does not split.
// An empty text removes the file. All texts are on the disk before the first
// file changes, so a full disk leaves everything as it was.
func (f folder) replace(texts map[string][]byte, mode os.FileMode) error {
	if err := f.stage(texts, mode); err != nil {
		f.unstage(texts)
		return err
	}
	folders := map[string]bool{}
	for name, text := range texts {
		if err := f.put(name, text); err != nil {
			f.unstage(texts)
			return err
		}
		folders[path.Dir(name)] = true
	}
	for name := range folders {
		if err := f.sync(name); err != nil {
			return err
		}
	}
	return nil
}

// stage writes each text beside the file it is for.
func (f folder) stage(texts map[string][]byte, mode os.FileMode) error {
	for name, text := range texts {
		if len(text) == 0 {
			continue
		}
		if err := f.writeSynced(staged(name), text, mode); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}

func (f folder) unstage(texts map[string][]byte) {
	for name := range texts {
		// It may never have been written, or be in place already.
		_ = f.Remove(staged(name))
	}
}

// put makes the staged text the file's.
func (f folder) put(name string, text []byte) error {
	if len(text) == 0 {
		return f.drop(name)
	}
	return f.Rename(staged(name), name)
}

// drop removes a file; it is no error when there is none.
func (f folder) drop(name string) error {
	if err := f.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (f folder) writeSynced(name string, text []byte, mode os.FileMode) (err error) {
	file, err := f.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := file.Chmod(mode); err != nil { // the umask of the process must not lock Asterisk out
		return err
	}
	if _, err := file.Write(text); err != nil {
		return err
	}
	return file.Sync()
}

// sync makes the renames in a folder last.
func (f folder) sync(name string) error {
	dir, err := f.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// staged is where the next text of a file is written. No include of Asterisk
// matches the name.
func staged(name string) string {
	return path.Join(path.Dir(name), "."+path.Base(name)+".new")
}
