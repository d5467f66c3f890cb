package subject

import (
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/org/mask"
)

// Kind is what somebody asks for.
type Kind string

// The kinds.
const (
	Find   Kind = "find"   // what is kept
	Export Kind = "export" // a copy of it
	Erase  Kind = "erase"
)

// State is how far a request is.
type State string

// The states.
const (
	Pending State = "pending" // it is worked on, or will be
	Ready   State = "ready"   // an export that can be fetched
	Done    State = "done"    // nothing is left to do, and the number is forgotten
)

// Request is what somebody asked about a number, and what came of it.
type Request struct {
	ID   string `json:"id"` // UUIDv7
	Kind Kind   `json:"kind"`
	// Number is the one that was asked about; "" once the request is done.
	Number string `json:"-"`
	// NumberHash is the same for every request of the organisation about a number:
	// its HMAC, in hex, so that it cannot be found by trying all numbers.
	NumberHash string `json:"number_hash"`
	Reason     string `json:"reason"`
	// DryRun is true for an erasure that was not confirmed: nothing goes.
	DryRun bool `json:"dry_run"`
	// ByKind and ByID say who asked, see [audit.Actor].
	ByKind audit.ActorKind `json:"by_kind"`
	ByID   string          `json:"by_id"`
	State  State           `json:"state"`
	Report Report          `json:"report"`
	// FetchUntil is how long an export can be fetched; zero before it is ready.
	FetchUntil time.Time `json:"fetch_until,omitzero"`
	// FinishedAt is when it was done; zero before.
	FinishedAt time.Time `json:"finished_at,omitzero"`

	// Leaving are the messages that were about to be deleted when this was saved, and
	// the lines of the queue log that were about to lose the number.
	Leaving []Leaving `json:"-"`
	// Due is when somebody takes the request up, if he does not work on it already:
	// who does moves it on.
	Due time.Time `json:"-"`

	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Clone returns a copy that shares no memory with r.
func (r Request) Clone() Request {
	r.Report = r.Report.clone()
	r.Leaving = append([]Leaving(nil), r.Leaving...)
	return r
}

// Leaving is something that is being erased and that no row knows of.
type Leaving struct {
	Class string    `json:"class"`
	ID    string    `json:"id"`
	At    time.Time `json:"at"`
	Bytes int64     `json:"bytes"`
}

// Draft is what a request is made of.
type Draft struct {
	Kind Kind
	// Number is an extension or a phone number, see [hold.IsNumber]. One with + and
	// the country's code is found in all its forms and taken for no other.
	Number string
	// Reason is as [org.CheckReason] has it, and does not repeat the number.
	Reason string
	// Confirmed has an erasure erase; without it the report says what it would.
	Confirmed bool
	By        audit.Actor // who asks
}

// check brings a draft into its form, or returns an [*org.InvalidError].
func (d *Draft) check() error {
	var wrong []error
	switch d.Kind {
	case Find, Export, Erase:
	default:
		wrong = append(wrong, org.Invalid("kind", "oneof", "must be find, export or erase"))
	}
	if !hold.IsNumber(d.Number) {
		wrong = append(wrong, org.Invalid("number", "number", "must be 2 to 20 digits, with or without a + before them"))
	}
	reason, broken := org.CheckReason(d.Reason)
	d.Reason = reason
	if mask.Repeats(reason, d.Number) {
		wrong = append(wrong, org.Invalid("reason", "number", "must not repeat the number: it is kept for ever"))
	}
	return org.JoinInvalid(append(wrong, broken)...)
}
