package httpapi

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/orgpbx/orgpbx/resource"
)

type ivrRequest struct {
	Name     field[string]                `json:"name" doc:"Unique in the organisation, ignoring case." example:"main menu"`
	Number   field[string]                `json:"number" doc:"What to dial: 2 to 6 digits, unique among everything of the organisation that can be dialled, and no emergency number." example:"7000"`
	Greeting field[string]                `json:"greeting" doc:"The name of the prompt that says what to press." example:"welcome"`
	Timeout  field[int]                   `json:"timeout" minimum:"1" maximum:"60" doc:"Seconds the caller may think after the greeting; 5 when left out." example:"5"`
	Options  nullable[optionsRequest]     `json:"options" doc:"Where each key leads: 0 to 9, * and #. Keys merge with those that are there; null takes a key away, and null for all of it takes away all. A key must not lead to the IVR itself; a sub-menu may lead back to the main menu. Without keys the IVR is an announcement."`
	Fallback nullable[destinationRequest] `json:"fallback" doc:"Where a caller goes who pressed no key, or a wrong one, three times; null, and when left out, ends the call. It must not lead back here, through queues and other IVRs either."`
}

type ivrResponse struct {
	resourceHead
	Name     string               `json:"name" example:"main menu"`
	Number   string               `json:"number" example:"7000"`
	Greeting string               `json:"greeting" example:"welcome"`
	Timeout  int                  `json:"timeout" doc:"Seconds." example:"5"`
	Options  optionsResponse      `json:"options" doc:"Where each key leads."`
	Fallback *destinationResponse `json:"fallback" doc:"null ends the call."`
}

// optionsRequest are the keys of an IVR that a request names; one that is null
// is to be taken away.
type optionsRequest map[string]nullable[destinationRequest]

// decode reads the keys.
func (r *optionsRequest) decode(d *decoder, path string, raw json.RawMessage) {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil || members == nil {
		d.fail(path, "type", "must be an object")
		return
	}
	*r = optionsRequest{}
	for _, key := range strings.Split(resource.IVRKeys, "") {
		value, given := members[key]
		delete(members, key)
		if given {
			var option nullable[destinationRequest]
			option.decode(d, join(path, key), value)
			(*r)[key] = option
		}
	}
	d.unknown(path, slices.Collect(maps.Keys(members)), "is no key of a phone")
}

// Schema names every key.
func (optionsRequest) Schema(r huma.Registry) *huma.Schema {
	return keysSchema(nullable[destinationRequest]{}.Schema(r))
}

// optionsResponse is where the keys of an IVR lead.
type optionsResponse map[string]destinationResponse

// Schema names every key.
func (optionsResponse) Schema(r huma.Registry) *huma.Schema {
	return keysSchema(r.Schema(reflect.TypeFor[destinationResponse](), true, ""))
}

// keysSchema is an object that has any of the keys of a phone.
func keysSchema(option *huma.Schema) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{}, AdditionalProperties: false}
	for _, key := range strings.Split(resource.IVRKeys, "") {
		s.Properties[key] = option
	}
	return s
}

func (r ivrRequest) apply(i *resource.IVR) {
	r.Name.into(&i.Name)
	r.Number.into(&i.Number)
	r.Greeting.into(&i.Greeting)
	r.Timeout.into(&i.Timeout)
	if r.Options.null {
		i.Options = nil
	}
	r.Options.value.apply(i)
	intoDestination(r.Fallback, &i.Fallback)
}

func (r optionsRequest) apply(i *resource.IVR) {
	for key, option := range r {
		if option.null {
			delete(i.Options, key)
			continue
		}
		if i.Options == nil {
			i.Options = map[string]resource.Destination{}
		}
		old := i.Options[key]
		i.Options[key] = *option.value.merge(&old)
	}
}

func showIVR(i resource.IVR, config *configState) ivrResponse {
	shown := ivrResponse{
		resourceHead: showHead(i.Meta, config),
		Name:         i.Name,
		Number:       i.Number,
		Greeting:     i.Greeting,
		Timeout:      i.Timeout,
		Options:      optionsResponse{},
		Fallback:     showDestination(i.Fallback),
	}
	for key, d := range i.Options {
		shown.Options[key] = *showDestination(&d)
	}
	return shown
}

func (a *API) registerIVRs() {
	ivrs := resourceKind[resource.IVR, ivrRequest, ivrResponse]{
		tag: "IVRs", path: "/ivrs", id: "ivr", name: "an IVR", plural: "IVRs",
		required: []string{"name", "number", "greeting"},
		example:  json.RawMessage(ivrExample),
		set:      a.config.Resources.IVRs(),
		apply:    func(_ string, req ivrRequest, i *resource.IVR) error { req.apply(i); return nil },
		meta:     func(i resource.IVR) resource.Meta { return i.Meta },
		show:     showIVR,
	}
	registerResource(a, ivrs)
	registerCreate(a, ivrs, "A call goes round in no ring by itself: a fallback that leads back here, through queues and other IVRs too, is refused.",
		createPlain(ivrs, a.config.Resources.IVRs(), resource.IVRDefaults))
}

// ivrExample is a main menu.
const ivrExample = `{
  "name": "main menu", "number": "7000", "greeting": "welcome", "timeout": 5,
  "options": {
    "1": {"type": "queue", "destination": "6000"},
    "2": {"type": "extension", "destination": "1001"},
    "#": {"type": "voicemail", "destination": "1001"}
  },
  "fallback": {"type": "queue", "destination": "6000"}
}`
