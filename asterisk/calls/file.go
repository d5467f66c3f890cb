package calls

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/resource/cdr"
)

// batch is how many records are saved at a time.
const batch = 500

// file reads the records that Asterisk writes.
//
// Whoever rotates the file renames it, or copies and empties it. So a file is not
// known by its name but by its first line, which no other one has, and whatever
// has the name of the file and something behind it is looked at too. What is beyond
// the place up to which it was read is new, wherever it is now. Compressed files
// are not read: they have to be left alone until the next rotation.
type file struct {
	path      string
	recorder  Recorder
	positions Positions
	log       *slog.Logger
	read      map[string]int64 // bytes, by first line; nil before the first pass
}

// pass records what is new. What was recorded is not read again, not by the next
// process either; what was not is read by the next pass.
func (f *file) pass(ctx context.Context) error {
	if err := f.recall(ctx); err != nil {
		return err
	}
	names, err := f.names()
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, name := range names {
		head, err := f.passOne(ctx, name)
		if err != nil {
			return err
		}
		there[head] = true
	}
	for head := range f.read {
		if !there[head] {
			delete(f.read, head) // it is gone, or compressed
		}
	}
	return nil
}

// recall finds out how far was read before.
func (f *file) recall(ctx context.Context) error {
	if f.read != nil {
		return nil
	}
	saved, err := f.positions.Position(ctx, f.source())
	if err != nil {
		return err
	}
	read := map[string]int64{}
	if saved != "" {
		if err := json.Unmarshal([]byte(saved), &read); err != nil {
			return fmt.Errorf("the position in the file of call records: %w", err)
		}
	}
	f.read = read
	return nil
}

func (f *file) remember(ctx context.Context) error {
	text, err := json.Marshal(f.read)
	if err != nil {
		return err
	}
	return f.positions.SavePosition(ctx, f.source(), string(text))
}

func (f *file) source() string { return "file:" + f.path }

// names lists the file and those that it was rotated to. The order in which they
// are read makes no difference.
func (f *file) names() ([]string, error) {
	dir, base := filepath.Split(f.path)
	entries, err := os.ReadDir(filepath.Clean(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // Asterisk has not written anything yet
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() && strings.HasPrefix(e.Name(), base) && !compressed(e.Name()) {
			names = append(names, filepath.Join(dir, e.Name()))
		}
	}
	return names, nil
}

func compressed(name string) bool {
	return slices.Contains([]string{".gz", ".bz2", ".xz", ".zst"}, filepath.Ext(name))
}

// passOne records what is new in one file, and returns what it is known by, or ""
// while it has no whole line.
func (f *file) passOne(ctx context.Context, name string) (head string, err error) {
	opened, err := os.Open(name) //nolint:gosec // the operator's file
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	first, err := bufio.NewReader(opened).ReadBytes('\n')
	if errors.Is(err, io.EOF) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(first)
	head = hex.EncodeToString(sum[:8])
	if _, err := opened.Seek(f.read[head], io.SeekStart); err != nil {
		return "", err
	}
	return head, f.rest(ctx, opened, head)
}

// rest records the whole lines that there are from here on.
func (f *file) rest(ctx context.Context, r io.Reader, head string) error {
	lines := bufio.NewReader(r)
	for {
		records, length, end, err := f.some(lines)
		if err != nil {
			return err
		}
		if length > 0 {
			if err := f.recorder.Record(ctx, records); err != nil {
				return err
			}
			f.read[head] += length
			if err := f.remember(ctx); err != nil {
				return err
			}
		}
		if end {
			return nil // a line that is not whole yet is read by the next pass
		}
	}
}

// some reads up to a batch of records, and returns how many bytes they are in the
// file and whether that is its end.
func (f *file) some(lines *bufio.Reader) (records []cdr.Record, length int64, end bool, err error) {
	for len(records) < batch {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return records, length, true, nil
		}
		if err != nil {
			return nil, 0, false, err
		}
		length += int64(len(line))
		record, err := parseLine(line)
		switch {
		case errors.Is(err, errNotOurs):
		case err != nil:
			f.log.Warn("calls: a line of the file of call records is left out", "error", err)
		default:
			records = append(records, record)
		}
	}
	return records, length, false, nil
}

// parseLine reads a line of the file. It returns what [parse] returns.
func parseLine(line string) (cdr.Record, error) {
	columns, err := csv.NewReader(strings.NewReader(line)).Read()
	if err != nil || len(columns) < len(fields) {
		return cdr.Record{}, errors.New("it does not have the columns of CustomMapping")
	}
	return parse(func(field string) string { return columns[slices.Index(fields, field)] })
}
