package cdr

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/orgpbx/orgpbx/org"
)

// Archive is where recordings go once they are sealed, such as a bucket of an
// object store (package store/s3).
type Archive interface {
	Recordings
	// Put saves a file under its name and with its time, whole or not at all, in the
	// place of one that is there. It does not close it.
	Put(ctx context.Context, contextPrefix string, file RecordingFile) error
}

// ArchiveStore is the part of a [Store] that knows which recordings are in the
// archive. Whoever moves one there claims it before, so that no two processes do, and
// so that nobody deletes its files meanwhile.
type ArchiveStore interface {
	// UnarchivedRecordings lists recordings of all organisations that are sealed and
	// not in the archive, at most limit, in order of organisation and call and behind
	// after.
	UnarchivedRecordings(ctx context.Context, after RecordingRef, limit int) ([]SealedRecording, error)
	// ClaimRecording claims such a recording until a time, and reports whether it
	// could: it is one, and no other claim to it is in force now.
	ClaimRecording(ctx context.Context, organizationID, callID string, now, until time.Time) (bool, error)
	// ArchiveRecording notes that a recording is in the archive and nowhere else. It
	// does nothing unless the claim that holds until that time is the last.
	ArchiveRecording(ctx context.Context, organizationID, callID string, until time.Time) error
	// ArchivedBytes adds up the recordings of an organisation that are in the archive.
	ArchivedBytes(ctx context.Context, organizationID string) (int64, error)
}

// SealedRecording is a recording that is complete, and what it was then.
type SealedRecording struct {
	RecordingRef
	SHA256 [32]byte
	Bytes  int64
	// Claimed is true when somebody has claimed it before: it may be in the archive.
	Claimed bool
}

const (
	// moveTime is how long moving a recording may take.
	moveTime = 10 * time.Minute
	// claimTime is how long a claim holds. A move that failed leaves it: the archive
	// may still work on a request that nobody waits for any more, and what was deleted
	// would come back.
	claimTime = 15 * time.Minute
	// movesAtOnce is how many recordings are read from the store at a time.
	movesAtOnce = 200
)

// ArchiveRecordings moves all recordings that are sealed to the archive, if there is
// one: each is uploaded, read back and compared with its seal, and then deleted where
// the PBX wrote it. What is interrupted anywhere is done again a quarter of an hour
// later. [Service.Run] calls it; it is no error when several processes do so at once.
// It stops at the first recording that the archive does not take. A file that is not
// what was sealed stays where it is, and keeps no other from being moved.
func (s *Service) ArchiveRecordings(ctx context.Context) error {
	if s.opts.Archive == nil || s.opts.Recordings == nil {
		return nil
	}
	var after RecordingRef
	var changed error
	for {
		list, err := s.store.UnarchivedRecordings(ctx, after, movesAtOnce)
		if err != nil {
			return errors.Join(changed, err)
		}
		for _, r := range list {
			err := s.archive(ctx, r)
			switch {
			case errors.Is(err, errChanged):
				changed = fmt.Errorf("organization %s, %s: %w", r.OrganizationID, r.Name, err) // the last will do
			case err != nil:
				return errors.Join(changed, err)
			}
			after = r.RecordingRef
		}
		if len(list) < movesAtOnce {
			return changed
		}
	}
}

// errChanged says that a file is not what was sealed.
var errChanged = errors.New("the recording is not what was sealed")

// archive moves a recording, if this process can and no other does.
func (s *Service) archive(ctx context.Context, r SealedRecording) error {
	_, err := s.opts.Recordings.Stat(ctx, r.ContextPrefix, r.Name)
	if errors.Is(err, org.ErrNotFound) && !r.Claimed {
		return nil // it is gone, or on another machine
	}
	if err := ignore(err, org.ErrNotFound); err != nil {
		return err
	}
	now := s.opts.Now().UTC().Truncate(time.Millisecond)
	until := now.Add(claimTime)
	claimed, err := s.store.ClaimRecording(ctx, r.OrganizationID, r.CallID, now, until)
	if err != nil || !claimed {
		return err
	}
	moving, cancel := context.WithTimeout(ctx, moveTime)
	defer cancel()
	if err := s.move(moving, r); err != nil {
		return ignore(err, org.ErrNotFound) // neither here nor in the archive
	}
	return s.store.ArchiveRecording(ctx, r.OrganizationID, r.CallID, until)
}

// move uploads a recording, unless somebody has done that, and deletes its file. It
// returns [org.ErrNotFound] when it is nowhere.
func (s *Service) move(ctx context.Context, r SealedRecording) error {
	there := false
	if r.Claimed {
		err := s.compare(ctx, s.opts.Archive, r)
		if there = err == nil; !there && !errors.Is(err, org.ErrNotFound) && !errors.Is(err, errChanged) {
			return err
		}
	}
	if !there {
		if err := s.upload(ctx, r); err != nil {
			return err
		}
	}
	return s.opts.Recordings.Remove(ctx, r.ContextPrefix, r.Name)
}

// upload puts a recording into the archive, and reads it there.
func (s *Service) upload(ctx context.Context, r SealedRecording) error {
	if err := s.compare(ctx, s.opts.Recordings, r); err != nil {
		return err
	}
	file, err := s.opts.Recordings.Open(ctx, r.ContextPrefix, r.Name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	if err := s.opts.Archive.Put(ctx, r.ContextPrefix, file); err != nil {
		return err
	}
	err = s.compare(ctx, s.opts.Archive, r)
	if errors.Is(err, org.ErrNotFound) {
		return errors.New("the archive has taken a recording and does not have it")
	}
	return err
}

// compare reads a recording. It returns errChanged when it is not what was sealed,
// and [org.ErrNotFound] when it is not there.
func (s *Service) compare(ctx context.Context, where Recordings, r SealedRecording) error {
	is, err := s.hash(ctx, where, r.ContextPrefix, r.Name)
	if errors.Is(err, errIncomplete) || err == nil && (is.Bytes != r.Bytes || is.SHA256 != r.SHA256) {
		return errChanged
	}
	return err
}

// Recordings returns those that the PBX has written together with the archived ones;
// nil when there are none.
func (s *Service) Recordings() Recordings {
	if s.opts.Recordings == nil || s.opts.Archive == nil {
		return s.opts.Recordings
	}
	return both{s.opts.Recordings, s.opts.Archive}
}

// both are two places of recordings. The first is looked at first: a recording goes
// from there to the second and is deleted then, so who looks in this order finds it.
type both struct{ first, second Recordings }

// Open implements [Recordings].
func (b both) Open(ctx context.Context, contextPrefix, name string) (RecordingFile, error) {
	file, err := b.first.Open(ctx, contextPrefix, name)
	if errors.Is(err, org.ErrNotFound) {
		return b.second.Open(ctx, contextPrefix, name)
	}
	return file, err
}

// Stat implements [Recordings].
func (b both) Stat(ctx context.Context, contextPrefix, name string) (RecordingInfo, error) {
	info, err := b.first.Stat(ctx, contextPrefix, name)
	if errors.Is(err, org.ErrNotFound) {
		return b.second.Stat(ctx, contextPrefix, name)
	}
	return info, err
}

// Remove implements [Recordings]. The second goes first: it is the one that may be
// away, and then nothing is deleted.
func (b both) Remove(ctx context.Context, contextPrefix, name string) error {
	if err := b.second.Remove(ctx, contextPrefix, name); err != nil {
		return err
	}
	return b.first.Remove(ctx, contextPrefix, name)
}

// List implements [Recordings]. A name that is in both places comes twice.
func (b both) List(ctx context.Context, contextPrefix string, do func(name string) error) error {
	if err := b.first.List(ctx, contextPrefix, do); err != nil {
		return err
	}
	return b.second.List(ctx, contextPrefix, do)
}
