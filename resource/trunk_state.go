package resource

import (
	"context"
	"time"
)

// LineState is how a trunk is, as the PBX sees it.
type LineState string

// The states of a trunk.
const (
	// LineRegistered is a trunk where one side is registered with the other.
	LineRegistered LineState = "registered"
	// LineRejected is an outbound trunk whose registration was refused. In its
	// first minute, before the other side was asked whether it is there, one that
	// got no answer may be called so too.
	LineRejected LineState = "rejected"
	// LineUnregistered is a trunk where one side should be registered and is
	// not, or not yet.
	LineUnregistered LineState = "unregistered"
	// LineReachable is a trunk known by address that answers.
	LineReachable LineState = "reachable"
	// LineUnreachable is a trunk that does not answer. One that registers is not
	// registered either, or is and has not answered since.
	LineUnreachable LineState = "unreachable"
	// LineUnknown is a trunk of which the PBX says nothing.
	LineUnknown LineState = "unknown"
)

// TrunkState is what a PBX says of a trunk now.
type TrunkState struct {
	Line LineState
	// Answers tells whether the other side answers when the PBX asks whether it
	// is there, as it does every minute; nil when it was not asked yet. A
	// registered trunk may not answer: some carriers never do.
	Answers *bool
	// NextTry is how long it is until an outbound trunk registers the next time,
	// whatever became of the last; 0 when the PBX does not say.
	NextTry time.Duration
}

// TrunkWatcher is a [PBX] that can tell how trunks are. A backend need not be
// one.
type TrunkWatcher interface {
	// TrunkStates returns how the trunks of a snapshot are, by id. A trunk that
	// the PBX does not have is left out. The passwords of the snapshot are not
	// needed. Its error wraps [ErrPBXUnavailable] when the PBX cannot be reached.
	TrunkStates(ctx context.Context, s Snapshot) (map[string]TrunkState, error)
}
