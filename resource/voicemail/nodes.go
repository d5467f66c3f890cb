package voicemail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/internal/orgfolder"
	"github.com/orgpbx/orgpbx/org"
)

// Nodes are the folders of mailboxes of several Asterisks, by the name
// of the node. It is [Mailboxes], of all of them, and brings what is in them from
// node to node. Nodes that share a folder have the same one.
type Nodes map[string]Folder

// Messages implements [Mailboxes]. One that is being moved is there twice, and
// has another ID on each node.
func (n Nodes) Messages(ctx context.Context, contextPrefix string, do func(Message) error) error {
	seen := map[Folder]bool{}
	for _, node := range slices.Sorted(maps.Keys(n)) {
		if seen[n[node]] {
			continue
		}
		seen[n[node]] = true
		err := n[node].Messages(ctx, contextPrefix, func(m Message) error {
			m.Node, m.ID = node, m.ID+"@"+node
			return do(m)
		})
		if err != nil {
			return fmt.Errorf("%s: %w", node, err)
		}
	}
	return nil
}

// Open implements [Mailboxes].
func (n Nodes) Open(ctx context.Context, contextPrefix string, m Message, file string) (io.ReadCloser, error) {
	folder, seen := n[m.Node]
	if !seen {
		return nil, org.ErrNotFound
	}
	return folder.Open(ctx, contextPrefix, m, file)
}

// Remove implements [Mailboxes].
func (n Nodes) Remove(ctx context.Context, contextPrefix string, m Message) (bool, error) {
	folder, seen := n[m.Node]
	if !seen {
		return false, nil
	}
	m.ID = strings.TrimSuffix(m.ID, "@"+m.Node)
	return folder.Remove(ctx, contextPrefix, m)
}

// Sees reports whether the mailboxes of a node are among these.
func (n Nodes) Sees(node string) bool {
	_, seen := n[node]
	return seen
}

// Copy brings the messages and greetings of an organisation that have not been
// brought yet to the mailboxes of another node, behind the messages that are
// there. It returns how many messages came, also with an error: then the rest
// comes when it is called again.
func (n Nodes) Copy(ctx context.Context, contextPrefix, from, to string) (copied int, err error) {
	err = n.between(ctx, contextPrefix, from, to, func(t *transit) error {
		err := t.copyAll(ctx)
		copied = t.copied
		return err
	})
	return copied, err
}

// Finish is Copy, after which the mailboxes of the organisation are deleted on
// the node that they came from. Nobody may use them there any more.
func (n Nodes) Finish(ctx context.Context, contextPrefix, from, to string) (copied int, err error) {
	err = n.between(ctx, contextPrefix, from, to, func(t *transit) error {
		t.still = true
		err := t.copyAll(ctx)
		copied = t.copied
		if err != nil {
			return err
		}
		left, err := t.clear(ctx)
		if err == nil && left > 0 {
			err = errMoved
		}
		if err != nil {
			return err
		}
		// While there is the old folder, who goes on finds what is noted.
		err = t.into.RemoveAll(transitFolder)
		if err == nil {
			n[from].dropFolder(contextPrefix)
		}
		return err
	})
	return copied, err
}

// TakeBack deletes what Copy has brought to a node, and what is known of it. It
// is no error when there is nothing.
func (n Nodes) TakeBack(ctx context.Context, contextPrefix, node string) error {
	err := n[node].in(ctx, contextPrefix, func(folder *os.Root) error {
		t := &transit{from: folder, into: folder}
		if err := t.readNotes(); err != nil {
			return err
		}
		if len(t.arrived) > 0 { // or a node may be using it
			if _, err := t.clear(ctx); err != nil {
				return err
			}
		}
		return folder.RemoveAll(transitFolder)
	})
	return orgfolder.IgnoreMissing(err)
}

// between runs do with the folders of an organisation on two nodes; not where it
// has none on the first one, and not where both are the same.
func (n Nodes) between(ctx context.Context, contextPrefix, from, to string, do func(*transit) error) error {
	same, err := sameFolder(string(n[from]), string(n[to]))
	if err != nil || same {
		return err
	}
	var failure error
	err = n[from].in(ctx, contextPrefix, func(old *os.Root) error {
		failure = n[to].inNew(ctx, contextPrefix, func(into *os.Root) error {
			t := &transit{from: old, into: into}
			if err := t.begin(ctx); err != nil {
				return err
			}
			if t.same {
				return into.RemoveAll(transitFolder)
			}
			return do(t)
		})
		return nil
	})
	if failure != nil {
		// Whatever is missing, it is not the organisation.
		return fmt.Errorf("mailboxes of %s from %s to %s: %s", contextPrefix, from, to, failure.Error())
	}
	return orgfolder.IgnoreMissing(err)
}

// sameFolder reports whether two folders are one. Both have to be there: one
// that is not mounted must not look as if it were empty.
func sameFolder(a, b string) (bool, error) {
	first, err := os.Stat(a)
	if err != nil {
		return false, notThere(err)
	}
	second, err := os.Stat(b)
	if err != nil {
		return false, notThere(err)
	}
	return os.SameFile(first, second), nil
}

func notThere(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("a folder of mailboxes is not there: " + err.Error())
	}
	return err
}
