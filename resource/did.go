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
