package ami

import (
	"fmt"
	"strings"

	"github.com/staskobzar/goami2"
)

// What Asterisk accepts as one action. It answers a longer one with an error
// after having read it; this package refuses it before a byte is written.
const (
	// MaxLine is the longest line in bytes: key, colon, space and value.
	MaxLine = 1022
	// MaxFields is how many fields an action may have. Asterisk reads 128
	// lines; two of them are Action and ActionID.
	MaxFields = 126
)

// Field is one "Key: Value" line of a packet.
type Field struct {
	Key   string
	Value string
}

// Action is a request to Asterisk. The ActionID is set by the connection.
type Action struct {
	Name string
	// Fields are sent in this order and a key may repeat, as in several
	// Variable fields of one Originate. Asterisk skips blanks at the start of
	// a value.
	Fields []Field
}

// validate returns the reason why the action cannot be sent as one packet with
// exactly its fields: [ErrBadAction], [ErrInjection] or [ErrTooLong].
// The errors never quote a value, because it may be a secret.
func (a Action) validate() error {
	if a.Name == "" {
		return fmt.Errorf("%w: it has no name", ErrBadAction)
	}
	if len(a.Fields) > MaxFields {
		return fmt.Errorf("%w: %q has %d fields, the most is %d", ErrTooLong, a.Name, len(a.Fields), MaxFields)
	}
	if err := (Field{Key: "Action", Value: a.Name}).validate(); err != nil {
		return err
	}
	for _, f := range a.Fields {
		if strings.EqualFold(f.Key, "Action") || strings.EqualFold(f.Key, "ActionID") {
			return fmt.Errorf("%w: %q may not set the field %s", ErrBadAction, a.Name, f.Key)
		}
		if err := f.validate(); err != nil {
			return fmt.Errorf("%w (action %q)", err, a.Name)
		}
	}
	return nil
}

func (f Field) validate() error {
	const lineBreakers = "\r\n\x00"
	switch {
	case f.Key == "":
		return fmt.Errorf("%w: a field has no key", ErrBadAction)
	case strings.ContainsAny(f.Key, lineBreakers+":"):
		return fmt.Errorf("%w: key %q", ErrInjection, f.Key)
	case strings.ContainsAny(f.Value, lineBreakers):
		return fmt.Errorf("%w: value of %q", ErrInjection, f.Key)
	case len(f.Key)+len(": ")+len(f.Value) > MaxLine:
		return fmt.Errorf("%w: line %q, the most is %d bytes", ErrTooLong, f.Key, MaxLine)
	}
	return nil
}

// encode packs an action that has passed validate. The ActionID comes early so
// that even a packet which Asterisk cannot read to its end is answered with it.
func (a Action) encode(id string) []byte {
	packet := goami2.NewAction(a.Name)
	packet.AddField("ActionID", id)
	for _, f := range a.Fields {
		packet.AddField(f.Key, f.Value)
	}
	return packet.Byte()
}
