package limits

// Kind names one of the seven things that are limited.
type Kind string

// The quotas: counted in the store and checked when one is created.
const (
	Users  Kind = "users"
	DIDs   Kind = "dids"
	Trunks Kind = "trunks"
	Queues Kind = "queues"
)

// ConcurrentCalls is checked by the Asterisk dialplan at the start of a call.
const ConcurrentCalls Kind = "concurrent_calls"

// The advisory limits: reported, never enforced.
const (
	MonthlyMinutes Kind = "monthly_minutes" // minutes in a calendar month
	StorageGB      Kind = "storage_gb"      // gigabytes, 10^9 bytes each
)

// Level says how close use is to a limit.
type Level string

// The levels of use.
const (
	OK   Level = "ok"   // below 80 % of the limit
	Near Level = "near" // at 80 % or more, up to and including the limit
	Over Level = "over" // above the limit, as after it was lowered
)

// LevelOf returns the level of using used of limit. Unlimited is always OK,
// and so is using nothing of a limit of 0.
func LevelOf(used int, limit Limit) Level {
	n, limited := limit.Value()
	if !limited {
		return OK
	}
	return LevelOfAmount(int64(used), int64(n))
}

// LevelOfAmount is [LevelOf] for what is measured more finely than it is limited,
// such as bytes.
func LevelOfAmount(used, most int64) Level {
	switch {
	case used <= 0:
		return OK
	case used > most:
		return Over
	case float64(used)*100 >= float64(most)*80: // the products may be too large for integers
		return Near
	default:
		return OK
	}
}
