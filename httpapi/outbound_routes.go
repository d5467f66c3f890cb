package httpapi

import "github.com/orgpbx/orgpbx/resource"

type outboundRouteRequest struct {
	Name             field[string]    `json:"name" doc:"Unique in the organisation, ignoring case." example:"national"`
	DialPattern      field[string]    `json:"dial_pattern" doc:"An Asterisk pattern: digits, X (0-9), Z (1-9), N (2-9), sets such as [1-57], and at most one . or ! at the end." example:"0ZXXXXXXXXX"`
	TrunkID          field[string]    `json:"trunk_id" doc:"A trunk of the organisation." example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
	Priority         field[int]       `json:"priority" minimum:"0" maximum:"1000" doc:"Of routes that match the same number the lowest goes first; 0 when left out." example:"10"`
	StripDigits      field[int]       `json:"strip_digits" minimum:"0" maximum:"20" doc:"Digits taken off the front; 0 when left out." example:"1"`
	PrependDigits    nullable[string] `json:"prepend_digits" doc:"Digits then put in front." example:"+91"`
	CallerID         nullable[string] `json:"caller_id" doc:"E.164; shown where the user has none, if it is a DID of the organisation." example:"+914440001000"`
	RecordingEnabled field[bool]      `json:"recording_enabled" doc:"Record the calls that go out over it, if the organisation records; false when left out." example:"false"`
}

type outboundRouteResponse struct {
	resourceHead
	Name             string `json:"name" example:"national"`
	DialPattern      string `json:"dial_pattern" example:"0ZXXXXXXXXX"`
	TrunkID          string `json:"trunk_id" example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
	Priority         int    `json:"priority" example:"10"`
	StripDigits      int    `json:"strip_digits" example:"1"`
	PrependDigits    string `json:"prepend_digits" example:"+91"`
	CallerID         string `json:"caller_id" example:"+914440001000"`
	RecordingEnabled bool   `json:"recording_enabled" example:"false"`
}

func (r outboundRouteRequest) apply(o *resource.OutboundRoute) {
	r.Name.into(&o.Name)
	r.DialPattern.into(&o.DialPattern)
	r.TrunkID.into(&o.TrunkID)
	r.Priority.into(&o.Priority)
	r.StripDigits.into(&o.StripDigits)
	r.PrependDigits.into(&o.PrependDigits)
	r.CallerID.into(&o.CallerID)
	r.RecordingEnabled.into(&o.RecordingEnabled)
}

func showOutboundRoute(o resource.OutboundRoute, config *configState) outboundRouteResponse {
	return outboundRouteResponse{
		resourceHead:     showHead(o.Meta, config),
		Name:             o.Name,
		DialPattern:      o.DialPattern,
		TrunkID:          o.TrunkID,
		Priority:         o.Priority,
		StripDigits:      o.StripDigits,
		PrependDigits:    o.PrependDigits,
		CallerID:         o.CallerID,
		RecordingEnabled: o.RecordingEnabled,
	}
}

func (a *API) registerOutboundRoutes() {
	routes := resourceKind[resource.OutboundRoute, outboundRouteRequest, outboundRouteResponse]{
		tag: "Outbound routes", path: "/outbound-routes", id: "outbound-route", name: "an outbound route", plural: "outbound routes",
		required: []string{"name", "dial_pattern", "trunk_id"},
		set:      a.config.Resources.OutboundRoutes(),
		apply: func(_ string, req outboundRouteRequest, o *resource.OutboundRoute) error {
			req.apply(o)
			return nil
		},
		meta: func(o resource.OutboundRoute) resource.Meta { return o.Meta },
		show: showOutboundRoute,
	}
	registerResource(a, routes)
	registerCreate(a, routes, "", createPlain(routes, a.config.Resources.OutboundRoutes(),
		func() resource.OutboundRoute { return resource.OutboundRoute{} }))
}
