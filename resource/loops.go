package resource

import (
	"context"
	"slices"

	"github.com/orgpbx/orgpbx/org"
)

// onward says, of each place, where a call goes on to from there by itself:
// from a queue by its overflow, from an IVR by its fallback, from a user to the
// phone number that rings for him, and from a phone number that is a DID of the
// organisation, dialled as an external one, over the carrier to where the DID
// is routed. What an option of an IVR leads to is not in it: that needs
// somebody who presses a key, and a sub-menu that leads back to the main menu
// is no mistake.
type onward map[Destination]Destination

func (s Snapshot) onward() onward {
	ways := onward{}
	for _, u := range s.Users {
		if u.RingTarget == RingPhone {
			ways[Destination{ToExtension, u.Extension}] = Destination{ToExternal, u.PhoneNumber}
		}
	}
	for _, d := range s.DIDs {
		ways[Destination{ToExternal, d.Number}] = d.Routing
	}
	for _, q := range s.Queues {
		if q.Overflow != nil {
			ways[Destination{ToQueue, q.Number}] = *q.Overflow
		}
	}
	for _, i := range s.IVRs {
		if i.Fallback != nil {
			ways[Destination{ToIVR, i.Number}] = *i.Fallback
		}
	}
	return ways
}

// loops reports whether a call at a place goes round in a ring, which it does
// until the caller hangs up.
func (o onward) loops(place Destination) bool {
	seen := map[Destination]bool{}
	for goes := true; goes; place, goes = o[place] {
		if seen[place] {
			return true
		}
		seen[place] = true
	}
	return false
}

// checkNoLoop makes sure that a call which a new or edited resource sends on,
// from one of its own places to the next, does not go round in a ring. put
// puts the resource into the snapshot.
func checkNoLoop(ctx context.Context, tx Tx, organizationID, field string, from, to Destination, put func(*Snapshot)) error {
	if to.isEnd() {
		return nil
	}
	snapshot, err := tx.Snapshot(ctx, organizationID)
	if err != nil {
		return err
	}
	put(&snapshot)
	if snapshot.onward().loops(from) {
		return org.Invalid(field, "loop", loopMessage)
	}
	return nil
}

const loopMessage = "must not send calls round in a ring that nobody's key press ends"

// isEnd reports whether no call goes on from a place by itself, whatever else
// there is.
func (d Destination) isEnd() bool {
	return d.Type == ToVoicemail || d.Type == ToConference || d.Type == ToAIAgent
}

// with returns a list with v instead of the one that has its id.
func with[T interface{ id() string }](list []T, v T) []T {
	return append(slices.DeleteFunc(list, func(other T) bool { return other.id() == v.id() }), v)
}
