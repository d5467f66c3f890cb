package editor

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// shorter is what a form asks whose retention is shorter than the one in force.
type shorter struct {
	Lines    []shorterLine // what the next run would delete, and what is held
	Complete bool          // false: it is at least so much
	Days     string        // those that the question is about
}

// shorterLine is how much there is of something.
type shorterLine struct {
	Key string // of its text
	cdr.Amount
	Megabytes string // of recordings; "" where none is known
}

// confirmDays names the box that is ticked for a shorter retention. Its value are
// the days, so that nobody confirms others than he was told of.
const confirmDays = "confirm_retention"

// shorterOf returns what to ask where err says that it has to be confirmed; nil
// where it does not.
func shorterOf(err error, entered org.Compliance) *shorter {
	var asked *cdr.ConfirmationError
	if !errors.As(err, &asked) {
		return nil
	}
	p := asked.Preview
	s := &shorter{Complete: p.Complete, Days: daysOf(entered)}
	for _, line := range []shorterLine{
		{Key: "shorter.calls", Amount: p.Calls.Going},
		{Key: "shorter.recordings", Amount: p.Recordings.Going},
		{Key: "shorter.calls.held", Amount: p.Calls.Held},
		{Key: "shorter.recordings.held", Amount: p.Recordings.Held},
	} {
		if line.Count == 0 {
			continue
		}
		if line.Bytes > 0 {
			line.Megabytes = fmt.Sprintf("%.1f", float64(line.Bytes)/1e6)
		}
		s.Lines = append(s.Lines, line)
	}
	return s
}

// daysOf is a retention as a word.
func daysOf(c org.Compliance) string {
	word := func(days *int) string {
		if days == nil {
			return "ever"
		}
		return strconv.Itoa(*days)
	}
	return word(c.RetentionCDRDays) + "/" + word(c.RetentionRecordingDays)
}
