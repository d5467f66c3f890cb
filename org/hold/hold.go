package hold

import (
	"regexp"
	"time"

	"github.com/google/uuid"

	"github.com/orgpbx/orgpbx/org"
)

// Target is what a hold is on.
type Target string

// The targets.
const (
	OfCall         Target = "call"         // one, with its recording
	OfNumber       Target = "number"       // every call from it or to it
	OfOrganization Target = "organization" // every call, and the organisation itself
)

// Targets returns all of them.
func Targets() []Target { return []Target{OfCall, OfNumber, OfOrganization} }

// Hold is a legal hold. While it is in force, what it is on is not deleted
// because of its age, and its organisation is not deleted at all.
type Hold struct {
	ID     string `json:"id"` // UUIDv7
	Target Target `json:"target"`
	Value  string `json:"value"` // the id of the call, or the number; "" for an organisation
	// Endpoint is the PJSIP endpoint of the user who had the number, an extension,
	// when the hold was placed: calls name a phone by it too. "" where nobody had.
	Endpoint string `json:"endpoint"`
	Reason   string `json:"reason"` // why it was placed
	// ReleasedAt is when the hold ended; zero while it is in force.
	ReleasedAt    time.Time `json:"released_at"`
	ReleaseReason string    `json:"release_reason"`

	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// InForce reports whether the hold is not released.
func (h Hold) InForce() bool { return h.ReleasedAt.IsZero() }

// Draft is what a hold is made of.
type Draft struct {
	Target Target
	// Value is the id of a call of the organisation, or a number as it is written
	// in calls: an extension, or a phone number in any form, see [Set.Keeps]. It is
	// empty when the target is the organisation.
	Value string
	// Reason is 1 to 200 letters, digits, spaces or .,:_'&()/+-.
	Reason string
}

// number is what [IsNumber] says.
var number = regexp.MustCompile(`^\+?\d{2,20}$`)

// IsNumber reports whether a text is an extension or a phone number: 2 to 20
// digits, with or without a + before them.
func IsNumber(s string) bool { return number.MatchString(s) }

// check brings a draft into its form, or returns an [*org.InvalidError].
func (d *Draft) check() error {
	reason, broken := org.CheckReason(d.Reason)
	d.Reason = reason
	return org.JoinInvalid(d.checkTarget(), broken)
}

func (d *Draft) checkTarget() error {
	switch d.Target {
	case OfCall:
		if id, err := uuid.Parse(d.Value); err != nil || id.String() != d.Value {
			return org.Invalid("value", "call", "must be the id of a call of the organisation")
		}
	case OfNumber:
		if !IsNumber(d.Value) {
			return org.Invalid("value", "number", "must be 2 to 20 digits, with or without a + before them")
		}
	case OfOrganization:
		if d.Value != "" {
			return org.Invalid("value", "empty", "must be left out: the hold is on the whole organisation")
		}
	default:
		return org.Invalid("target", "oneof", "must be call, number or organization")
	}
	return nil
}
