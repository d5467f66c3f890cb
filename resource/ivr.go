package resource

import "maps"

// IVR is a menu: a greeting plays, the caller presses a key, and the call goes
// where that key points.
type IVR struct {
	Meta
	Name string `json:"name" validate:"required,label"` // unique in the organisation, ignoring case
	// Number is what to dial: 2 to 6 digits, unique among everything of the
	// organisation that can be dialled.
	Number string `json:"number" validate:"required,extension"`
	// Greeting is the name of the prompt that says what to press.
	Greeting string `json:"greeting" validate:"required,class"`
	// Timeout is how many seconds the caller may think after the greeting.
	Timeout int `json:"timeout" validate:"min=1,max=60"`
	// Options says where each key leads; a key is one of 0 to 9, "*" and "#".
	Options map[string]Destination `json:"options"`
	// Fallback is where a caller goes who pressed no key, or a wrong one, three
	// times; nil ends the call.
	Fallback *Destination `json:"fallback"`
}

// IVRDefaults returns an IVR with the values of fields a caller left out: five
// seconds to think.
func IVRDefaults() IVR { return IVR{Timeout: 5} }

// Clone returns a copy that shares no memory with i.
func (i IVR) Clone() IVR {
	i.Options = maps.Clone(i.Options)
	i.Fallback = cloneDestination(i.Fallback)
	return i
}
