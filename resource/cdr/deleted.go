package cdr

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/orgpbx/orgpbx/org/audit"
)

// DeletedOrganization is one that is gone and may have left recordings.
type DeletedOrganization struct {
	ID, ContextPrefix string
	Until             time.Time // when nobody looks for them any more
}

// lateRecordings is for how long recordings of a deleted organisation are looked
// for: a call may still be running, or somebody be moving one to the archive.
const lateRecordings = 24 * time.Hour

// errFull ends a list of files that is long enough.
var errFull = errors.New("enough files")

// purgeDeleted deletes the recordings of organisations that are gone. None has a
// hold: it could not have been deleted.
func (s *Service) purgeDeleted(ctx context.Context) error {
	if s.opts.Recordings == nil {
		return nil
	}
	now := s.opts.Now().UTC().Truncate(time.Second)
	list, err := s.store.DeletedOrganizations(ctx, now.Add(lateRecordings))
	if err != nil {
		return err
	}
	var failures error
	for _, o := range list {
		err := s.removeAll(ctx, o)
		if err == nil && !now.Before(o.Until) {
			err = s.store.ForgetDeleted(ctx, o.ID)
		}
		if err != nil {
			failures = fmt.Errorf("organization %s, which was deleted: %w", o.ID, err) // the last will do
		}
	}
	return failures
}

// removeAll deletes every file of an organisation, a batch at a time.
func (s *Service) removeAll(ctx context.Context, o DeletedOrganization) error {
	for {
		names := map[string]bool{}
		var order []string
		err := s.Recordings().List(ctx, o.ContextPrefix, func(name string) error {
			if !names[name] {
				names[name], order = true, append(order, name)
			}
			if len(order) == purgesAtOnce {
				return errFull
			}
			return nil
		})
		if err := ignore(err, errFull); err != nil || len(order) == 0 {
			return err
		}
		for i, name := range order {
			if err := s.Recordings().Remove(ctx, o.ContextPrefix, name); err != nil {
				return errors.Join(err, s.tellRemoved(ctx, o, order[:i]))
			}
		}
		if err := s.tellRemoved(ctx, o, order); err != nil {
			return err
		}
	}
}

// FilesDeletion is what the platform's trail keeps of a batch of recordings that
// were deleted because their organisation was.
type FilesDeletion struct {
	Count int `json:"count"`
	// NamesSHA256 is the hash, in hex, of the names of all files in the order in
	// which they were deleted, each with a line feed behind it.
	NamesSHA256 string `json:"names_sha256"`
}

// tellRemoved tells the platform's trail, because the organisation's has ended, and
// the log.
func (s *Service) tellRemoved(ctx context.Context, o DeletedOrganization, names []string) error {
	if len(names) == 0 {
		return nil
	}
	s.opts.Logger.Info("cdr: recordings of an organization that was deleted are deleted", "organization", o.ID, "recordings", len(names))
	ctx, record := s.beginDeletion(ctx, recordingsGone)
	audit.Changed(ctx, string(recordingsGone), o.ID, nil, FilesDeletion{Count: len(names), NamesSHA256: linesSHA256(names)})
	entry, _, err := record.Pending(audit.Platform)
	if err != nil {
		return err
	}
	_, err = s.store.AppendEntry(ctx, entry)
	return err
}
