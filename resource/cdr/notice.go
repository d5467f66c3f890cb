package cdr

import "github.com/orgpbx/orgpbx/limits"

// Notice is that an organisation has reached a level of what it may use. There is
// one of each in a month.
type Notice struct {
	Month   string // of the organisation's time zone, such as "2026-11"
	Kind    limits.Kind
	Percent int // 80 or 100
}
