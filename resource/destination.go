package resource

import (
	"context"
	"errors"

	"github.com/orgpbx/orgpbx/org"
)

// Destination is a place inside the organisation where a call can go.
type Destination struct {
	Type DestinationType
	// Number is what the organisation dials to get there, which must exist, or
	// the phone number of an external destination.
	Number string
}

// DestinationType is a kind of place.
type DestinationType string

// The destinations.
const (
	ToExtension  DestinationType = "extension"
	ToQueue      DestinationType = "queue"
	ToIVR        DestinationType = "ivr"
	ToVoicemail  DestinationType = "voicemail"
	ToConference DestinationType = "conference"
	ToExternal   DestinationType = "external"
	ToAIAgent    DestinationType = "ai_agent"
)

func cloneDestination(d *Destination) *Destination {
	if d == nil {
		return nil
	}
	clone := *d
	return &clone
}

// holder returns the kind of resource whose number the destination is, and how
// to say so; "" where it is no number of the organisation's.
func (t DestinationType) holder() (kind Kind, what string) {
	switch t {
	case ToExtension:
		return KindUser, "the extension of a user"
	case ToVoicemail:
		return KindUser, "the extension of a user with voicemail"
	case ToQueue:
		return KindQueue, "the number of a queue"
	case ToIVR:
		return KindIVR, "the number of an IVR"
	case ToConference:
		return KindConference, "the number of a conference"
	case ToAIAgent:
		return KindAIAgent, "the number of an AI agent"
	default:
		return "", ""
	}
}

// checkDestination makes sure that a call sent to d arrives somewhere.
func checkDestination(ctx context.Context, tx Tx, organizationID string, d Destination, typeField, numberField string) error {
	if d.Type == "" || d.Number == "" {
		return org.JoinInvalid(checkGiven(typeField, string(d.Type)), checkGiven(numberField, d.Number))
	}
	if d.Type == ToExternal {
		return checkExternal(numberField, d.Number)
	}
	kind, what := d.Type.holder()
	if kind == "" {
		return org.Invalid(typeField, "oneof", "must be one of extension, queue, ivr, voicemail, conference, external, ai_agent")
	}
	missing := org.Invalid(numberField, "exists", "must be "+what+" of this organisation")
	holder, err := tx.Holder(ctx, organizationID, d.Number)
	switch {
	case errors.Is(err, org.ErrNotFound) || err == nil && holder.Kind != kind:
		return missing
	case err != nil || d.Type != ToVoicemail:
		return err
	}
	u, err := tx.Users().Get(ctx, organizationID, holder.ID)
	if err == nil && !u.VoicemailEnabled {
		return missing
	}
	return err
}

func checkExternal(field, number string) error {
	if !org.IsPhone(number) {
		return org.Invalid(field, "phone", "must be a phone number in E.164 form")
	}
	return nil
}

func checkGiven(field, value string) error {
	if value == "" {
		return org.Invalid(field, "required", "is required")
	}
	return nil
}
