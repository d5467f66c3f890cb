package cdr

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
)

// callsAtOnce and purgesAtOnce are how many calls and recordings are deleted in a
// transaction, which keeps off everybody else who changes the organisation or saves
// its calls. The files of recordings go one by one.
const (
	callsAtOnce  = 5000
	purgesAtOnce = 500
)

// lateMonth is how long after a month calls of it may come late without having a place
// made for them again.
const lateMonth = 31 * 24 * time.Hour

// firstWait is how long nothing is deleted after the first start on a database: an
// installation that kept everything until then has a day to look at its days.
const firstWait = 24 * time.Hour

// runPurges deletes what is past its time each PurgeInterval until ctx ends. Until
// the first wait is over it only says, once, what would go.
func (s *Service) runPurges(ctx context.Context) {
	told := false
	for {
		from, err := s.store.PurgesFrom(ctx, s.opts.Now().UTC().Add(firstWait).Truncate(time.Second))
		switch {
		case err != nil:
		case !s.opts.Now().Before(from):
			err = s.Purge(ctx)
		case !told:
			err = s.tellFirst(ctx, from)
			told = err == nil
		}
		if err != nil && ctx.Err() == nil {
			s.opts.Logger.Warn("cdr: not all that is past its time is deleted; it is tried again", "error", err)
		}
		select {
		case <-time.After(s.opts.PurgeInterval):
		case <-ctx.Done():
			return
		}
	}
}

// Purge deletes the calls and recordings of all organisations that are past the
// days of their [org.Compliance], and that no hold keeps. A recording goes with its call at the latest,
// and a call never before its recording: where the file cannot be deleted, both
// stay. Each batch has an entry in the organisation's trail. Recordings of deleted
// organisations go too, with entries in the platform's. [Service.Run] calls
// it; it is no error when several processes do so at once. What fails keeps no
// other organisation from its purge, and is tried again by the next.
func (s *Service) Purge(ctx context.Context) error {
	var failures error
	err := s.eachOrganization(ctx, func(o org.Organization) {
		err := errors.Join(s.purgeRecordings(ctx, o), s.purgeCalls(ctx, o))
		if err := ignore(err, org.ErrNotFound); err != nil { // deleted meanwhile
			failures = fmt.Errorf("organization %s: %w", o.ID, err) // the last will do
		}
	})
	return errors.Join(failures, err, s.purgeDeleted(ctx), s.store.DropEmptyMonths(ctx, s.opts.Now().Add(-lateMonth)))
}

// tellFirst says in the log what the first run would delete.
func (s *Service) tellFirst(ctx context.Context, from time.Time) error {
	var failures error
	err := s.eachOrganization(ctx, func(o org.Organization) {
		p, err := s.Preview(ctx, o)
		if err != nil {
			failures = err // the last will do
			return
		}
		if p.Calls.Going.Count+p.Recordings.Going.Count > 0 {
			s.opts.Logger.Warn("cdr: retention begins to delete what is past its days", "from", from, "organization", o.ID, "name", o.Name,
				"calls", p.Calls.Going.Count, "recordings", p.Recordings.Going.Count, "bytes", p.Recordings.Going.Bytes, "complete", p.Complete)
		}
	})
	return errors.Join(failures, err)
}

func (s *Service) purgeCalls(ctx context.Context, o org.Organization) error {
	if o.Compliance.RetentionCDRDays == nil {
		return nil
	}
	for after := ""; ; {
		ctx, gone := s.deletion(ctx, o.ID, callsGone)
		batch, err := s.store.PurgeCalls(ctx, o.ID, after, callsAtOnce, s.callsBelow, gone)
		if err != nil || batch.Next == "" {
			return err
		}
		after = batch.Next
	}
}

func (s *Service) purgeRecordings(ctx context.Context, o org.Organization) error {
	c := o.Compliance
	if s.opts.Recordings == nil || c.RetentionCDRDays == nil && c.RetentionRecordingDays == nil {
		return s.finishRecordings(ctx, o)
	}
	for after := ""; ; {
		batch, err := s.store.DoomRecordings(ctx, o.ID, after, purgesAtOnce, s.recordingsBelow)
		if err != nil {
			return err
		}
		if batch.Next == "" {
			return s.finishRecordings(ctx, o)
		}
		after = batch.Next
	}
}

// finishRecordings deletes the files of recordings that are Deleting, those of a
// run that was interrupted too, and then what the store knows of them.
func (s *Service) finishRecordings(ctx context.Context, o org.Organization) error {
	if s.opts.Recordings == nil {
		return nil
	}
	after := ""
	var failures error
	for {
		list, err := s.store.DoomedRecordings(ctx, o.ID, after, purgesAtOnce)
		if err != nil || len(list) == 0 {
			return errors.Join(failures, err)
		}
		var removed []string
		for _, r := range list {
			after = r.CallID
			if r.Held {
				continue
			}
			err := r.RemoveFiles(ctx, s.Recordings(), o.ContextPrefix, s.opts.Now())
			if errors.Is(err, errMoving) {
				continue
			}
			if err != nil {
				failures = err // the last will do
				continue
			}
			removed = append(removed, r.CallID)
		}
		ctx, gone := s.deletion(ctx, o.ID, recordingsGone)
		if err := s.store.PurgeRecordings(ctx, o.ID, removed, gone); err != nil {
			return errors.Join(failures, err)
		}
	}
}

// callsBelow returns below which id the calls of an organisation are past their
// time; "" when they are kept for ever.
func (s *Service) callsBelow(o org.Organization) string {
	return idBefore(o, o.Compliance.RetentionCDRDays, s.opts.Now())
}

// recordingsBelow is callsBelow for recordings, which go with their call at the
// latest.
func (s *Service) recordingsBelow(o org.Organization) string {
	return max(idBefore(o, o.Compliance.RetentionRecordingDays, s.opts.Now()), s.callsBelow(o))
}

// idBefore returns below which id calls are that began more than so many whole
// days ago, as the days are in the organisation's time zone.
func idBefore(o org.Organization, days *int, now time.Time) string {
	if days == nil {
		return ""
	}
	there := now.In(o.Settings.Location())
	return FirstID(time.Date(there.Year(), there.Month(), there.Day()-*days, 0, 0, 0, 0, there.Location()))
}

// goneClass is what a deletion was of.
type goneClass string

const (
	callsGone      goneClass = "calls"
	recordingsGone goneClass = "recordings"
)

// Deletion is what the trail keeps of a batch that was deleted.
type Deletion struct {
	Count   int    `json:"count"`
	FirstID string `json:"first_id"` // of the calls
	LastID  string `json:"last_id"`
	// IDsSHA256 is the hash, in hex, of the ids of all calls in order, each with a
	// line feed behind it.
	IDsSHA256 string `json:"ids_sha256"`
}

// DeletionOf returns the deletion of these calls, which are at least one, in order.
func DeletionOf(ids []string) Deletion {
	return Deletion{Count: len(ids), FirstID: ids[0], LastID: ids[len(ids)-1], IDsSHA256: linesSHA256(ids)}
}

// linesSHA256 is the hash, in hex, of texts, each with a line feed behind it.
func linesSHA256(texts []string) string {
	digest := sha256.New()
	for _, text := range texts {
		_, _ = fmt.Fprintln(digest, text)
	}
	return hex.EncodeToString(digest.Sum(nil))
}

// deletion returns a context with the entry of the trail for a batch, and what
// completes the entry when it is known what goes.
func (s *Service) deletion(ctx context.Context, organizationID string, class goneClass) (context.Context, func(ids []string)) {
	ctx, _ = s.beginDeletion(ctx, class)
	return ctx, func(ids []string) {
		audit.Changed(ctx, string(class), organizationID, nil, DeletionOf(ids))
	}
}

func (s *Service) beginDeletion(ctx context.Context, class goneClass) (context.Context, *audit.Record) {
	return audit.Begin(ctx, audit.Entry{
		At: s.opts.Now(), Actor: audit.Actor{Kind: audit.System}, Operation: "purge-" + string(class),
	}, audit.Details{})
}
