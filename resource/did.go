package resource

// DID is a phone number of the organisation and where calls to it go.
type DID struct {
	Meta
	Number      string `json:"number" validate:"required,phone"` // E.164, unique on the platform
	TrunkID     string `json:"trunk_id" validate:"required"`
	Description string `json:"description" validate:"omitempty,text"`
	// Routing is where an inbound call goes.
	Routing          Destination `json:"-"`
	RecordingEnabled bool        `json:"recording_enabled"`
}

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
