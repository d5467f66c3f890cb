package resource

// OutboundRoute sends dialled numbers that match a pattern out over a trunk.
type OutboundRoute struct {
	Meta
	Name string `json:"name" validate:"required,label"` // unique in the organisation, ignoring case
	// DialPattern is an Asterisk pattern, with or without the leading "_"; see
	// [CheckPattern].
	DialPattern string `json:"dial_pattern" validate:"required"`
	TrunkID     string `json:"trunk_id" validate:"required"`
	// Priority orders routes that match the same number: lower first.
	Priority      int    `json:"priority" validate:"min=0,max=1000"`
	StripDigits   int    `json:"strip_digits" validate:"min=0,max=20"` // digits taken off the front
	PrependDigits string `json:"prepend_digits" validate:"digits"`     // then put in front
	// CallerID is shown to the called party where the user has none. Only a
	// DID of the organisation is ever shown; otherwise its first DID is.
	CallerID         string `json:"caller_id" validate:"omitempty,phone"`
	RecordingEnabled bool   `json:"recording_enabled"`
}
