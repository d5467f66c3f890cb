package cdr

import (
	"context"
	"slices"
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/mask"
)

// Store keeps calls and what they add up to. Package store/storetest checks that
// a backend keeps every promise made here.
//
// Every method returns the errors of ctx, and errors of the backend wrapped.
type Store interface {
	// Organization and Organizations are those of [org.Store].
	Organization(ctx context.Context, id string) (org.Organization, error)
	Organizations(ctx context.Context, filter org.Filter, page org.Page) ([]org.Organization, error)
	// AppendEntry is that of [audit.Store].
	AppendEntry(ctx context.Context, e audit.Entry) (bool, error)
	mask.Numbers

	// RecordCalls saves what is new of these calls, in one transaction: a call that
	// is not there, and of one that is what [Combine] makes of the two. No id is in
	// the list twice. What a call adds to the billed seconds of its organisation is
	// counted in the same transaction, if its direction touches a trunk, and stays
	// counted when the call is deleted. The recording that a call names is noted, in
	// its [Call.RecordingState] and under the name that was told first. Of each call that is new or
	// grew, the event that [CallEvent] makes of it is saved with it. Calls of an organisation that does not exist
	// are left out, and so are, counted as refused, those whose id is not behind the
	// last that PurgeCalls has deleted of their organisation.
	RecordCalls(ctx context.Context, calls []OwnedCall) (Recorded, error)
	// Call returns one call of the organisation, or [org.ErrNotFound].
	Call(ctx context.Context, organizationID, id string) (Call, error)
	// Calls lists calls of the organisation, newest first. page.After is the id of
	// the last call of the page before.
	Calls(ctx context.Context, organizationID string, filter Filter, page org.Page) ([]Call, error)
	// SearchCalls lists a page of calls as Calls does, and looks at no more than most of
	// them where the page has a limit and most is not 0. Where it has looked at so many
	// and the page is not full, reached is the id of the last of them: the list has every
	// call between it and page.After that the filter selects, it included, and there may
	// be more behind. Otherwise reached is "". What an index leaves out is not looked at:
	// the calls of other numbers where the filter has Ending or Numbers.
	SearchCalls(ctx context.Context, organizationID string, filter Filter, page org.Page, most int) (list []Call, reached string, err error)
	// BilledSeconds adds up the calls of the organisation that touched a trunk and
	// started in [from, to). Both are at a full quarter of an hour, as every
	// time zone's midnight is.
	BilledSeconds(ctx context.Context, organizationID string, from, to time.Time) (int64, error)

	// UnsealedRecordings lists recordings of all organisations that were noted and
	// not sealed, at most limit, in order of organisation and call and behind after.
	UnsealedRecordings(ctx context.Context, after RecordingRef, limit int) ([]RecordingRef, error)
	// SealRecording notes what was found out of a recording, but for its name. It
	// does nothing when the recording is sealed or was never noted.
	SealRecording(ctx context.Context, organizationID, callID string, seal Seal) error
	// Seal returns what is known of the recording of a call, or [org.ErrNotFound]
	// when it has none.
	Seal(ctx context.Context, organizationID, callID string) (Seal, error)

	ArchiveStore
	PurgeStore

	// NoticeUsage notes that somebody is told of a level, and saves the event that
	// [Notice.Event] makes of it with the note. It reports true to the
	// first who asks for such a notice, whichever process he is in, and false to
	// all others, and for an organisation that does not exist.
	NoticeUsage(ctx context.Context, organizationID string, n Notice, at time.Time) (first bool, err error)

	// KeepStorageDay keeps what an organisation has stored on a day, in place of
	// what was kept of that day before. It does nothing for an organisation that
	// does not exist.
	KeepStorageDay(ctx context.Context, organizationID string, d StorageDay) error
	// StorageDays returns what is kept of the days from first to last, both
	// included, in their order.
	StorageDays(ctx context.Context, organizationID, first, last string) ([]StorageDay, error)

	// Position returns what SavePosition has saved for a source, or "".
	Position(ctx context.Context, source string) (string, error)
	// SavePosition keeps how far a source of records was read.
	SavePosition(ctx context.Context, source, position string) error
}

// Recorded is what became of calls that were to be saved.
type Recorded struct {
	Touched []string // organisations of which something was new, by id
	Refused int      // calls that may have been deleted because of their age
}

// OwnedCall is a call and the context prefix of the organisation that made it.
type OwnedCall struct {
	ContextPrefix string
	Call
}

// Filter narrows a list of calls. Empty fields select everything.
type Filter struct {
	From, To    time.Time // calls that started in [From, To)
	Direction   Direction
	Disposition Disposition
	Recorded    bool   // only calls of which there was a recording
	Query       string // part of a number or of the caller's name, ignoring case
	// Ending selects calls from or to a number that ends so: [TailLength] digits or
	// more, with or without a + before them.
	Ending string
	// Numbers selects calls from one of these numbers or to one, as they are written.
	Numbers []string
}

// IDs returns between which ids the calls are that the filter's times select:
// at or above from, below to. Both may be "".
func (f Filter) IDs() (from, to string) {
	if !f.From.IsZero() {
		from = FirstID(f.From)
	}
	if !f.To.IsZero() {
		to = FirstID(f.To)
	}
	return from, to
}

// Matches reports whether the filter selects a call.
func (f Filter) Matches(c Call) bool {
	from, to := f.IDs()
	return c.ID >= from && (to == "" || c.ID < to) &&
		(f.Direction == "" || c.Direction == f.Direction) &&
		(f.Disposition == "" || c.Disposition == f.Disposition) &&
		(!f.Recorded || c.Recording != "") &&
		(len(f.Numbers) == 0 || slices.Contains(f.Numbers, c.Caller) || slices.Contains(f.Numbers, c.Called)) &&
		(f.Ending == "" || c.endsOn(f.Ending)) && c.matches(f.Query)
}
