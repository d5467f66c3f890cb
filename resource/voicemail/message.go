package voicemail

import (
	"context"
	"io"
	"time"
)

// Mailboxes is where voicemail messages are: each organisation has a folder named for
// its context prefix. No method reaches anything of another organisation.
type Mailboxes interface {
	// Messages calls do with each message that was left for the organisation, until it
	// returns an error, which comes back. An organisation without a folder has none.
	Messages(ctx context.Context, contextPrefix string, do func(Message) error) error
	// Open opens one of the files of a message, or returns [org.ErrNotFound]. Who opens
	// it closes it.
	Open(ctx context.Context, contextPrefix string, m Message, file string) (io.ReadCloser, error)
	// Remove deletes the files of a message. Where another one has its place by now,
	// or none, it deletes nothing and reports false.
	Remove(ctx context.Context, contextPrefix string, m Message) (bool, error)
}

// Message is what somebody left in a mailbox.
type Message struct {
	// ID names the message wherever Asterisk moves it to. No other one of the
	// organisation has it.
	ID      string
	Node    string // whose mailbox it is in, where there are several
	Mailbox string // the extension
	Folder  string // such as "INBOX"
	Name    string // of its files, without what is behind the dot, such as "msg0003"
	// From are the caller's number and name, and who had forwarded the call, as
	// Asterisk writes them.
	From  []string
	At    time.Time // when it was left, to the second
	Files []File
}

// File is one of the files of a message: the text about it, or its sound in
// one format.
type File struct {
	Name  string // such as "msg0003.wav"
	Bytes int64
}

// Bytes is how large all its files are together.
func (m Message) Bytes() int64 {
	var sum int64
	for _, f := range m.Files {
		sum += f.Bytes
	}
	return sum
}
