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
	// Number is the extension or queue number, which must exist in the
	// organisation, or the phone number of an external destination.
	Number string
}

// DestinationType is a kind of place.
type DestinationType string

// The destinations. IVRs, conferences and AI agents cannot be made in this
// version, so a destination of these types is refused: it does not exist.
const (
	ToExtension  DestinationType = "extension"
	ToQueue      DestinationType = "queue"
	ToIVR        DestinationType = "ivr"
	ToVoicemail  DestinationType = "voicemail"
	ToConference DestinationType = "conference"
	ToExternal   DestinationType = "external"
	ToAIAgent    DestinationType = "ai_agent"
)
