package resource

// Warning is something of an organisation that is stored and does not work as
// it looks: a switch or another object is against it. Nothing is refused for
// it, and callers hear a prompt where a call cannot go on.
type Warning struct {
	Code WarningCode `json:"code"`
	// Kind and ID say which resource it is about, or that it is about the
	// organisation, and Field which field of it.
	Kind    Kind   `json:"kind"`
	ID      string `json:"id"`
	Field   string `json:"field"`
	Message string `json:"message"` // for people
}

// WarningCode says what is wrong; it never changes its meaning.
type WarningCode string

// The codes of warnings.
const (
	// WarnFeatureOff: calls lead to a feature that is switched off, or the
	// resource is of one.
	WarnFeatureOff WarningCode = "feature_off"
	// WarnDestinationGone: what calls lead to is not there.
	WarnDestinationGone WarningCode = "destination_gone"
	// WarnRoutingLoop: calls go round in a ring, by themselves.
	WarnRoutingLoop WarningCode = "routing_loop"
	// WarnNoRoute: calls lead outside, and no outbound route has the number.
	WarnNoRoute WarningCode = "no_route"
	// WarnTrunkGone: the trunk is not there.
	WarnTrunkGone WarningCode = "trunk_gone"
	// WarnBadPattern: the dial pattern cannot be parsed.
	WarnBadPattern WarningCode = "bad_pattern"
	// WarnBadAddress: the AI agent's address is none.
	WarnBadAddress WarningCode = "bad_address"
	// WarnCallerIDNotOwned: the caller id is no DID of the organisation, so
	// another one is shown.
	WarnCallerIDNotOwned WarningCode = "caller_id_not_owned"
	// WarnRecordingOff: recording is wanted here, and the organisation has it
	// switched off.
	WarnRecordingOff WarningCode = "recording_off"
	// WarnNoMembers: nobody answers the queue.
	WarnNoMembers WarningCode = "no_members"
	// WarnMemberGone: a member of the queue is no user.
	WarnMemberGone WarningCode = "member_gone"
	// WarnEmergencyNumber: an emergency number goes before this one.
	WarnEmergencyNumber WarningCode = "emergency_number"
	// WarnNoEmergencyTrunk: there are phones, and no trunk that takes their
	// emergency calls out.
	WarnNoEmergencyTrunk WarningCode = "no_emergency_trunk"
)
