package editor

import (
	"fmt"
	"strconv"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// storedChart is what is stored, in units that fit.
type storedChart struct {
	chart

	Unit     string
	Expected int // at the end of the month
	Known    bool
}

// newStoredChart draws the month of a storage. Its values are rounded up.
func newStoredChart(days int, m cdr.StorageMonth, limit limits.Limit) *storedChart {
	if len(m.Days) == 0 {
		return nil
	}
	most := m.Expected
	for _, d := range m.Days {
		most = max(most, d.Bytes)
	}
	unit, name := unitOf(most)
	in := func(bytes int64) int { return int((bytes + unit - 1) / unit) }
	var values []int
	for _, d := range m.Days {
		on, _ := strconv.Atoi(d.Day[len(d.Day)-2:]) // of the month: it is such as 2026-11-24
		for len(values) < on-1 {
			values = append(values, notMeasured)
		}
		values = append(values, in(d.Bytes))
	}
	if gigabytes, limited := limit.Value(); limited {
		if inUnits := int64(gigabytes) * 1e9 / unit; inUnits <= limits.Max {
			limit = limits.AtMost(int(inUnits))
		} else {
			limit = limits.Unlimited() // far above what can be drawn
		}
	}
	c := storedChart{Unit: name, Expected: in(m.Expected), Known: m.Known}
	c.chart = newChart(days, values, c.Expected, limit)
	return &c
}

// unitOf is one of which there are some.
func unitOf(bytes int64) (unit int64, name string) {
	switch {
	case bytes >= 10_000_000_000:
		return 1_000_000_000, "GB"
	case bytes >= 10_000_000:
		return 1_000_000, "MB"
	default:
		return 1000, "kB"
	}
}

// size is how large something is, such as 1.5 MB.
func size(bytes int64) string {
	unit, name := unitOf(bytes)
	if bytes < unit {
		return fmt.Sprintf("%d B", bytes)
	}
	return fmt.Sprintf("%.1f %s", float64(bytes)/float64(unit), name)
}

// storedOn is what was stored on a day, or "".
func storedOn(m cdr.StorageMonth, day string) string {
	for _, d := range m.Days {
		if d.Day == day {
			return size(d.Bytes)
		}
	}
	return ""
}
