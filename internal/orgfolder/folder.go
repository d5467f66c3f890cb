package orgfolder

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"regexp"

	"github.com/orgpbx/orgpbx/org"
)

// prefix is how context prefixes look, and so the names of the folders.
var prefix = regexp.MustCompile(`^[A-Za-z0-9]{1,64}$`)

// IsName reports whether the folder of an organisation can be named so: by a context
// prefix, which means nothing to any file system.
func IsName(contextPrefix string) bool { return prefix.MatchString(contextPrefix) }

// In runs do with the folder of an organisation in a directory, as a root,
// which no path leads out of. It returns [org.ErrNotFound] where there is no such
// folder, or only a link, and where do returns [fs.ErrNotExist].
func In(ctx context.Context, dir, contextPrefix string, do func(*os.Root) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !IsName(contextPrefix) {
		return org.ErrNotFound
	}
	defer func() {
		if errors.Is(err, fs.ErrNotExist) {
			err = org.ErrNotFound
		}
	}()
	all, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = all.Close() }()
	// A link may lead to another organisation's folder and is still inside the root.
	before, err := all.Lstat(contextPrefix)
	if err != nil {
		return err
	}
	if !before.IsDir() {
		return fs.ErrNotExist
	}
	folder, err := all.OpenRoot(contextPrefix)
	if err != nil {
		return err
	}
	defer func() { _ = folder.Close() }()
	if after, err := folder.Stat("."); err != nil || !os.SameFile(before, after) {
		return errors.Join(err, fs.ErrNotExist)
	}
	return do(folder)
}

// OpenRegular opens a file that is no link, folder or device. No folder on the way to
// it may be a link either.
func OpenRegular(root *os.Root, name string, flag int) (*os.File, error) {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if info, err := root.Lstat(dir); err != nil || !info.IsDir() {
			return nil, errors.Join(err, fs.ErrNotExist)
		}
	}
	before, err := root.Lstat(name)
	if err != nil || !before.Mode().IsRegular() {
		return nil, errors.Join(err, fs.ErrNotExist)
	}
	file, err := root.OpenFile(name, flag, 0)
	if err != nil {
		return nil, err
	}
	after, err := file.Stat()
	if err == nil && !os.SameFile(before, after) {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// IgnoreMissing returns nil for something that is not there.
func IgnoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, org.ErrNotFound) {
		return nil
	}
	return err
}
