package org

import (
	"slices"
	"time"

	"github.com/orgpbx/orgpbx/limits"
)

// Organization is one tenant of the PBX: who it is, what it may use, and the
// rules it records calls by. Everything an administrator may edit is in its
// [Profile]; the rest is set by [Service].
type Organization struct {
	ID string `json:"id"` // UUIDv7
	Profile

	// ContextPrefix starts the name of every object of this organisation in
	// Asterisk, and names its files. It is random and never changes, so a
	// renamed organisation keeps its phones and its files.
	ContextPrefix string `json:"context_prefix"`

	APIKey string `json:"api_key"`
	// SecretHash is the SHA-256 of the API secret, which itself is not kept.
	SecretHash [32]byte `json:"-"`
	// SecretVersion counts the secrets so far. A session belongs to one of
	// them, so rotating the secret ends every session of the old one.
	SecretVersion int64 `json:"-"`
	// OldSecretHash is of the secret before this one, which is good until
	// OldSecretUntil.
	OldSecretHash  [32]byte  `json:"-"`
	OldSecretUntil time.Time `json:"old_secret_until,omitzero"`

	Config ConfigStatus `json:"config"`

	// Version counts the edits of this row, from 1. It is what If-Match
	// compares.
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Profile is what an administrator decides about an organisation.
type Profile struct {
	// Name is 3 to 50 letters, digits, spaces, "_" and "-", with a letter or
	// digit at both ends. It is unique on the platform, ignoring case.
	Name       string     `json:"name" validate:"required,orgname"`
	Industry   Industry   `json:"industry"` // one of the service's presets
	Status     Status     `json:"status" validate:"oneof=active suspended"`
	Contact    Contact    `json:"contact_info"`
	Settings   Settings   `json:"settings"`
	Limits     CallLimits `json:"limits"`
	Compliance Compliance `json:"compliance"`
	// EmergencyNumbers are dialled past every limit and every switch, a
	// suspended organisation's too: 2 to 6 digits each, at most 20. They go
	// before everything else of that number in the organisation.
	EmergencyNumbers []string `json:"emergency_numbers" validate:"max=20,unique,dive,extension"`
}

// Status says whether an organisation may use the platform.
type Status string

// The states of an organisation. A deleted one has no row at all.
const (
	Active Status = "active"
	// Suspended refuses every credential of the organisation and every new
	// call. Its configuration stays, and running calls may finish.
	Suspended Status = "suspended"
)

// Contact is whom to ask about an organisation. Both fields may be empty.
type Contact struct {
	Email string `json:"email" validate:"omitempty,email,max=254"`
	Phone string `json:"phone" validate:"omitempty,phone"` // E.164, with the +
}

// Settings are the four quotas on stored things, and the feature toggles.
type Settings struct {
	MaxUsers         limits.Limit `json:"max_users"`
	MaxDIDs          limits.Limit `json:"max_dids"`
	MaxTrunks        limits.Limit `json:"max_trunks"`
	MaxQueues        limits.Limit `json:"max_queues"`
	RecordingEnabled bool         `json:"recording_enabled"`
	WebhookEnabled   bool         `json:"webhook_enabled"`
	// TimeZone is where the organisation's months begin, a name of the IANA
	// database such as "Asia/Kolkata"; UTC when empty.
	TimeZone string   `json:"time_zone" validate:"omitempty,timezone"`
	Features Features `json:"features"`
}

// Quota returns the limit on one kind of stored thing. A kind that is not
// counted in the store is unlimited here.
func (s Settings) Quota(kind limits.Kind) limits.Limit {
	switch kind {
	case limits.Users:
		return s.MaxUsers
	case limits.DIDs:
		return s.MaxDIDs
	case limits.Trunks:
		return s.MaxTrunks
	case limits.Queues:
		return s.MaxQueues
	default:
		return limits.Unlimited()
	}
}

// Location returns the time zone. Where this machine does not know it, because a
// newer one has accepted it, it is UTC.
func (s Settings) Location() *time.Location {
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// Features are the six call features that can be switched on and off. With
// recording and webhooks, which are in [Settings], they are the eight toggles.
type Features struct {
	CallTransfer  bool `json:"call_transfer"`
	CallRecording bool `json:"call_recording"`
	Voicemail     bool `json:"voicemail"`
	Conference    bool `json:"conference"`
	IVR           bool `json:"ivr"`
	AIAgent       bool `json:"ai_agent"`
}

// CallLimits are the limits on use. Concurrent calls are enforced by the
// dialplan; the other two are advisory and never block.
type CallLimits struct {
	ConcurrentCalls limits.Limit `json:"concurrent_calls"` // calls that touch a trunk
	MonthlyMinutes  limits.Limit `json:"monthly_minutes"`
	StorageGB       limits.Limit `json:"storage_gb"`
}

// Compliance is how an organisation records, keeps and shows calls.
type Compliance struct {
	RecordingConsent Consent `json:"recording_consent" validate:"oneof=announcement external_consent opt_out explicit_opt_in"`
	// RetentionCDRDays and RetentionRecordingDays are 1 to 36500 days; nil
	// keeps for ever.
	RetentionCDRDays       *int `json:"retention_cdr_days" validate:"omitnil,min=1,max=36500"`
	RetentionRecordingDays *int `json:"retention_recording_days" validate:"omitnil,min=1,max=36500"`
	PIIMasking             bool `json:"pii_masking"` // hide phone numbers and caller names
}

// KeepsLessThan reports whether calls or recordings are kept for fewer days than
// by another one. A recording is kept no longer than its call.
func (c Compliance) KeepsLessThan(other Compliance) bool {
	return fewer(c.RetentionCDRDays, other.RetentionCDRDays) || fewer(c.recordingDays(), other.recordingDays())
}

func (c Compliance) recordingDays() *int {
	if fewer(c.RetentionCDRDays, c.RetentionRecordingDays) {
		return c.RetentionCDRDays
	}
	return c.RetentionRecordingDays
}

// fewer compares days, of which nil is for ever.
func fewer(a, b *int) bool { return a != nil && (b == nil || *a < *b) }

// Consent is how callers agree to being recorded.
type Consent string

// The consent modes.
const (
	Announcement    Consent = "announcement"     // a notice plays, then recording starts
	ExternalConsent Consent = "external_consent" // consent was given elsewhere: no prompt
	OptOut          Consent = "opt_out"          // a notice plays, a digit refuses
	ExplicitOptIn   Consent = "explicit_opt_in"  // recorded only after a digit agrees
)

// ConfigStatus says how far the PBX is behind the store.
type ConfigStatus struct {
	// DesiredRevision is raised by one with every change the PBX must know.
	DesiredRevision int64 `json:"desired_revision"`
	// AppliedRevision is the newest revision that is live in the PBX; 0 when
	// none is.
	AppliedRevision int64       `json:"applied_revision"`
	State           ConfigState `json:"state"`
}

// ConfigState sums up a [ConfigStatus].
type ConfigState string

// The states of an organisation's configuration.
const (
	Pending ConfigState = "pending" // a change waits to be deployed
	Applied ConfigState = "applied" // the PBX has the newest revision
	Failed  ConfigState = "failed"  // the PBX refused the newest try; it is tried again
)

// Raise notes one more change that the PBX must know.
func (c *ConfigStatus) Raise() {
	c.DesiredRevision++
	c.State = Pending
}

// Settle notes how a try to deploy one revision ended. An applied one raises
// the applied revision and never lowers it. The state becomes that of the try
// when it was for the desired revision, and pending otherwise: an older
// revision may have just overwritten a newer one in the PBX.
func (c *ConfigStatus) Settle(revision int64, state ConfigState) {
	if state == Applied {
		c.AppliedRevision = max(c.AppliedRevision, revision)
	}
	c.State = Pending
	if revision == c.DesiredRevision {
		c.State = state
	}
}

// Clone returns a copy that shares no memory with o.
func (o Organization) Clone() Organization {
	o.Compliance = o.Compliance.clone()
	o.EmergencyNumbers = slices.Clone(o.EmergencyNumbers)
	return o
}

func (c Compliance) clone() Compliance {
	c.RetentionCDRDays = cloneInt(c.RetentionCDRDays)
	c.RetentionRecordingDays = cloneInt(c.RetentionRecordingDays)
	return c
}

func cloneInt(p *int) *int {
	if p == nil {
		return nil
	}
	n := *p
	return &n
}
