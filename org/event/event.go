package event

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Type is what happened, such as "call.finished".
type Type string

// The types that are not about a resource. Those are named for its kind and
// what became of it: "user.created", "user.updated", "user.deleted".
const (
	OrganizationSuspended Type = "organization.suspended"
	OrganizationResumed   Type = "organization.resumed"
	DeploymentApplied     Type = "deployment.applied"
	DeploymentFailed      Type = "deployment.failed"
	CallFinished          Type = "call.finished"
	CallUpdated           Type = "call.updated"
	UsageNear             Type = "usage.near"
	UsageOver             Type = "usage.over"
	// WebhookTest is sent when somebody asks for it, and to nobody else.
	WebhookTest Type = "webhook.test"
)

// Definition is a line of the table of types.
type Definition struct {
	Type  Type
	About string // for people
}

// Definitions returns the table of the types that can be subscribed to.
func Definitions() []Definition {
	table := []Definition{
		{OrganizationSuspended, "The organisation was suspended. It is the last event until it is resumed."},
		{OrganizationResumed, "The organisation is active again."},
		{DeploymentApplied, "A revision is live in the PBX."},
		{DeploymentFailed, "The PBX refused a revision; told once for each revision and reason."},
		{CallFinished, "A call ended."},
		{CallUpdated, "More became known of a call that had ended."},
		{UsageNear, "80 percent of the month's minutes or of the storage are used; once a month each."},
		{UsageOver, "All of the month's minutes or of the storage is used; once a month each."},
	}
	for _, kind := range []string{"user", "trunk", "did", "queue", "outbound_route", "ivr", "conference", "ai_agent"} {
		for _, verb := range []string{"created", "updated", "deleted"} {
			table = append(table, Definition{Type(kind + "." + verb), "The " + kind + " with this id was " + verb + "."})
		}
	}
	return table
}

// Types returns the types that can be subscribed to.
func Types() []Type {
	var types []Type
	for _, d := range Definitions() {
		types = append(types, d.Type)
	}
	return types
}

// Event is one thing that happened.
type Event struct {
	ID   string // UUIDv7
	Type Type
	At   time.Time
	Data string // a JSON object without secrets
}

// New returns an event with a new id. Its data has to be a JSON object without
// secrets; it returns an error when data cannot be written as JSON, or the type
// is not in the table.
func New(t Type, at time.Time, data any) (Event, error) {
	if t != WebhookTest && !slices.Contains(Types(), t) {
		return Event{}, fmt.Errorf("event: %q is no type of events", t)
	}
	text, err := json.Marshal(data)
	if err != nil {
		return Event{}, fmt.Errorf("event: write %s: %w", t, err)
	}
	return Event{ID: uuid.Must(uuid.NewV7()).String(), Type: t, At: at.UTC().Truncate(time.Microsecond), Data: string(text)}, nil
}
