package asterisk

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
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

// BaseOptions are the folders that the shared files name, as Asterisk sees
// them: absolute, because Asterisk would look for a relative path in a folder of
// its own.
type BaseOptions struct {
	// Dir is the folder of generated files.
	Dir string
	// SoundsDir holds the prompts: the shipped ones in "orgpbx", the operator's
	// own in "custom", an organisation's own in a folder named for its context
	// prefix. When empty, it is the folder of Asterisk's own sounds.
	SoundsDir string
	// RecordingsDir is where calls are recorded, each organisation's in a folder
	// named for its context prefix. When empty, it is Asterisk's folder of
	// monitored calls.
	RecordingsDir string
}

// What Asterisk calls its own folders.
const (
	ownSoundsDir     = "${ASTDATADIR}/sounds"
	ownRecordingsDir = "${ASTSPOOLDIR}/monitor"
)

// maxDir is the longest folder with which the path of every generated file
// fits into the 255 characters that Asterisk keeps of one.
const maxDir = 180

// ErrDir is returned for a folder that cannot be written into an Asterisk
// configuration file.
var ErrDir = errors.New("the folder must be an absolute path of at most 180 characters, " +
	"without control characters and any of ; & \" ` < > * ? ( ) [ ] { } \\")

// BaseFiles returns the files that all organisations share: the dialplan that
// theirs call, and the globs that read theirs in. They hold nothing of any
// organisation, so they are written once and never edited. It returns [ErrDir]
// for a folder that cannot be named in them.
//
// The operator includes each from the file of the same name in /etc/asterisk,
// behind his own sections:
//
//	#include /var/lib/orgpbx/asterisk/pjsip.conf
func BaseFiles(o BaseOptions) ([]BaseFile, error) {
	folders, err := foldersText(o)
	if err != nil {
		return nil, err
	}
	shippedPrompts, err := promptsText()
	if err != nil {
		return nil, err
	}
	var files []BaseFile
	for _, name := range FileNames() {
		text, err := baseText(name)
		if err != nil {
			return nil, err
		}
		if name == "extensions" {
			text = append(text, "\n"+folders+"\n"+shippedPrompts...)
		}
		glob := path.Join(o.Dir, "orgs", "*."+name+".conf")
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

// foldersText is the context that knows the folders.
func foldersText(o BaseOptions) (string, error) {
	if !usableDir(o.Dir) {
		return "", ErrDir
	}
	sounds, recordings := ownSoundsDir, ownRecordingsDir
	if o.SoundsDir != "" {
		sounds = o.SoundsDir
		if !usableDir(sounds) {
			return "", fmt.Errorf("sounds: %w", ErrDir)
		}
	}
	if o.RecordingsDir != "" {
		recordings = o.RecordingsDir
		if !usableDir(recordings) {
			return "", fmt.Errorf("recordings: %w", ErrDir)
		}
	}
	return "; Where sounds and recordings are.\n[orgpbx-folders]\n" +
		"exten => sounds,1,Return(" + sounds + ")\n" +
		"exten => recordings,1,Return(" + recordings + ")\n", nil
}

// promptsText is the context that knows the versions of the shipped prompts.
func promptsText() (string, error) {
	all, err := Prompts()
	if err != nil {
		return "", err
	}
	text := "; The prompts that are shipped, with the length of the file and the beginning of\n" +
		"; its SHA-256.\n[orgpbx-prompts]\n"
	for _, p := range all {
		text += "exten => " + p.Name + ",1,Return(" + p.Version() + ")\n"
	}
	return text, nil
}

func usableDir(dir string) bool {
	return path.IsAbs(dir) && len(dir) <= maxDir && dir == plain(dir) && !strings.ContainsAny(dir, ";&\"`<>*?()[]{}\\")
}
