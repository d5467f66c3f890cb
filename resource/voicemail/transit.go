package voicemail

import (
	"context"
	"crypto/rand"
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
	"strings"
	"time"

	"github.com/orgpbx/orgpbx/internal/orgfolder"
)

// transitFolder is in the folder of an organisation on the node that it moves
// to, where Asterisk takes it for no mailbox. It holds files on their way, and an
// empty one named for each thing that has arrived: so what is deleted on the new
// node meanwhile does not come again.
const transitFolder = ".orgpbx-moving"

// Asterisk must be able to change what is made here: it runs in the group of the
// server, or of the folder.
const (
	madeFolder = 0o770 | fs.ModeSetgid
	madeFile   = 0o660
)

// lockTime is how long Asterisk may keep a folder locked; it waits as long for us.
const lockTime = 5 * time.Second

var greetingName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}(\.[A-Za-z0-9]{1,16})?$`)

// errMoved says that a message was moved while it was copied.
var errMoved = errors.New("a message was moved meanwhile")

// transit is the way of an organisation's mailboxes from one folder to another.
type transit struct {
	from, into *os.Root
	still      bool            // nobody changes the old folder meanwhile
	same       bool            // both are one folder, seen at two places
	arrived    map[string]bool // what is noted, by id
	there      map[string]bool // the ids of messages in the new folder
	copied     int             // messages, by this transit
}

// begin reads what is in the new folder already.
func (t *transit) begin(ctx context.Context) error {
	if err := makeFolder(t.into, transitFolder); err != nil {
		return err
	}
	if err := t.compare(); err != nil || t.same {
		return err
	}
	// What is noted of how it came here must not be taken for how it comes back.
	if err := t.from.RemoveAll(transitFolder); err != nil {
		return err
	}
	if err := t.readNotes(); err != nil {
		return err
	}
	t.there = map[string]bool{}
	return eachMailbox(t.into, func(box string) error {
		return messagesOf(ctx, t.into, box, func(m Message) error {
			id, err := transitID(t.into, m)
			t.there[id] = true
			return err
		})
	})
}

// compare finds out whether both are one folder, as two mounts of it are: what is
// made in one shows in the other.
func (t *transit) compare() error {
	mark := path.Join(transitFolder, rand.Text())
	file, err := t.into.OpenFile(mark, os.O_CREATE|os.O_WRONLY|os.O_EXCL, madeFile)
	if err != nil {
		return err
	}
	_, err = t.from.Lstat(mark)
	t.same = err == nil
	return errors.Join(file.Close(), t.into.Remove(mark))
}

// readNotes reads what has arrived.
func (t *transit) readNotes() error {
	notes, err := fs.ReadDir(t.into.FS(), transitFolder)
	if orgfolder.IgnoreMissing(err) != nil {
		return err
	}
	t.arrived = map[string]bool{}
	for _, note := range notes {
		if len(note.Name()) == hex.EncodedLen(sha256.Size) { // those on their way have a suffix
			t.arrived[note.Name()] = true
		}
	}
	return nil
}

// note keeps that something has arrived.
func (t *transit) note(id string) error {
	file, err := t.into.OpenFile(path.Join(transitFolder, id), os.O_CREATE|os.O_WRONLY, madeFile)
	if err != nil {
		return err
	}
	t.arrived[id] = true
	return file.Close()
}

// copyAll copies what has not arrived.
func (t *transit) copyAll(ctx context.Context) error {
	return eachMailbox(t.from, func(box string) error {
		if err := t.eachGreeting(box, func(name, id string) error { return t.copyGreeting(box, name, id) }); err != nil {
			return err
		}
		return messagesOf(ctx, t.from, box, func(m Message) error { return t.copyMessage(ctx, m) })
	})
}

// clear deletes what has arrived from the old folder, and mailboxes that are
// empty then. It returns how many messages are left.
func (t *transit) clear(ctx context.Context) (left int, err error) {
	err = eachMailbox(t.from, func(box string) error {
		err := messagesOf(ctx, t.from, box, func(m Message) error {
			gone := false
			id, err := transitID(t.from, m)
			if err == nil && t.arrived[id] {
				gone, err = removeMessage(t.from, m)
			}
			if !gone {
				left++
			}
			return err
		})
		if err != nil {
			return err
		}
		err = t.eachGreeting(box, func(name, id string) error {
			if !t.arrived[id] {
				return nil
			}
			return t.from.Remove(path.Join(box, name))
		})
		if err != nil {
			return err
		}
		folders, err := fs.ReadDir(t.from.FS(), box)
		for _, folder := range folders {
			_ = t.from.Remove(path.Join(box, folder.Name())) // not one with anything in it
		}
		_ = t.from.Remove(box)
		return err
	})
	return left, err
}

// eachMailbox calls do with each mailbox in the folder of an organisation.
func eachMailbox(root *os.Root, do func(box string) error) error {
	boxes, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return err
	}
	for _, box := range boxes {
		if !box.IsDir() || !mailboxName.MatchString(box.Name()) {
			continue
		}
		if err := do(box.Name()); err != nil {
			return err
		}
	}
	return nil
}

// eachGreeting calls do with each file of a mailbox that is in no folder of it,
// and an id that its copy has too. One that is recorded anew is another one, as a
// rule: it has another length.
func (t *transit) eachGreeting(box string, do func(name, id string) error) error {
	files, err := fs.ReadDir(t.from.FS(), box)
	if err != nil {
		return orgfolder.IgnoreMissing(err)
	}
	for _, file := range files {
		if !file.Type().IsRegular() || !greetingName.MatchString(file.Name()) {
			continue
		}
		info, err := file.Info()
		if err != nil {
			return err
		}
		sum := sha256.Sum256(fmt.Appendf(nil, "greeting\x00%s\x00%s\x00%d", box, file.Name(), info.Size()))
		if err := do(file.Name(), hex.EncodeToString(sum[:])); err != nil {
			return err
		}
	}
	return nil
}

// copyGreeting takes the place of one that is there from before the move.
func (t *transit) copyGreeting(box, name, id string) error {
	if t.arrived[id] {
		return nil
	}
	coming := path.Join(transitFolder, id+".part")
	if _, err := t.copyFile(path.Join(box, name), coming); err != nil {
		return err
	}
	if err := makeFolder(t.into, box); err != nil {
		return err
	}
	if err := t.into.Rename(coming, path.Join(box, name)); err != nil {
		return err
	}
	return t.note(id)
}

func (t *transit) copyMessage(ctx context.Context, m Message) error {
	if len(m.Files) < 2 && !t.still {
		return nil // it just comes: the sound was not seen yet
	}
	id, err := transitID(t.from, m)
	if err != nil || t.arrived[id] {
		return err
	}
	if !t.there[id] { // or it came right before who copied it was interrupted
		for _, file := range m.Files {
			n, err := t.copyFile(m.Path(file.Name), coming(id, file))
			if err == nil && n != file.Bytes {
				err = errMoved
			}
			if err != nil {
				return err
			}
		}
		if now, err := transitID(t.from, m); err != nil || now != id {
			return errors.Join(err, errMoved)
		}
		if err := t.placeMessage(ctx, id, m); err != nil {
			return err
		}
		t.copied++
	}
	return t.note(id)
}

// transitID is the same for a message and its copy, in whatever folder of the
// mailbox. What somebody forwarded to himself is another one, although it has the
// msg_id of the first.
func transitID(root *os.Root, m Message) (string, error) {
	text, err := readEnvelope(root, m)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "message\x00%s\x00%s\x00", m.Mailbox, text)
	for _, file := range m.Files {
		_, _ = fmt.Fprintf(sum, "%s %d\x00", path.Ext(file.Name), file.Bytes)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// coming is where a file of a message is on its way.
func coming(id string, file File) string {
	return path.Join(transitFolder, id+path.Ext(file.Name))
}

// placeMessage gives a message that was copied the next number of its folder. The
// text about it comes last, because Asterisk counts by that.
func (t *transit) placeMessage(ctx context.Context, id string, m Message) error {
	folder := path.Join(m.Mailbox, m.Folder)
	for _, name := range []string{m.Mailbox, folder} {
		if err := makeFolder(t.into, name); err != nil {
			return err
		}
	}
	unlock, err := lockFolder(ctx, t.into, folder)
	if err != nil {
		return err
	}
	defer unlock()
	name, err := nextName(t.into, folder)
	if err != nil {
		return err
	}
	for _, file := range soundFirst(m.Files) {
		if err := t.into.Rename(coming(id, file), path.Join(folder, name+path.Ext(file.Name))); err != nil {
			return err
		}
	}
	return syncFolder(t.into, folder)
}

// nextName returns the name of the next message of a folder. It fills a gap, which
// Asterisk would close when somebody opens the mailbox, and removes what has the
// name without a text: the sound of a message that came half.
func nextName(root *os.Root, folder string) (string, error) {
	files, err := fs.ReadDir(root.FS(), folder)
	if err != nil {
		return "", err
	}
	for number := range 9999 {
		name := fmt.Sprintf("msg%04d", number)
		if slices.ContainsFunc(files, func(f fs.DirEntry) bool { return f.Name() == name+envelopeSuffix }) {
			continue
		}
		for _, file := range files {
			if strings.HasPrefix(file.Name(), name+".") {
				if err := root.Remove(path.Join(folder, file.Name())); err != nil {
					return "", err
				}
			}
		}
		return name, nil
	}
	return "", errors.New("a mailbox is full")
}

// copyFile copies a file of the old folder into the new one, and to the disk. It
// returns its length.
func (t *transit) copyFile(name, as string) (int64, error) {
	in, err := orgfolder.OpenRegular(t.from, name, os.O_RDONLY)
	if err != nil {
		return 0, err
	}
	defer func() { _ = in.Close() }()
	out, err := t.into.OpenFile(as, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, madeFile)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(out, in)
	return n, errors.Join(err, out.Chmod(madeFile), out.Sync(), out.Close())
}

// lockFolder takes the lock of a folder as Asterisk does: Asterisk neither leaves
// nor renumbers a message in it before it is unlocked, and gives up soon.
func lockFolder(ctx context.Context, root *os.Root, folder string) (unlock func(), err error) {
	own, lock := path.Join(folder, ".lock-orgpbx"), path.Join(folder, ".lock")
	unlock = func() {
		mine, err := root.Lstat(own)
		if err != nil {
			return
		}
		if held, err := root.Lstat(lock); err == nil && os.SameFile(mine, held) {
			_ = root.Remove(lock)
		}
		_ = root.Remove(own)
	}
	unlock() // what a process left that died
	file, err := root.OpenFile(own, os.O_CREATE|os.O_WRONLY|os.O_EXCL, madeFile)
	if err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, lockTime)
	defer cancel()
	for {
		err := root.Link(own, lock)
		if err == nil {
			return unlock, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			unlock()
			return nil, err
		}
		select {
		case <-ctx.Done():
			unlock()
			return nil, errors.New("a mailbox is locked")
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// inNew is in, after the folder of the organisation was made where it has none.
func (f Folder) inNew(ctx context.Context, contextPrefix string, do func(*os.Root) error) error {
	root, err := os.OpenRoot(string(f))
	if err != nil {
		return err
	}
	err = errors.Join(makeFolder(root, contextPrefix), root.Close())
	if err != nil {
		return err
	}
	return f.in(ctx, contextPrefix, do)
}

// dropFolder removes the folder of an organisation, if nothing is in it.
func (f Folder) dropFolder(contextPrefix string) {
	root, err := os.OpenRoot(string(f))
	if err != nil {
		return
	}
	defer func() { _ = root.Close() }()
	_ = root.Remove(contextPrefix)
}

// makeFolder makes a folder where there is none, whatever the umask.
func makeFolder(root *os.Root, name string) error {
	err := root.Mkdir(name, madeFolder.Perm())
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return root.Chmod(name, madeFolder)
}

func syncFolder(root *os.Root, name string) error {
	folder, err := root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
