package resource

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/org"
)

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
	// Options says where each key leads; a key is one of [IVRKeys]. None leads
	// to the IVR itself. An IVR without options is an announcement: the call goes
	// to Fallback after the greeting.
	Options map[string]Destination `json:"options"`
	// Fallback is where a caller goes who pressed no key, or a wrong one, three
	// times; nil ends the call. It must not lead back here by itself.
	Fallback *Destination `json:"fallback"`
}

// IVRKeys are the keys of a phone, in the order they are written in.
const IVRKeys = "0123456789*#"

// IVRDefaults returns an IVR with the values of fields a caller left out: five
// seconds to think.
func IVRDefaults() IVR { return IVR{Timeout: 5} }

// Clone returns a copy that shares no memory with i.
func (i IVR) Clone() IVR {
	i.Options = maps.Clone(i.Options)
	i.Fallback = cloneDestination(i.Fallback)
	return i
}

// keys returns the keys that lead somewhere, in a fixed order.
func (i IVR) keys() []string { return slices.Sorted(maps.Keys(i.Options)) }

// leadsTo returns what a key or nobody's key press leads to.
func (i IVR) leadsTo() []Destination {
	var list []Destination
	for _, key := range i.keys() {
		list = append(list, i.Options[key])
	}
	if i.Fallback != nil {
		list = append(list, *i.Fallback)
	}
	return list
}

func checkIVR(ctx context.Context, tx Tx, organizationID string, i *IVR) error {
	broken := []error{org.Validate(*i)}
	for _, key := range i.keys() {
		broken = append(broken, checkOption(ctx, tx, organizationID, i, key))
	}
	broken = append(broken, checkFallback(ctx, tx, organizationID, i))
	if err := org.JoinInvalid(broken...); err != nil {
		return err
	}
	return checkNumber(ctx, tx, organizationID, "number", i.Number, Ref{KindIVR, i.ID})
}

func checkOption(ctx context.Context, tx Tx, organizationID string, i *IVR, key string) error {
	if len(key) != 1 || !strings.Contains(IVRKeys, key) {
		// The key itself is not named: it may be anything.
		return org.Invalid("options", "key", "must have keys of 0 to 9, * and # only")
	}
	d, typeField, numberField := i.Options[key], optionField(key)+".type", optionField(key)+".destination"
	if d == (Destination{ToIVR, i.Number}) {
		return org.Invalid(numberField, "loop", "must not be the IVR itself")
	}
	return checkDestination(ctx, tx, organizationID, d, typeField, numberField)
}

func optionField(key string) string { return "options." + key }

func checkFallback(ctx context.Context, tx Tx, organizationID string, i *IVR) error {
	if i.Fallback == nil {
		return nil
	}
	return org.JoinInvalid(
		checkNoLoop(ctx, tx, organizationID, "fallback.destination", Destination{ToIVR, i.Number}, *i.Fallback,
			func(s *Snapshot) { s.IVRs = with(s.IVRs, *i) }),
		checkDestination(ctx, tx, organizationID, *i.Fallback, "fallback.type", "fallback.destination"),
	)
}
