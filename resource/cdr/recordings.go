package cdr

import (
	"context"
	"io"
	"regexp"
	"time"

	"github.com/orgpbx/orgpbx/internal/orgfolder"
	"github.com/orgpbx/orgpbx/org"
)

// Recordings is where the files of recordings are: each organisation has a folder
// named for its context prefix, and no file in it is reached by the name of another
// organisation. Every method returns [org.ErrNotFound] for a name that no recording
// can have, but for Remove.
type Recordings interface {
	// Open returns a file to read from, or [org.ErrNotFound]. Who opens it closes it.
	Open(ctx context.Context, contextPrefix, name string) (RecordingFile, error)
	// Stat returns what is known of a file without reading it, or [org.ErrNotFound].
	Stat(ctx context.Context, contextPrefix, name string) (RecordingInfo, error)
	// Remove deletes a file. It is no error when there is none, or when no recording
	// can have that name.
	Remove(ctx context.Context, contextPrefix, name string) error
	// List calls do with the name of each file of the organisation, until it returns
	// an error, which comes back. An organisation without a folder has none.
	List(ctx context.Context, contextPrefix string, do func(name string) error) error
}

// RecordingInfo is what is known of the file of a recording.
type RecordingInfo struct {
	Name       string
	Bytes      int64
	ModifiedAt time.Time
}

// RecordingFile is the file of a recording, open to be read.
type RecordingFile struct {
	io.ReadSeekCloser
	RecordingInfo
}

var recordingName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,150}\.wav$`)

// IsRecordingName reports whether Asterisk can have named a recording so: one name,
// of letters that mean nothing to any file system. What a [Recordings] gets is
// checked with it first.
func IsRecordingName(contextPrefix, name string) bool {
	return orgfolder.IsName(contextPrefix) && recordingName.MatchString(name)
}

// OpenRecording returns the recording of a call, or [org.ErrNotFound] where there is
// none, or none that this process can reach. Who opens it closes it.
func (s *Service) OpenRecording(ctx context.Context, o org.Organization, callID string) (RecordingFile, error) {
	c, err := s.store.Call(ctx, o.ID, callID)
	if err != nil {
		return RecordingFile{}, err
	}
	if s.opts.Recordings == nil || !IsRecordingName(o.ContextPrefix, c.Recording) {
		return RecordingFile{}, org.ErrNotFound
	}
	return s.Recordings().Open(ctx, o.ContextPrefix, c.Recording)
}
