package subject

import (
	"slices"
	"time"

	"github.com/orgpbx/orgpbx/resource"
)

// Report is what there is of a number, by class.
type Report struct {
	// CountedAt is when it was counted what is there; zero before.
	CountedAt time.Time `json:"counted_at,omitzero"`
	// Calls have the number, or the endpoint of the phone whose extension it is, and
	// Recordings are those of these calls.
	Calls      Class `json:"calls"`
	Recordings Class `json:"recordings"`
	// Voicemail are messages that the number left.
	Voicemail Class `json:"voicemail"`
	// Deliveries are events about these calls that are kept for webhooks.
	Deliveries Class `json:"deliveries"`
	// QueueLog are the lines of Asterisk's queue log that have the number. It was looked
	// at where QueueLogRead is true, but for its compressed files, if there are any.
	QueueLog           Class `json:"queue_log"`
	QueueLogRead       bool  `json:"queue_log_read"`
	QueueLogCompressed bool  `json:"queue_log_compressed"`
	// Own is what the organisation itself entered with the number. It stays.
	Own []resource.Ref `json:"own,omitempty"`
	// Holds is how many legal holds are on the number, and TrailEntries how many
	// entries of the trail have it. Both are evidence and stay.
	Holds        int `json:"holds"`
	TrailEntries int `json:"trail_entries"`
	// Unreached are the classes that could not be looked at, or not on every node:
	// this server has no folder of them.
	Unreached []string `json:"unreached,omitempty"`
}

// The names of classes.
const (
	CallsClass      = "calls"
	RecordingsClass = "recordings"
	VoicemailClass  = "voicemail"
	DeliveriesClass = "webhook_deliveries"
	QueueLogClass   = "queue_log"
)

// NotCovered returns what the request did not look at, because this software does not
// have it or must not touch it: Asterisk's queue log, as far as it was not read, its
// file of call records and its logs, what webhooks and others were given already, and
// copies of the database.
func (r Report) NotCovered() []string {
	var queueLog []string
	switch {
	case !r.QueueLogRead:
		queueLog = []string{"asterisk_queue_log"}
	case r.QueueLogCompressed:
		queueLog = []string{"asterisk_queue_log_compressed", "asterisk_queue_log_table"}
	default:
		queueLog = []string{"asterisk_queue_log_table"}
	}
	return append(queueLog, "asterisk_cdr_file", "asterisk_logs", "webhook_receivers", "carriers", "backups")
}

func (r Report) clone() Report {
	r.Own, r.Unreached = slices.Clone(r.Own), slices.Clone(r.Unreached)
	return r
}

// NamedClass is a class under its name.
type NamedClass struct {
	Name string
	Class
}

// Classes returns the classes in their order, without the queue log where it was not
// looked at.
func (r Report) Classes() []NamedClass {
	all := []NamedClass{
		{CallsClass, r.Calls}, {RecordingsClass, r.Recordings}, {VoicemailClass, r.Voicemail}, {DeliveriesClass, r.Deliveries},
	}
	if r.QueueLogRead {
		all = append(all, NamedClass{QueueLogClass, r.QueueLog})
	}
	return all
}

// Class is what there is of one kind.
type Class struct {
	Found  Amount `json:"found"`
	Held   Amount `json:"held"`   // of what was found: a legal hold keeps it
	Erased Amount `json:"erased"` // by this request
}

// Amount is how much there is of something.
type Amount struct {
	Count int   `json:"count"`
	Bytes int64 `json:"bytes"` // of files and payloads; 0 of calls
	// First and Latest are of the calls, messages or events; zero when there are none.
	First  time.Time `json:"first,omitzero"`
	Latest time.Time `json:"latest,omitzero"`
}

func (a *Amount) add(at time.Time, bytes int64) {
	if a.Count == 0 || at.Before(a.First) {
		a.First = at
	}
	if a.Count == 0 || at.After(a.Latest) {
		a.Latest = at
	}
	a.Count++
	a.Bytes += bytes
}

// find counts something that was found.
func (c *Class) find(at time.Time, bytes int64, held bool) {
	c.Found.add(at, bytes)
	if held {
		c.Held.add(at, bytes)
	}
}
