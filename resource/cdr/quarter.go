package cdr

import "time"

// QuarterHour is what billed seconds are added up by. The midnight of every time
// zone is at a full one, so a month of any of them is a sum of these.
const QuarterHour = 15 * time.Minute

// Quarter numbers the quarters of an hour since 1970.
func Quarter(t time.Time) int64 { return t.Unix() / int64(QuarterHour/time.Second) }

// CountedSeconds is what the call adds to the billed seconds of its organisation:
// nothing when it touched no trunk.
func (c Call) CountedSeconds() int64 {
	if !c.Direction.TouchesTrunk() {
		return 0
	}
	return int64(c.BilledSeconds)
}
