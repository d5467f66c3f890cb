package resource

import "slices"

// Queue lets callers wait for the next free member.
type Queue struct {
	Meta
	Name string `json:"name" validate:"required,label"` // unique in the organisation, ignoring case
	// Number is what to dial: 2 to 6 digits, unique among everything of the
	// organisation that can be dialled.
	Number           string   `json:"number" validate:"required,extension"`
	Strategy         Strategy `json:"strategy" validate:"oneof=ringall leastrecent fewestcalls random rrmemory linear"`
	Timeout          int      `json:"timeout" validate:"min=1,max=600"`   // seconds a member rings
	Retry            int      `json:"retry" validate:"min=0,max=600"`     // seconds until the next try
	MaxWait          int      `json:"max_wait" validate:"min=1,max=7200"` // seconds a caller waits at most
	MusicOnHold      string   `json:"music_on_hold" validate:"class"`
	RecordingEnabled bool     `json:"recording_enabled"`
	// Overflow is where a caller goes after MaxWait; nil ends the call. It must
	// not lead back here by itself.
	Overflow *Destination  `json:"overflow"`
	Members  []QueueMember `json:"members" validate:"dive"`
}

// QueueMember is a user who takes calls of a queue.
type QueueMember struct {
	UserID  string `json:"user_id" validate:"required"`
	Penalty int    `json:"penalty" validate:"min=0,max=10"` // lower is asked first
}

// Strategy is the order members ring in.
type Strategy string

// The strategies, by Asterisk's names.
const (
	RingAll     Strategy = "ringall"
	LeastRecent Strategy = "leastrecent"
	FewestCalls Strategy = "fewestcalls"
	Random      Strategy = "random"
	RRMemory    Strategy = "rrmemory"
	Linear      Strategy = "linear"
)

// QueueDefaults returns a queue with the values of fields a caller left out:
// everybody rings for 15 s, again after 5 s, for 300 s at most.
func QueueDefaults() Queue {
	return Queue{Strategy: RingAll, Timeout: 15, Retry: 5, MaxWait: 300, MusicOnHold: "default"}
}

// Clone returns a copy that shares no memory with q.
func (q Queue) Clone() Queue {
	q.Members = slices.Clone(q.Members)
	q.Overflow = cloneDestination(q.Overflow)
	return q
}
