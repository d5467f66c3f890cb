package bunstore

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

type organizationRow struct {
	bun.BaseModel `bun:"table:orgpbx_organizations,alias:o"`

	ID                     string       `bun:"id,pk"`
	Name                   string       `bun:"name"`
	NameKey                string       `bun:"name_key"`
	Industry               string       `bun:"industry"`
	Status                 string       `bun:"status"`
	ContactEmail           string       `bun:"contact_email"`
	ContactPhone           string       `bun:"contact_phone"`
	MaxUsers               *int         `bun:"max_users"`
	MaxDIDs                *int         `bun:"max_dids"`
	MaxTrunks              *int         `bun:"max_trunks"`
	MaxQueues              *int         `bun:"max_queues"`
	RecordingEnabled       bool         `bun:"recording_enabled"`
	WebhookEnabled         bool         `bun:"webhook_enabled"`
	Features               featuresJSON `bun:"features,type:jsonb"`
	ConcurrentCalls        *int         `bun:"concurrent_calls"`
	MonthlyMinutes         *int         `bun:"monthly_minutes"`
	StorageGB              *int         `bun:"storage_gb"`
	RecordingConsent       string       `bun:"recording_consent"`
	RetentionCDRDays       *int         `bun:"retention_cdr_days"`
	RetentionRecordingDays *int         `bun:"retention_recording_days"`
	PIIMasking             bool         `bun:"pii_masking"`
	EmergencyNumbers       []string     `bun:"emergency_numbers,type:jsonb"`
	TimeZone               string       `bun:"time_zone"`
	ContextPrefix          string       `bun:"context_prefix"`
	APIKey                 string       `bun:"api_key"`
	SecretHash             []byte       `bun:"secret_hash"`
	SecretVersion          int64        `bun:"secret_version"`
	OldSecretHash          []byte       `bun:"old_secret_hash"`
	OldSecretUntil         *time.Time   `bun:"old_secret_until"`
	DesiredRevision        int64        `bun:"desired_revision"`
	AppliedRevision        int64        `bun:"applied_revision"`
	ConfigState            string       `bun:"config_state"`
	Version                int64        `bun:"version"`
	CreatedAt              time.Time    `bun:"created_at"`
	UpdatedAt              time.Time    `bun:"updated_at"`

	countsRow

	// Named is the named key that the organisation was looked up by.
	Named *apiKeyRow `bun:"rel:has-one,join:id=organization_id"`
}

// countsRow are the columns that count the organisation's rows. A change keeps
// them right; an edit of the organisation leaves them alone.
type countsRow struct {
	Users  int `bun:"users"`
	DIDs   int `bun:"dids"`
	Trunks int `bun:"trunks"`
	Queues int `bun:"queues"`
}

func (c countsRow) counts() resource.Counts {
	return resource.Counts{
		limits.Users:  c.Users,
		limits.DIDs:   c.DIDs,
		limits.Trunks: c.Trunks,
		limits.Queues: c.Queues,
	}
}

// featuresJSON is how features are stored. The compiler refuses its
// conversion when the domain has a field more.
type featuresJSON struct {
	CallTransfer  bool `json:"call_transfer"`
	CallRecording bool `json:"call_recording"`
	Voicemail     bool `json:"voicemail"`
	Conference    bool `json:"conference"`
	IVR           bool `json:"ivr"`
	AIAgent       bool `json:"ai_agent"`
}

func newOrganizationRow(o org.Organization) *organizationRow {
	row := &organizationRow{
		ID:                     o.ID,
		Name:                   o.Name,
		NameKey:                org.NameKey(o.Name),
		Industry:               string(o.Industry),
		Status:                 string(o.Status),
		ContactEmail:           o.Contact.Email,
		ContactPhone:           o.Contact.Phone,
		MaxUsers:               o.Settings.MaxUsers.Ptr(),
		MaxDIDs:                o.Settings.MaxDIDs.Ptr(),
		MaxTrunks:              o.Settings.MaxTrunks.Ptr(),
		MaxQueues:              o.Settings.MaxQueues.Ptr(),
		RecordingEnabled:       o.Settings.RecordingEnabled,
		WebhookEnabled:         o.Settings.WebhookEnabled,
		Features:               featuresJSON(o.Settings.Features),
		ConcurrentCalls:        o.Limits.ConcurrentCalls.Ptr(),
		MonthlyMinutes:         o.Limits.MonthlyMinutes.Ptr(),
		StorageGB:              o.Limits.StorageGB.Ptr(),
		RecordingConsent:       string(o.Compliance.RecordingConsent),
		RetentionCDRDays:       o.Compliance.RetentionCDRDays,
		RetentionRecordingDays: o.Compliance.RetentionRecordingDays,
		PIIMasking:             o.Compliance.PIIMasking,
		EmergencyNumbers:       append([]string{}, o.EmergencyNumbers...), // nil would be stored as null
		TimeZone:               o.Settings.TimeZone,
		ContextPrefix:          o.ContextPrefix,
		APIKey:                 o.APIKey,
		SecretHash:             o.SecretHash[:],
		SecretVersion:          o.SecretVersion,
		OldSecretHash:          o.OldSecretHash[:],
		OldSecretUntil:         timeOrNull(o.OldSecretUntil),
		Version:                o.Version,
		CreatedAt:              o.CreatedAt,
		UpdatedAt:              o.UpdatedAt,
	}
	row.setConfig(o.Config)
	return row
}

func (r *organizationRow) setConfig(c org.ConfigStatus) {
	r.DesiredRevision, r.AppliedRevision, r.ConfigState = c.DesiredRevision, c.AppliedRevision, string(c.State)
}

func (r *organizationRow) organization() org.Organization {
	return org.Organization{
		ID: r.ID,
		Profile: org.Profile{
			Name:     r.Name,
			Industry: org.Industry(r.Industry),
			Status:   org.Status(r.Status),
			Contact:  org.Contact{Email: r.ContactEmail, Phone: r.ContactPhone},
			Settings: org.Settings{
				MaxUsers:         limit(r.MaxUsers),
				MaxDIDs:          limit(r.MaxDIDs),
				MaxTrunks:        limit(r.MaxTrunks),
				MaxQueues:        limit(r.MaxQueues),
				RecordingEnabled: r.RecordingEnabled,
				WebhookEnabled:   r.WebhookEnabled,
				TimeZone:         r.TimeZone,
				Features:         org.Features(r.Features),
			},
			Limits: org.CallLimits{
				ConcurrentCalls: limit(r.ConcurrentCalls),
				MonthlyMinutes:  limit(r.MonthlyMinutes),
				StorageGB:       limit(r.StorageGB),
			},
			Compliance: org.Compliance{
				RecordingConsent:       org.Consent(r.RecordingConsent),
				RetentionCDRDays:       r.RetentionCDRDays,
				RetentionRecordingDays: r.RetentionRecordingDays,
				PIIMasking:             r.PIIMasking,
			},
			EmergencyNumbers: append([]string(nil), r.EmergencyNumbers...),
		},
		ContextPrefix: r.ContextPrefix,
		APIKey:        r.APIKey,
		SecretHash:    hash(r.SecretHash),
		SecretVersion: r.SecretVersion,

		OldSecretHash: hash(r.OldSecretHash), OldSecretUntil: timeOrZero(r.OldSecretUntil),

		Config: org.ConfigStatus{
			DesiredRevision: r.DesiredRevision,
			AppliedRevision: r.AppliedRevision,
			State:           org.ConfigState(r.ConfigState),
		},
		Version:   r.Version,
		CreatedAt: r.CreatedAt.UTC(),
		UpdatedAt: r.UpdatedAt.UTC(),
	}
}

// limit reads a limit back. The column holds what [limits.Limit] gave out.
func limit(n *int) limits.Limit {
	if n == nil {
		return limits.Unlimited()
	}
	return limits.AtMost(*n)
}

func hash(b []byte) (h [32]byte) {
	copy(h[:], b)
	return h
}
