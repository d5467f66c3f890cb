package subject

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// QueueLog is what Asterisk writes about callers in queues. It is one for all
// organisations; a queue is called by the context prefix of its organisation, a dash,
// and its number. No method reads or changes a line about a queue of another one.
type QueueLog interface {
	// Lines calls do with each line about a queue of the organisation, until it returns
	// an error, which comes back. It reports whether there were files that it cannot
	// read because they are compressed.
	Lines(ctx context.Context, contextPrefix string, do func(QueueLine) error) (compressed bool, err error)
	// Blank writes an x over each character of the numbers of those lines for which his
	// is true, and returns when that is on the disk. Every other line stays as it is,
	// also one that Asterisk writes meanwhile.
	Blank(ctx context.Context, contextPrefix string, his func(QueueLine) bool) error
}

// QueueLine is a line of the queue log.
type QueueLine struct {
	At     time.Time // to the second
	CallID string    // what Asterisk calls the caller's channel
	Event  string    // such as "ENTERQUEUE"
	// Number is the one that the line tells of: who entered, or where he was transferred
	// to. It is "" where it tells of none.
	Number string
	Text   string // the line as it is, without what ends it

	at int // where Number begins in Text
}

// The events that tell of a number, and the field of their data that has it.
var numberFields = map[string]int{
	"ENTERQUEUE":    1, // url, number, position
	"BLINDTRANSFER": 0, // number, context, ...
}

// eventField and firstData are the fields of a line: time, call, queue, agent, event,
// and the data of the event.
const (
	eventField = 4
	firstData  = 5
)

// readQueueLine reads a line, or reports false for one that is not about a queue of the
// organisation.
func readQueueLine(contextPrefix, text string) (QueueLine, bool) {
	fields := strings.Split(text, "|")
	if len(fields) < firstData || contextPrefix == "" || !strings.HasPrefix(fields[2], contextPrefix+"-") {
		return QueueLine{}, false
	}
	seconds, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return QueueLine{}, false
	}
	line := QueueLine{At: time.Unix(seconds, 0).UTC(), CallID: fields[1], Event: fields[eventField], Text: text}
	if data, tells := numberFields[line.Event]; tells && len(fields) > firstData+data {
		for _, before := range fields[:firstData+data] {
			line.at += len(before) + 1
		}
		line.Number = fields[firstData+data]
	}
	return line, true
}

// id names a line in the trail. It does not change when the number goes.
func (l QueueLine) id() string { return fmt.Sprintf("%s %d %s", l.CallID, l.At.Unix(), l.Event) }

// withNumber is the line with another number.
func (l QueueLine) withNumber(number string) string {
	return l.Text[:l.at] + number + l.Text[l.at+len(l.Number):]
}
