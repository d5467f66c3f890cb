package asterisk

import (
	"bytes"
	"embed"
	"errors"
	"io/fs"
	"path"
	"strings"
)

//go:embed base
var base embed.FS

// BaseFile is one of the files that all organisations share.
type BaseFile struct {
	// Path is where it is in the folder of generated files.
	Path string
	Text []byte
}

// maxDir is the longest folder with which the path of every generated file
// fits into the 255 characters that Asterisk keeps of one.
const maxDir = 180

// ErrDir is returned for a folder that cannot be written into an Asterisk
// configuration file.
var ErrDir = errors.New("the folder must be an absolute path of at most 180 characters, " +
	`without control characters and any of ; " < > * ? [ ] { } \`)

// BaseFiles returns the files that all organisations share: the dialplan that
// theirs call, and the globs that read theirs in. They hold nothing of any
// organisation, so they are written once and never edited. dir is the folder
// of generated files as Asterisk sees it; it is part of the text because
// Asterisk would look for a relative path in its own folder.
//
// The operator includes each from the file of the same name in /etc/asterisk,
// behind his own sections:
//
//	#include /var/lib/orgpbx/asterisk/pjsip.conf
func BaseFiles(dir string) ([]BaseFile, error) {
	if !usableDir(dir) {
		return nil, ErrDir
	}
	var files []BaseFile
	for _, name := range FileNames() {
		text, err := baseText(name)
		if err != nil {
			return nil, err
		}
		glob := path.Join(dir, "orgs", "*."+name+".conf")
		files = append(files, BaseFile{
			Path: SharedPath(name),
			Text: append(text, "\n#tryinclude \""+glob+"\"\n"...),
		})
	}
	return files, nil
}

// baseText returns the part of a shared file that is the same everywhere. The
// dialplan is kept in a file for each subject, read in the order of their names.
func baseText(name string) ([]byte, error) {
	parts, err := fs.Glob(base, "base/"+name+"/*.conf")
	if err != nil || len(parts) == 0 {
		return base.ReadFile("base/" + name + ".conf")
	}
	var texts [][]byte
	for _, part := range parts {
		text, err := base.ReadFile(part)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return bytes.Join(texts, []byte("\n")), nil
}

func usableDir(dir string) bool {
	return path.IsAbs(dir) && len(dir) <= maxDir && dir == plain(dir) && !strings.ContainsAny(dir, "`;\"<>*?[]{}\\")
}
