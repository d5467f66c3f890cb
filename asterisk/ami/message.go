package ami

import (
	"strings"

	"github.com/staskobzar/goami2"
)

const packetEnd = "\r\n\r\n"

// Message is one packet from Asterisk: its fields in the order they came.
// The zero Message has none. A Message may be read by several goroutines.
type Message struct {
	packet goami2.Message
}

// Get returns the value of the first field of that key, in whatever case, or
// the empty string.
func (m Message) Get(key string) string { return m.packet.Field(key) }

// Values returns the values of all fields of that key, in whatever case and in
// the order they came. It is empty when there is none.
func (m Message) Values(key string) []string { return m.packet.FieldValues(key) }

// Fields returns a copy of all fields in the order they came. A line that had
// no colon is a field without a key.
func (m Message) Fields() []Field {
	fields := make([]Field, 0, m.packet.Len())
	for _, h := range m.packet.Headers() {
		fields = append(fields, Field{Key: h.Name, Value: h.Value})
	}
	return fields
}

// ActionID returns the id of the action that the message belongs to, or the
// empty string for an event that nobody asked for.
func (m Message) ActionID() string { return m.packet.ActionID() }

// opensWith reports whether the first field has that key, which is how a
// response ("Response") and an event ("Event") differ: an OriginateResponse
// event holds a Response field too.
func (m Message) opensWith(key string) bool {
	headers := m.packet.Headers()
	return len(headers) > 0 && strings.EqualFold(headers[0].Name, key)
}

// Event is a message that Asterisk sends on its own, or one item of a list.
type Event struct{ Message }

// Name returns which event it is, such as "FullyBooted".
func (e Event) Name() string { return e.Get("Event") }

// Response is the answer to one action.
type Response struct{ Message }

func (r Response) failed() bool { return strings.EqualFold(r.Get("Response"), "Error") }

// parsePacket reads one packet that ends in an empty line. It keeps every line
// of every packet. goami2's parser refuses a packet for one key with an
// underscore or one value with a lone line feed, both of which Asterisk sends,
// and it drops the indentation of a value, which the columns of CLI output
// need; such packets are split here line by line.
func parsePacket(packet string) Message {
	if !strings.Contains(packet, ":  ") {
		if m, err := goami2.Parse(packet); err == nil {
			return Message{packet: *m}
		}
	}
	return splitPacket(packet)
}

func splitPacket(packet string) Message {
	var m Message
	for line := range strings.SplitSeq(strings.TrimSuffix(packet, packetEnd), "\r\n") {
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			key, value = "", line
		}
		m.packet.AddField(key, strings.TrimPrefix(value, " "))
	}
	return m
}
