package cdr

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Record is what a PBX says of a part of a call.
type Record struct {
	ContextPrefix string // of the organisation
	UniqueID      string
	LinkedID      string
	Sequence      int64

	Direction   Direction
	Disposition Disposition
	Caller      string
	CallerName  string
	Called      string
	Endpoint    string
	AnsweredBy  string

	StartedAt  time.Time
	AnsweredAt time.Time // zero when it was not answered
	EndedAt    time.Time

	Emergency bool
	Denial    Denial
	Consent   Consent
	Recording string
	AgentCall string
}

// maxText is the longest text that is kept of anything, in bytes.
const maxText = 200

// ErrRecord is wrapped by the error about a record that cannot be that of a call.
var ErrRecord = errors.New("not the record of a call")

// check returns an error that wraps [ErrRecord] when the record cannot be kept.
// It shows nothing of what a caller sent.
func (r Record) check() error {
	switch {
	case r.ContextPrefix == "" || r.UniqueID == "":
		return fmt.Errorf("%w: it names no organisation or no channel", ErrRecord)
	case !slices.Contains(Directions(), r.Direction):
		return fmt.Errorf("%w: its direction is unknown", ErrRecord)
	case !slices.Contains(Dispositions(), r.Disposition):
		return fmt.Errorf("%w: its disposition is unknown", ErrRecord)
	case !plausible(r.StartedAt) || !plausible(r.EndedAt) || !plausibleOrNone(r.AnsweredAt) || !plausibleOrNone(r.Consent.At):
		return fmt.Errorf("%w: its times cannot be", ErrRecord)
	}
	return nil
}

func plausible(t time.Time) bool { return t.Unix() >= earliest && t.Unix() <= latest }

func plausibleOrNone(t time.Time) bool { return t.IsZero() || plausible(t) }

// call returns the record as the call that it is when it has no other part.
func (r Record) call() Call {
	id, start := identify(r.ContextPrefix, r.UniqueID, r.StartedAt)
	c := Call{
		ID:         id,
		UniqueID:   text(r.UniqueID),
		LinkedID:   text(r.LinkedID),
		Direction:  r.Direction,
		Caller:     text(r.Caller),
		CallerName: text(r.CallerName),
		Called:     text(r.Called),
		Endpoint:   text(r.Endpoint),
		StartedAt:  start,
		Emergency:  r.Emergency,
		Denial:     Denial{text(r.Denial.Reason), cloneInt(r.Denial.Limit), cloneInt(r.Denial.Used)},
		Consent: Consent{
			Mode: text(r.Consent.Mode), Choice: text(r.Consent.Choice),
			Digit: text(r.Consent.Digit), Prompt: text(r.Consent.Prompt), At: moment(r.Consent.At),
		},
		Recording: text(r.Recording),
		AgentCall: text(r.AgentCall),
		Parts: []Part{{
			Sequence:    r.Sequence,
			AnsweredAt:  moment(r.AnsweredAt),
			EndedAt:     moment(r.EndedAt),
			Disposition: r.Disposition,
			AnsweredBy:  text(r.AnsweredBy),
		}},
	}
	c.sum()
	return c
}

// moment is a time as every store can keep it.
func moment(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

// text is what a phone sent as every store and every page can show it.
func text(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	for len(s) > maxText {
		s = s[:maxText]
		s = strings.ToValidUTF8(s, "")
	}
	return s
}
