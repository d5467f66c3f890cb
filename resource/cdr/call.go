package cdr

import (
	"slices"
	"time"
)

// Call is one call: what a channel that somebody called with did from its first
// second to its last.
type Call struct {
	// ID is made from what Asterisk calls the channel, so a call that is handed in
	// twice has the same id. It has the form of a UUIDv7 whose time is StartedAt:
	// ids are in the order in which calls started.
	ID string
	// UniqueID is what Asterisk calls the channel.
	UniqueID string
	// LinkedID is the UniqueID of the first call of those that belong together:
	// that of a caller who was forwarded, and the call to where he was.
	LinkedID string

	Direction   Direction
	Disposition Disposition

	Caller     string // the number that called, as it was known at the end
	CallerName string
	Called     string // the number that was called first
	// Endpoint is the PJSIP endpoint that called, and AnsweredBy the one that
	// answered, "" where nothing of a PJSIP endpoint did. That of a phone is the
	// user's SIP user name.
	Endpoint, AnsweredBy string

	StartedAt  time.Time // to the second
	AnsweredAt time.Time // zero when nobody and nothing answered
	EndedAt    time.Time
	// BilledSeconds is for how long somebody or something had answered, in whole
	// seconds. Time in which two had is counted once.
	BilledSeconds int

	Emergency bool
	Denial    Denial
	Consent   Consent
	Recording string // the name of the file in the organisation's folder; "" for none
	AgentCall string // the id that an AI agent was told, a UUID; "" for none
	// Erased is true once who somebody was has been erased from the call: what is
	// told of it later adds its times and nobody.
	Erased bool

	// Parts are what the call is put together from, in order of sequence.
	Parts []Part
}

// Direction is which way a call went.
type Direction string

// The directions.
const (
	In       Direction = "in"
	Out      Direction = "out"
	Internal Direction = "internal" // between places of the organisation
)

// Directions returns all of them.
func Directions() []Direction { return []Direction{In, Out, Internal} }

// TouchesTrunk reports whether calls of that direction count as minutes.
func (d Direction) TouchesTrunk() bool { return d == In || d == Out }

// Disposition is how a call ended.
type Disposition string

// The dispositions.
const (
	Answered   Disposition = "answered"
	NoAnswer   Disposition = "no_answer"
	Busy       Disposition = "busy"
	Failed     Disposition = "failed"
	Congestion Disposition = "congestion"
)

// Dispositions returns all of them.
func Dispositions() []Disposition {
	return []Disposition{Answered, NoAnswer, Busy, Failed, Congestion}
}

// Denial says why a call was refused. The zero value is that of a call that was
// not.
type Denial struct {
	Reason string // such as concurrent_calls; "" when it was not refused
	// Limit is the limit that refused it and Used how much of it was in use; nil
	// when no limit did.
	Limit, Used *int
}

// Consent is the evidence of how somebody agreed to being recorded. The zero
// value is that of a call in which nobody was asked.
type Consent struct {
	Mode   string    // of org.Consent
	Choice string    // recorded, refused or unannounced
	Digit  string    // what was pressed
	Prompt string    // what was played, with its version
	At     time.Time // to the second, when that was over; zero where it is not known
}

// Part is one of the pieces in which Asterisk tells of a call: it begins a new
// one each time another phone rings or the call is handed on.
type Part struct {
	Sequence    int64
	AnsweredAt  time.Time // zero when it was not answered
	EndedAt     time.Time
	Disposition Disposition
	AnsweredBy  string
}

// Clone returns a copy that shares no memory with c.
func (c Call) Clone() Call {
	c.Parts = slices.Clone(c.Parts)
	c.Denial.Limit, c.Denial.Used = cloneInt(c.Denial.Limit), cloneInt(c.Denial.Used)
	return c
}

// Endpoints returns every endpoint in the call, those that are "" too. They can be
// changed through it, in a call that shares no memory with another one.
func (c *Call) Endpoints() []*string {
	list := []*string{&c.Endpoint, &c.AnsweredBy}
	for i := range c.Parts {
		list = append(list, &c.Parts[i].AnsweredBy)
	}
	return list
}

// RecordingState is that of a recording which the call is the first to name. That
// of somebody who was erased goes.
func (c Call) RecordingState() SealState {
	if c.Erased {
		return Deleting
	}
	return Unsealed
}

func cloneInt(p *int) *int {
	if p == nil {
		return nil
	}
	n := *p
	return &n
}
