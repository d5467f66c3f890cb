package webhook

import (
	"slices"
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/event"
	"github.com/orgpbx/orgpbx/resource"
)

// MaxWebhooks is how many an organisation may have: every event is saved once
// for each of them.
const MaxWebhooks = 20

// RotationOverlap is how long the secret before the newest one still signs.
const RotationOverlap = 24 * time.Hour

// Gone is why a webhook was switched off whose receiver answered 410.
const Gone = "gone"

// Webhook is a place that is told of events.
type Webhook struct {
	resource.Meta
	// URL is https, or http too where private addresses are allowed; at most
	// 2048 characters, without user and fragment.
	URL     string       `json:"url"`
	Events  []event.Type `json:"events"` // at least one, each once
	Enabled bool         `json:"enabled"`
	// DisabledReason says why the service switched it off: [Gone], or "".
	DisabledReason string `json:"disabled_reason"`
	// FailingSince is when the first delivery failed since the last that did
	// not; zero while all is well.
	FailingSince time.Time `json:"failing_since"`

	Secret    org.Sealed `json:"-"`
	OldSecret org.Sealed `json:"-"` // signs too until OldSecretUntil
	// OldSecretUntil is zero when the secret was never rotated.
	OldSecretUntil time.Time `json:"-"`
}

// Clone returns a copy that shares no memory with w.
func (w Webhook) Clone() Webhook {
	w.Events = slices.Clone(w.Events)
	w.Secret, w.OldSecret = slices.Clone(w.Secret), slices.Clone(w.OldSecret)
	return w
}

// Wants reports whether the webhook is to be told of events of a type.
func (w Webhook) Wants(t event.Type) bool { return w.Enabled && slices.Contains(w.Events, t) }

// State is how far a delivery is.
type State string

// The states of a delivery.
const (
	Pending   State = "pending"   // it is tried, or will be
	Delivered State = "delivered" // the receiver took it
	Dead      State = "dead"      // it was given up: see [Service.Replay]
)

// States returns all of them.
func States() []State { return []State{Pending, Delivered, Dead} }

// Delivery is one event for one webhook.
type Delivery struct {
	ID        string // UUIDv7
	WebhookID string
	Event     event.Event
	State     State
	Attempts  int // that ended
	// Due is when it is tried next while it is pending. Whoever tries it moves
	// this on first, so that it is due again when he dies.
	Due time.Time
	// LastAttemptAt and what follows are about the newest attempt.
	LastAttemptAt time.Time // zero before the first
	Status        int       // of the HTTP answer; 0 when there was none
	Failure       Failure   // "" when it was taken
	Response      string    // the beginning of an answer that was no success
}

// Failure is why an attempt failed.
type Failure string

// The failures.
const (
	StatusFailure     Failure = "status"              // an HTTP status other than 2xx
	TimeoutFailure    Failure = "timeout"             // no answer in time
	NameFailure       Failure = "name"                // the host name has no address
	AddressFailure    Failure = "address_not_allowed" // it has one that may not be called
	TLSFailure        Failure = "tls"                 // the certificate is not to be trusted
	ConnectionFailure Failure = "connection"          // anything else
	SecretFailure     Failure = "secret"              // ours cannot be opened with this server's key
)

// NewDelivery returns the delivery of an event to a webhook, due at once.
func NewDelivery(id, webhookID string, e event.Event) Delivery {
	return Delivery{ID: id, WebhookID: webhookID, Event: e, State: Pending, Due: time.UnixMilli(0).UTC()}
}
