package cdr

import "time"

// Quarterly is how often billed seconds begin to be added up anew. The midnight of
// every time zone is at such a moment, so a month of any of them is a sum of these.
const Quarterly = 15 * time.Minute

// Quarter numbers the quarters of an hour since 1970.
func Quarter(t time.Time) int64 { return t.Unix() / int64(Quarterly/time.Second) }

// CountedSeconds is what the call adds to the billed seconds of its organisation:
// nothing when it touched no trunk.
func (c Call) CountedSeconds() int64 {
	if !c.Direction.TouchesTrunk() {
		return 0
	}
	return int64(c.BilledSeconds)
}
