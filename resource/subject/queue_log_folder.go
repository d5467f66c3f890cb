package subject

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/internal/orgfolder"
)

// QueueLogFolder is Asterisk's folder of logs, such as /var/log/asterisk. It is
// [QueueLog], of the files queue_log and those that it was rotated into, and reaches
// nothing else there.
//
// Asterisk has the file open and only ever adds to it, so a number is written over where
// it is: no file gets shorter, is moved or is replaced, and whatever is rotated meanwhile
// keeps what it has. Only what empties a file where it is, such as copytruncate of
// logrotate, can come in between.
type QueueLogFolder string

// The names of the file and of its older parts, as Asterisk and logrotate give them.
var (
	queueLogName       = regexp.MustCompile(`^queue_log([.-]\d+)*$`)
	compressedQueueLog = regexp.MustCompile(`^queue_log([.-]\d+)*\.(gz|bz2|xz|zst|Z)$`)
)

// longestQueueLine is more than Asterisk writes. What is longer is none of its lines.
const longestQueueLine = 16 << 10

// Lines implements [QueueLog].
func (f QueueLogFolder) Lines(ctx context.Context, contextPrefix string, do func(QueueLine) error) (compressed bool, err error) {
	compressed, err = f.eachFile(os.O_RDONLY, func(file *os.File) error {
		return eachQueueLine(ctx, file, contextPrefix, func(line QueueLine, _ int64) error { return do(line) })
	})
	return compressed, err
}

// Blank implements [QueueLog].
func (f QueueLogFolder) Blank(ctx context.Context, contextPrefix string, his func(QueueLine) bool) error {
	_, err := f.eachFile(os.O_RDWR, func(file *os.File) error {
		changed := false
		err := eachQueueLine(ctx, file, contextPrefix, func(line QueueLine, offset int64) error {
			if line.Number == "" || !his(line) {
				return nil
			}
			changed = true
			return blank(file, line, offset)
		})
		if changed {
			err = errors.Join(err, file.Sync())
		}
		return err
	})
	return err
}

// blank writes over the number of a line, if the line is still where it was read.
func blank(file *os.File, line QueueLine, offset int64) error {
	there := make([]byte, len(line.Text))
	if _, err := file.ReadAt(there, offset); err != nil || string(there) != line.Text {
		return errors.Join(errLeft, err)
	}
	_, err := file.WriteAt([]byte(strings.Repeat("x", len(line.Number))), offset+int64(line.at))
	return err
}

// eachFile opens all files and calls do with each. They are opened before the first is
// read, and those looked for again that were rotated meanwhile: an open file is the same
// under any name.
func (f QueueLogFolder) eachFile(flag int, do func(*os.File) error) (compressed bool, err error) {
	root, err := os.OpenRoot(string(f))
	if err != nil {
		return false, fmt.Errorf("queue log: %w", err)
	}
	defer func() { _ = root.Close() }()
	var files []*os.File
	defer func() {
		for _, file := range files {
			_ = file.Close()
		}
	}()
	for more := true; more; {
		more = false
		entries, err := fs.ReadDir(root.FS(), ".")
		if err != nil {
			return false, fmt.Errorf("queue log: %w", err)
		}
		for _, entry := range entries {
			compressed = compressed || compressedQueueLog.MatchString(entry.Name())
			if !queueLogName.MatchString(entry.Name()) {
				continue
			}
			file, err := orgfolder.OpenRegular(root, entry.Name(), flag)
			if errors.Is(err, fs.ErrNotExist) {
				continue // moved meanwhile, or only a link
			}
			if err != nil {
				return false, fmt.Errorf("queue log: %w", err)
			}
			if isOpen(files, file) {
				_ = file.Close()
				continue
			}
			files, more = append(files, file), true
		}
	}
	for _, file := range files {
		if err := do(file); err != nil {
			return false, fmt.Errorf("queue log %s: %w", file.Name(), err)
		}
	}
	return compressed, nil
}

// isOpen reports whether a file is one of those that are open.
func isOpen(files []*os.File, file *os.File) bool {
	info, err := file.Stat()
	return err == nil && slices.ContainsFunc(files, func(other *os.File) bool {
		known, err := other.Stat()
		return err == nil && os.SameFile(known, info)
	})
}

// eachQueueLine calls do with each whole line about a queue of the organisation, and
// where in the file it begins.
func eachQueueLine(ctx context.Context, file *os.File, contextPrefix string, do func(QueueLine, int64) error) error {
	reader := bufio.NewReaderSize(file, longestQueueLine)
	tooLong := false
	for offset := int64(0); ; {
		text, err := reader.ReadSlice('\n')
		begin := offset
		offset += int64(len(text))
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			tooLong = true
			continue
		case errors.Is(err, io.EOF):
			return nil // what is behind the last line is not whole yet
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		}
		line, is := readQueueLine(contextPrefix, string(text[:len(text)-1]))
		if is && !tooLong {
			if err := do(line, begin); err != nil {
				return err
			}
		}
		tooLong = false
	}
}
