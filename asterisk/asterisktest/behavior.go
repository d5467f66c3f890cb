package asterisktest

import "bytes"

// Behavior is what a phone or a carrier does with a call that comes in.
type Behavior int32

const (
	// Answer rings and picks up at once.
	Answer Behavior = iota
	// Ring rings until the test calls Call.Answer or Call.Reject, or the caller gives up.
	Ring
	// Busy refuses with 486.
	Busy
	// Decline refuses with 603.
	Decline
	// Unavailable refuses with 503, as a carrier out of order does.
	Unavailable
	// Silent answers nothing to an INVITE, as a carrier whose call processing hangs: it is still reachable.
	Silent
	// Mute picks up as Answer does but answers no OPTIONS, as some carriers do: Asterisk holds it for unreachable.
	Mute
)

// refusal is the SIP answer of a behavior that refuses, zero for the others.
func (b Behavior) refusal() (status int, reason string) {
	switch b {
	case Busy:
		return 486, "Busy Here"
	case Decline:
		return 603, "Decline"
	case Unavailable:
		return 503, "Service Unavailable"
	case Answer, Ring, Silent, Mute:
	}
	return 0, ""
}

// ignores tells whether a packet of the network is as if it had never come.
func (b Behavior) ignores(packet []byte) bool {
	return b == Silent && bytes.HasPrefix(packet, []byte("INVITE ")) ||
		b == Mute && bytes.HasPrefix(packet, []byte("OPTIONS "))
}
