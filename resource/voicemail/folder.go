package voicemail

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/orgpbx/orgpbx/internal/orgfolder"
	"github.com/orgpbx/orgpbx/org"
)

// Folder is Asterisk's folder of mailboxes, <spool>/voicemail. It is
// [Mailboxes]. Nothing outside of an organisation's own folder is reached, and a link
// is no message.
type Folder string

// maxEnvelope is how much of the text about a message is read.
const maxEnvelope = 64 << 10

// Asterisk's names.
var (
	mailboxName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`) // of a mailbox, and of a folder in it
	messageName = regexp.MustCompile(`^msg\d{4}$`)
	soundSuffix = regexp.MustCompile(`^\.[A-Za-z0-9]{1,16}$`)
)

// envelopeSuffix is that of the text about a message.
const envelopeSuffix = ".txt"

// Messages implements [Mailboxes].
func (f Folder) Messages(ctx context.Context, contextPrefix string, do func(Message) error) error {
	return orgfolder.IgnoreMissing(f.in(ctx, contextPrefix, func(folder *os.Root) error {
		return eachMailbox(folder, func(box string) error { return messagesOf(ctx, folder, box, do) })
	}))
}

// messagesOf lists the messages of one mailbox, in all its folders.
func messagesOf(ctx context.Context, root *os.Root, mailbox string, do func(Message) error) error {
	folders, err := fs.ReadDir(root.FS(), mailbox)
	if err != nil {
		return orgfolder.IgnoreMissing(err)
	}
	for _, folder := range folders {
		if !folder.IsDir() || !mailboxName.MatchString(folder.Name()) {
			continue
		}
		files, err := fs.ReadDir(root.FS(), path.Join(mailbox, folder.Name()))
		if orgfolder.IgnoreMissing(err) != nil {
			return err
		}
		for _, file := range files {
			if err := ctx.Err(); err != nil {
				return err
			}
			name, is := strings.CutSuffix(file.Name(), envelopeSuffix)
			if !is || !messageName.MatchString(name) {
				continue
			}
			m, err := readMessage(root, Message{Mailbox: mailbox, Folder: folder.Name(), Name: name}, files)
			if errors.Is(err, fs.ErrNotExist) {
				continue // moved meanwhile, or only a link
			}
			if err != nil {
				return err
			}
			if err := do(m); err != nil {
				return err
			}
		}
	}
	return nil
}

// readMessage reads what is known of a message. beside are the files of its folder.
func readMessage(root *os.Root, m Message, beside []fs.DirEntry) (Message, error) {
	text, err := readEnvelope(root, m)
	if err != nil {
		return Message{}, err
	}
	m.readEnvelope(text)
	for _, file := range beside {
		suffix, is := strings.CutPrefix(file.Name(), m.Name)
		if !is || !soundSuffix.MatchString(suffix) || !file.Type().IsRegular() {
			continue
		}
		info, err := file.Info()
		if err != nil {
			return Message{}, err
		}
		m.Files = append(m.Files, File{file.Name(), info.Size()})
	}
	return m, nil
}

func readEnvelope(root *os.Root, m Message) ([]byte, error) {
	file, err := orgfolder.OpenRegular(root, m.Path(m.Name+envelopeSuffix), os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.LimitReader(file, maxEnvelope))
}

// readEnvelope takes over what Asterisk wrote about a message.
func (m *Message) readEnvelope(text []byte) {
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), "=")
		switch key {
		case "callerid", "rdnis":
			m.From = append(m.From, value)
		case "origtime":
			if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
				m.At = time.Unix(seconds, 0).UTC()
			}
		case "msg_id":
			m.ID = value
		}
	}
	// The same message may be in two mailboxes: somebody forwarded it.
	sum := sha256.Sum256([]byte(m.Mailbox + "\x00" + m.ID))
	if m.ID == "" {
		sum = sha256.Sum256(append([]byte(m.Mailbox+"\x00\x00"), text...))
	}
	m.ID = hex.EncodeToString(sum[:])
}

// Path is where a file of the message is, in the folder of the organisation.
func (m Message) Path(file string) string { return path.Join(m.Mailbox, m.Folder, file) }

// has reports whether a file can be one of the message, and the message be one.
func (m Message) has(file string) bool {
	suffix, is := strings.CutPrefix(file, m.Name)
	return is && soundSuffix.MatchString(suffix) && messageName.MatchString(m.Name) &&
		mailboxName.MatchString(m.Mailbox) && mailboxName.MatchString(m.Folder)
}

// Open implements [Mailboxes].
func (f Folder) Open(ctx context.Context, contextPrefix string, m Message, file string) (io.ReadCloser, error) {
	if !m.has(file) {
		return nil, org.ErrNotFound
	}
	var opened io.ReadCloser
	err := f.in(ctx, contextPrefix, func(folder *os.Root) error {
		var err error
		opened, err = orgfolder.OpenRegular(folder, m.Path(file), os.O_RDONLY)
		return err
	})
	return opened, err
}

// Remove implements [Mailboxes]. The sound goes first: as long as there is the text,
// the message is found again.
func (f Folder) Remove(ctx context.Context, contextPrefix string, m Message) (bool, error) {
	removed := false
	err := f.in(ctx, contextPrefix, func(folder *os.Root) (err error) {
		removed, err = removeMessage(folder, m)
		return err
	})
	return removed, orgfolder.IgnoreMissing(err)
}

// removeMessage is Remove in the folder of an organisation.
func removeMessage(root *os.Root, m Message) (bool, error) {
	if slices.ContainsFunc(m.Files, func(file File) bool { return !m.has(file.Name) }) {
		return false, nil
	}
	there, err := readMessage(root, Message{Mailbox: m.Mailbox, Folder: m.Folder, Name: m.Name}, nil)
	if err != nil || there.ID != m.ID {
		return false, err
	}
	for _, file := range soundFirst(append(slices.Clone(m.Files), File{Name: m.Name + envelopeSuffix})) {
		if err := orgfolder.IgnoreMissing(root.Remove(m.Path(file.Name))); err != nil {
			return false, err
		}
	}
	return true, nil
}

// soundFirst sorts files so that the text about the message is the last.
func soundFirst(files []File) []File {
	return slices.SortedStableFunc(slices.Values(files), func(a, b File) int { return isEnvelope(a) - isEnvelope(b) })
}

// isEnvelope is 1 for the text about a message, and 0 for its sound.
func isEnvelope(f File) int {
	if strings.HasSuffix(f.Name, envelopeSuffix) {
		return 1
	}
	return 0
}

func (f Folder) in(ctx context.Context, contextPrefix string, do func(*os.Root) error) error {
	err := orgfolder.In(ctx, string(f), contextPrefix, do)
	if err != nil && !errors.Is(err, org.ErrNotFound) {
		return fmt.Errorf("mailboxes of %s: %w", contextPrefix, err)
	}
	return err
}
