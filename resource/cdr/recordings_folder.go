package cdr

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/orgpbx/orgpbx/internal/orgfolder"
	"github.com/orgpbx/orgpbx/org"
)

// RecordingsFolder is the directory that Asterisk writes recordings into. It is a
// [Recordings]. Nothing outside of an organisation's own folder is reached: a link
// is no recording, wherever it leads.
type RecordingsFolder string

// Open implements [Recordings].
func (f RecordingsFolder) Open(ctx context.Context, contextPrefix, name string) (RecordingFile, error) {
	var opened RecordingFile
	err := f.with(ctx, contextPrefix, name, func(folder *os.Root) error {
		before, err := regular(folder, name)
		if err != nil {
			return err
		}
		file, err := folder.Open(name)
		if err != nil {
			return err
		}
		info, err := file.Stat()
		if err == nil && !os.SameFile(before, info) {
			err = fs.ErrNotExist // replaced meanwhile, maybe by a link
		}
		if err != nil {
			return errors.Join(err, file.Close())
		}
		opened = RecordingFile{file, infoOf(info)}
		return nil
	})
	return opened, err
}

// Stat implements [Recordings].
func (f RecordingsFolder) Stat(ctx context.Context, contextPrefix, name string) (RecordingInfo, error) {
	var found RecordingInfo
	err := f.with(ctx, contextPrefix, name, func(folder *os.Root) error {
		info, err := regular(folder, name)
		if err == nil {
			found = infoOf(info)
		}
		return err
	})
	return found, err
}

// Remove implements [Recordings]. A link is deleted, and what it leads to is not.
func (f RecordingsFolder) Remove(ctx context.Context, contextPrefix, name string) error {
	err := f.with(ctx, contextPrefix, name, func(folder *os.Root) error { return folder.Remove(name) })
	if errors.Is(err, org.ErrNotFound) {
		return nil
	}
	return err
}

// List implements [Recordings].
func (f RecordingsFolder) List(ctx context.Context, contextPrefix string, do func(name string) error) error {
	err := f.folder(ctx, contextPrefix, func(folder *os.Root) error {
		return fs.WalkDir(folder.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
			if err := errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			if entry.IsDir() && path != "." {
				return fs.SkipDir // Asterisk makes no folders here
			}
			if !entry.Type().IsRegular() || !recordingName.MatchString(path) {
				return nil
			}
			return do(path)
		})
	})
	if errors.Is(err, org.ErrNotFound) {
		return nil
	}
	return err
}

// with runs do in the folder of an organisation, if a recording can have the name.
func (f RecordingsFolder) with(ctx context.Context, contextPrefix, name string, do func(*os.Root) error) error {
	if !IsRecordingName(contextPrefix, name) {
		return org.ErrNotFound
	}
	return f.folder(ctx, contextPrefix, do)
}

func (f RecordingsFolder) folder(ctx context.Context, contextPrefix string, do func(*os.Root) error) error {
	err := orgfolder.In(ctx, string(f), contextPrefix, do)
	if err != nil && !errors.Is(err, org.ErrNotFound) {
		return fmt.Errorf("recordings of %s: %w", contextPrefix, err)
	}
	return err
}

// regular is what is known of a file that is no link, folder or device.
func regular(folder *os.Root, name string) (fs.FileInfo, error) {
	info, err := folder.Lstat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	return info, err
}

func infoOf(info fs.FileInfo) RecordingInfo {
	return RecordingInfo{Name: info.Name(), Bytes: info.Size(), ModifiedAt: info.ModTime().UTC()}
}
