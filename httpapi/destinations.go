package httpapi

import "github.com/orgpbx/orgpbx/resource"

type destinationRequest struct {
	Type        field[resource.DestinationType] `json:"type" enum:"extension,queue,ivr,voicemail,conference,external,ai_agent" doc:"What kind of place." example:"extension"`
	Destination field[string]                   `json:"destination" doc:"What is dialled to get there, which must exist and be of that type, or the E.164 number of an external one." example:"1001"`
}

type destinationResponse struct {
	Type        resource.DestinationType `json:"type" enum:"extension,queue,ivr,voicemail,conference,external,ai_agent" example:"extension"`
	Destination string                   `json:"destination" example:"1001"`
}

// merge returns a destination with what the request leaves out taken from old,
// which may be nil.
func (r destinationRequest) merge(old *resource.Destination) *resource.Destination {
	merged := resource.Destination{}
	if old != nil {
		merged = *old
	}
	r.Type.into(&merged.Type)
	r.Destination.into(&merged.Number)
	return &merged
}

// intoDestination merges a destination that may be none.
func intoDestination(r nullable[destinationRequest], d **resource.Destination) {
	switch {
	case r.null:
		*d = nil
	case r.given:
		*d = r.value.merge(*d)
	}
}

func showDestination(d *resource.Destination) *destinationResponse {
	if d == nil {
		return nil
	}
	return &destinationResponse{Type: d.Type, Destination: d.Number}
}
