package cdr

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"time"

	"github.com/orgpbx/orgpbx/org"
)

// Seal is what the file of a recording was when it was complete.
type Seal struct {
	Name   string // of the file
	State  SealState
	SHA256 [32]byte // zero unless sealed
	Bytes  int64
	At     time.Time // when that was found out; zero until it was
}

// SealState is what is known of the file of a recording.
type SealState string

// The states of a seal.
const (
	Unsealed SealState = "pending" // it may still be written
	Sealed   SealState = "sealed"
	Absent   SealState = "absent"   // no sound came to be recorded: there never was a file
	Deleting SealState = "deleting" // it is past its time, or to be erased, and goes
)

// RecordingRef names a recording that is not sealed.
type RecordingRef struct{ OrganizationID, ContextPrefix, CallID, Name string }

const (
	// quiet is for how long nothing may have been written to a complete file.
	quiet = time.Minute
	// absence is how long after the end of a call its file may still come.
	absence = time.Hour
	// sealsAtOnce is how many recordings are read from the store at a time.
	sealsAtOnce = 200
)

// SealRecordings hashes the files of all recordings that are complete and were not
// hashed yet. [Service.Run] calls it; it is no error when several processes do so at
// once. A file that cannot be read is told of and keeps no other from being sealed.
func (s *Service) SealRecordings(ctx context.Context) error {
	if s.opts.Recordings == nil {
		return nil
	}
	var after RecordingRef
	var failures error
	for {
		list, err := s.store.UnsealedRecordings(ctx, after, sealsAtOnce)
		if err != nil {
			return errors.Join(failures, err)
		}
		for _, ref := range list {
			if err := s.seal(ctx, ref); err != nil {
				failures = err // the last will do
			}
			after = ref
		}
		if len(list) < sealsAtOnce || ctx.Err() != nil {
			return failures
		}
	}
}

func (s *Service) seal(ctx context.Context, ref RecordingRef) error {
	seal, err := s.hash(ctx, s.opts.Recordings, ref.ContextPrefix, ref.Name)
	now := s.opts.Now()
	switch {
	case errors.Is(err, org.ErrNotFound):
		c, err := s.store.Call(ctx, ref.OrganizationID, ref.CallID)
		if err != nil || now.Sub(c.EndedAt) < absence {
			return ignore(err, org.ErrNotFound)
		}
		seal = Seal{State: Absent}
	case errors.Is(err, errIncomplete):
		return nil
	case err != nil:
		return err
	}
	seal.At = now.UTC().Truncate(time.Millisecond)
	return s.store.SealRecording(ctx, ref.OrganizationID, ref.CallID, seal)
}

// errIncomplete says that a file was written to a moment ago.
var errIncomplete = errors.New("the recording is not complete")

// hash reads a whole file. It returns errIncomplete when it may not be whole yet.
func (s *Service) hash(ctx context.Context, recordings Recordings, contextPrefix, name string) (Seal, error) {
	if !IsRecordingName(contextPrefix, name) {
		return Seal{}, org.ErrNotFound
	}
	file, err := recordings.Open(ctx, contextPrefix, name)
	if err != nil {
		return Seal{}, err
	}
	defer func() { _ = file.Close() }()
	if s.opts.Now().Sub(file.ModifiedAt) < quiet {
		return Seal{}, errIncomplete
	}
	digest := sha256.New()
	if _, err := io.Copy(digest, file); err != nil {
		return Seal{}, err
	}
	after, err := recordings.Stat(ctx, contextPrefix, name)
	if err != nil {
		return Seal{}, err
	}
	if after != file.RecordingInfo {
		return Seal{}, errIncomplete
	}
	return Seal{State: Sealed, SHA256: [32]byte(digest.Sum(nil)), Bytes: file.Bytes}, nil
}

// ignore returns nil instead of one kind of error.
func ignore(err, kind error) error {
	if errors.Is(err, kind) {
		return nil
	}
	return err
}
