package httpapi

import "github.com/orgpbx/orgpbx/resource"

type didRequest struct {
	Number             field[string]                   `json:"number" doc:"E.164, unique on the platform." example:"+914440001000"`
	TrunkID            field[string]                   `json:"trunk_id" doc:"A trunk of the organisation." example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
	Description        nullable[string]                `json:"description" example:"Front desk"`
	RoutingType        field[resource.DestinationType] `json:"routing_type" enum:"extension,queue,ivr,voicemail,conference,external,ai_agent" doc:"What kind of place calls go to." example:"queue"`
	RoutingDestination field[string]                   `json:"routing_destination" doc:"What is dialled to get there, which must exist and be of that type, or the E.164 number of an external one. It must not lead back to this DID by itself." example:"6000"`
	RecordingEnabled   field[bool]                     `json:"recording_enabled" doc:"Record the calls to it, if the organisation records; false when left out." example:"false"`
}

type didResponse struct {
	resourceHead
	Number             string                   `json:"number" example:"+914440001000"`
	TrunkID            string                   `json:"trunk_id" example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
	Description        string                   `json:"description" example:"Front desk"`
	RoutingType        resource.DestinationType `json:"routing_type" enum:"extension,queue,ivr,voicemail,conference,external,ai_agent" example:"queue"`
	RoutingDestination string                   `json:"routing_destination" example:"6000"`
	RecordingEnabled   bool                     `json:"recording_enabled" example:"false"`
}

func (r didRequest) apply(d *resource.DID) {
	r.Number.into(&d.Number)
	r.TrunkID.into(&d.TrunkID)
	r.Description.into(&d.Description)
	r.RoutingType.into(&d.Routing.Type)
	r.RoutingDestination.into(&d.Routing.Number)
	r.RecordingEnabled.into(&d.RecordingEnabled)
}

func showDID(d resource.DID, config *configState) didResponse {
	return didResponse{
		resourceHead:       showHead(d.Meta, config),
		Number:             d.Number,
		TrunkID:            d.TrunkID,
		Description:        d.Description,
		RoutingType:        d.Routing.Type,
		RoutingDestination: d.Routing.Number,
		RecordingEnabled:   d.RecordingEnabled,
	}
}

func (a *API) registerDIDs() {
	dids := resourceKind[resource.DID, didRequest, didResponse]{
		tag: "DIDs", path: "/dids", id: "did", name: "a DID", plural: "DIDs",
		required: []string{"number", "trunk_id", "routing_type", "routing_destination"},
		set:      a.config.Resources.DIDs(),
		apply:    func(_ string, req didRequest, d *resource.DID) error { req.apply(d); return nil },
		meta:     func(d resource.DID) resource.Meta { return d.Meta },
		show:     showDID,
	}
	registerResource(a, dids)
	registerCreate(a, dids, "Where it leads may belong to a feature that is switched off: callers hear that, and the plan warns of it.",
		createPlain(dids, a.config.Resources.DIDs(), func() resource.DID { return resource.DID{} }))
}
