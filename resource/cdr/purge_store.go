package cdr

import (
	"context"
	"errors"
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/hold"
)

// PurgeStore is the part of a [Store] that deletes what is past its time. Every
// change holds the lock of the organisation, as [org.Store.ChangeOrganization]
// does, and saves the entry of the trail that its context has for it. Ids come in
// order, and none of an organisation that does not exist. What a hold of the
// organisation keeps is left alone, see [DueCall.Held].
type PurgeStore interface {
	// PurgeCalls looks at calls of the organisation that have no recording any more
	// and whose id is behind after and below what below returns, at most limit, and
	// deletes those that nothing keeps. It remembers the last id that was ever
	// deleted so, and calls gone with the ids in the transaction, unless there are
	// none.
	PurgeCalls(ctx context.Context, organizationID, after string, limit int,
		below func(org.Organization) string, gone func(ids []string)) (Batch, error)
	// DoomRecordings looks at recordings whose call has an id behind after and below
	// what below returns, at most limit, and notes of those that nothing keeps that
	// they are Deleting.
	DoomRecordings(ctx context.Context, organizationID, after string, limit int, below func(org.Organization) string) (Batch, error)
	// DoomedRecordings lists recordings that are Deleting, at most limit, in order
	// of the calls and behind after.
	DoomedRecordings(ctx context.Context, organizationID, after string, limit int) ([]DoomedRecording, error)
	// PurgeRecordings forgets those of these calls' recordings that are Deleting,
	// and their names in the calls. It calls gone with the ids of these calls in the
	// transaction, unless there are none.
	PurgeRecordings(ctx context.Context, organizationID string, callIDs []string, gone func(ids []string)) error

	// DueCalls lists calls of the organisation whose id is behind after and below
	// callsBelow, or below recordingsBelow if there is a recording of them, at most
	// limit, in order. It changes nothing and holds no lock.
	DueCalls(ctx context.Context, organizationID, after, callsBelow, recordingsBelow string, limit int) ([]DueCall, error)
	// Holds reads the holds of organisations.
	Holds() hold.Finder
	// DeletedOrganizations lists organisations that were deleted and not forgotten,
	// but for one whose context prefix is used again. It notes until for those that it
	// has not listed before.
	DeletedOrganizations(ctx context.Context, until time.Time) ([]DeletedOrganization, error)
	// ForgetDeleted forgets one; it is no error when there is none.
	ForgetDeleted(ctx context.Context, organizationID string) error
	// DropEmptyMonths takes away what the store has for a month as a whole, of months
	// that ended before that of a time and have no call, so that nobody looks for calls
	// there. A call of such a month that comes later is saved like any other. Nobody
	// waits long for it: what is in use is left for the next time, which is no error.
	// A store that has nothing of the kind does nothing.
	DropEmptyMonths(ctx context.Context, before time.Time) error
	// PurgesFrom returns from when on something may be deleted: what the first who
	// ever asked has proposed, whichever process he was in.
	PurgesFrom(ctx context.Context, proposed time.Time) (time.Time, error)
}

// Batch is what became of a part of the calls or recordings that are past their
// time.
type Batch struct {
	// Next is the id of the last call that was looked at; "" when there is none
	// behind it.
	Next string
	Gone int // how many were deleted, or noted
}

// DueCall is what a hold knows a call by, and what is known of its recording.
type DueCall struct {
	// Call has its id, numbers, name, endpoints, start and parts, and no more.
	Call     Call
	Recorded bool  // there is a recording
	Bytes    int64 // of the recording; 0 until it was sealed
}

// Held reports whether one of the holds keeps the call, whatever it knows it by.
func (d DueCall) Held(holds hold.Set) bool {
	c := d.Call
	endpoints := []string{c.Endpoint, c.AnsweredBy}
	for _, p := range c.Parts {
		endpoints = append(endpoints, p.AnsweredBy)
	}
	return holds.Keeps(c.ID, []string{c.Caller, c.CallerName, c.Called}, endpoints)
}

// Unheld returns the ids of those calls that no hold keeps.
func Unheld(calls []DueCall, holds hold.Set) []string {
	var ids []string
	for _, d := range calls {
		if !d.Held(holds) {
			ids = append(ids, d.Call.ID)
		}
	}
	return ids
}

// DoomedRecording is a recording that is being deleted.
type DoomedRecording struct {
	CallID string
	// Name is that of the file, and Called the name in the call, which may have
	// been told later; "" when there is no such call.
	Name, Called string
	// Held is true when a hold was placed since the recording was noted. Its file
	// may be there still.
	Held bool
	// ClaimedUntil is when the last claim of who moves it to the archive ends; zero
	// when nobody ever had one. Archived is true when it was moved.
	ClaimedUntil time.Time
	Archived     bool
}

var (
	errMoving    = errors.New("the recording is on its way to the archive")
	errNoArchive = errors.New("the recording is in an archive that is not set up any more")
)

// RemoveFiles deletes the file of the recording, under each of its names, from those
// of [Service.Recordings]. It is no error when there is none. It is one while somebody
// moves it to the archive, and when it may be in an archive that is not there.
func (r DoomedRecording) RemoveFiles(ctx context.Context, recordings Recordings, contextPrefix string, now time.Time) error {
	if !r.Archived && now.Before(r.ClaimedUntil) {
		return errMoving
	}
	if _, archive := recordings.(both); !archive && !r.ClaimedUntil.IsZero() {
		return errNoArchive
	}
	err := recordings.Remove(ctx, contextPrefix, r.Name)
	if err != nil || r.Called == "" || r.Called == r.Name {
		return err
	}
	return recordings.Remove(ctx, contextPrefix, r.Called)
}
