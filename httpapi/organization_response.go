package httpapi

import (
	"time"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
)

type organizationResponse struct {
	ID            string             `json:"id" doc:"UUIDv7; it never changes." example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
	Name          string             `json:"name" example:"Grand-Estancia-Salem"`
	Industry      org.Industry       `json:"industry" example:"hotel"`
	Status        org.Status         `json:"status" enum:"active,suspended" example:"active"`
	ContextPrefix string             `json:"context_prefix" doc:"Starts the name of every object of the organisation in Asterisk; it never changes." example:"k3vq7xw2ma"`
	Contact       contactResponse    `json:"contact_info"`
	Settings      settingsResponse   `json:"settings"`
	Limits        callLimitsResponse `json:"limits"`
	Compliance    complianceResponse `json:"compliance"`

	EmergencyNumbers []string `json:"emergency_numbers" nullable:"false" doc:"Dialled past every limit and switch." example:"[\"112\",\"911\"]"`

	APIKey    string      `json:"api_key" doc:"The organisation's user name at this API." example:"opk_mfzwizltoq2gk3tv5a2x"`
	Config    configState `json:"config" doc:"How far the PBX is."`
	CreatedAt time.Time   `json:"created_at" example:"2026-01-05T09:30:00Z"`
	UpdatedAt time.Time   `json:"updated_at" example:"2026-01-05T09:30:00Z"`
}

type createdOrganizationResponse struct {
	organizationResponse
	APISecret string `json:"api_secret,omitempty" once:"true" doc:"Shown this once." example:"ops_Zk3m...9Q"`
	Node      string `json:"node,omitempty" doc:"The node that has it, where the server has several." example:"pbx1"`
}

type apiCredentialResponse struct {
	APIKey    string `json:"api_key" example:"opk_mfzwizltoq2gk3tv5a2x"`
	APISecret string `json:"api_secret,omitempty" once:"true" doc:"Shown this once." example:"ops_Zk3m...9Q"`

	OldSecretUntil *time.Time `json:"old_secret_until" doc:"How long the secret before this one is good; null: it is not." example:"2026-01-05T10:30:00Z"`
}

type contactResponse struct {
	Email string `json:"email" example:"manager@ge.com"`
	Phone string `json:"phone" example:"+919944421125"`
}

type settingsResponse struct {
	MaxUsers         limits.Limit     `json:"max_users" doc:"null is unlimited." example:"50"`
	MaxDIDs          limits.Limit     `json:"max_dids" doc:"null is unlimited." example:"10"`
	MaxTrunks        limits.Limit     `json:"max_trunks" doc:"null is unlimited." example:"5"`
	MaxQueues        limits.Limit     `json:"max_queues" doc:"null is unlimited." example:"10"`
	RecordingEnabled bool             `json:"recording_enabled" example:"true"`
	WebhookEnabled   bool             `json:"webhook_enabled" example:"false"`
	TimeZone         string           `json:"time_zone" doc:"Where the organisation's months begin." example:"Asia/Kolkata"`
	Features         featuresResponse `json:"features"`
}

type featuresResponse struct {
	CallTransfer  bool `json:"call_transfer" example:"true"`
	CallRecording bool `json:"call_recording" example:"true"`
	Voicemail     bool `json:"voicemail" example:"true"`
	Conference    bool `json:"conference" example:"true"`
	IVR           bool `json:"ivr" example:"true"`
	AIAgent       bool `json:"ai_agent" example:"false"`
}

type callLimitsResponse struct {
	ConcurrentCalls limits.Limit `json:"concurrent_calls" doc:"null is unlimited." example:"30"`
	MonthlyMinutes  limits.Limit `json:"monthly_minutes" doc:"null is unlimited." example:"50000"`
	StorageGB       limits.Limit `json:"storage_gb" doc:"null is unlimited." example:"50"`
}

type complianceResponse struct {
	RecordingConsent       org.Consent `json:"recording_consent" enum:"announcement,external_consent,opt_out,explicit_opt_in" doc:"How callers agree to being recorded." example:"announcement"`
	RetentionCDRDays       *int        `json:"retention_cdr_days" doc:"null keeps for ever." example:"365"`
	RetentionRecordingDays *int        `json:"retention_recording_days" doc:"null keeps for ever." example:"180"`
	PIIMasking             bool        `json:"pii_masking" doc:"Mask phone numbers and caller names that are not the organisation's own, in all that shows calls. Only who has calls:reveal may switch it off." example:"false"`
}

func showOrganization(o org.Organization) organizationResponse {
	return organizationResponse{
		ID:            o.ID,
		Name:          o.Name,
		Industry:      o.Industry,
		Status:        o.Status,
		ContextPrefix: o.ContextPrefix,
		Contact:       contactResponse(o.Contact),
		Settings:      showSettings(o.Settings),
		Limits:        callLimitsResponse(o.Limits),
		Compliance:    complianceResponse(o.Compliance),

		EmergencyNumbers: append([]string{}, o.EmergencyNumbers...),

		APIKey:    o.APIKey,
		Config:    showConfig(o.Config),
		CreatedAt: o.CreatedAt,
		UpdatedAt: o.UpdatedAt,
	}
}

func showSettings(s org.Settings) settingsResponse {
	return settingsResponse{
		MaxUsers:         s.MaxUsers,
		MaxDIDs:          s.MaxDIDs,
		MaxTrunks:        s.MaxTrunks,
		MaxQueues:        s.MaxQueues,
		RecordingEnabled: s.RecordingEnabled,
		WebhookEnabled:   s.WebhookEnabled,
		TimeZone:         s.TimeZone,
		Features:         featuresResponse(s.Features),
	}
}
