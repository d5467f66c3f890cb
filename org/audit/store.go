package audit

import (
	"context"
	"time"
)

// Store keeps the trail. Package store/storetest checks that a backend keeps
// every promise made here.
//
// Beside these methods, every change of an organisation, its members and
// resources, that [Of] its context has a pending entry for is saved together
// with it, by the store that makes the change.
type Store interface {
	// AppendEntry links an entry to its chain and saves it. It reports false,
	// and saves nothing, when the chain is of an organisation that does not
	// exist.
	AppendEntry(ctx context.Context, e Entry) (bool, error)
	// Entries returns a part of a chain. The chain of a deleted organisation is
	// kept, without its details.
	Entries(ctx context.Context, chain string, filter Filter, page Page) ([]Entry, error)
	// Chains returns at most limit chains that have entries, in order of name,
	// after the given one; the platform's, which has no name, is not among them.
	Chains(ctx context.Context, after string, limit int) ([]string, error)
}

// Filter narrows a list of entries. Empty fields select everything.
type Filter struct {
	From, To  time.Time // at From or later, and before To
	Actor     string    // the kind of an actor, or the id of one
	Operation string
	Object    string // the kind of an object, or the id of one
	Outcome   string
}

// Matches reports whether an entry is selected.
func (f Filter) Matches(e Entry) bool {
	return (f.From.IsZero() || !e.At.Before(f.From)) &&
		(f.To.IsZero() || e.At.Before(f.To)) &&
		(f.Actor == "" || f.Actor == string(e.Actor.Kind) || f.Actor == e.Actor.ID) &&
		(f.Operation == "" || f.Operation == e.Operation) &&
		(f.Object == "" || f.Object == e.Object.Kind || f.Object == e.Object.ID) &&
		(f.Outcome == "" || f.Outcome == e.Outcome)
}

// Page selects a part of a chain.
type Page struct {
	// From is the sequence of the entry that the part begins behind; 0 begins
	// at the end of the chain that comes first.
	From        int64
	NewestFirst bool
	Limit       int // at most so many entries; 0 or less: all
}
