package httpapi

import (
	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
)

// organizationRequest creates and changes organisations. Every part of it is
// optional; objects merge with what is there.
type organizationRequest struct {
	Name       field[string]            `json:"name" doc:"3 to 50 letters, digits, spaces, _ and -, with a letter or digit at both ends; unique ignoring case." example:"Grand-Estancia-Salem"`
	Industry   field[org.Industry]      `json:"industry" doc:"One of GET /presets; general when left out. What a new organisation leaves out comes from its preset." example:"hotel"`
	Status     field[org.Status]        `json:"status" enum:"active,suspended" doc:"A new organisation is active when left out. Suspended, every credential of the organisation is refused at once and new calls fail." example:"active"`
	Contact    field[contactRequest]    `json:"contact_info" doc:"Whom to ask."`
	Settings   field[settingsRequest]   `json:"settings" doc:"Quotas and features."`
	Limits     field[callLimitsRequest] `json:"limits" doc:"Limits on use."`
	Compliance field[complianceRequest] `json:"compliance" doc:"How calls are recorded, kept and shown."`
}

// createOrganizationRequest is organizationRequest with the administrator's
// name and password, which [call.authorize] reads.
type createOrganizationRequest struct {
	AdminUsername field[string]     `json:"admin_username" doc:"The administrator's name, where no other credential is sent." example:"admin"`
	AdminPassword field[org.Secret] `json:"admin_password" writeOnly:"true" doc:"The administrator's password." example:"correct-horse-battery"`
	organizationRequest
}

type contactRequest struct {
	Email nullable[string] `json:"email" example:"manager@ge.com"`
	Phone nullable[string] `json:"phone" doc:"E.164, with the +." example:"+919944421125"`
}

type settingsRequest struct {
	MaxUsers         nullable[limits.Limit] `json:"max_users" doc:"null is unlimited, 0 is none." example:"50"`
	MaxDIDs          nullable[limits.Limit] `json:"max_dids" doc:"null is unlimited, 0 is none." example:"10"`
	MaxTrunks        nullable[limits.Limit] `json:"max_trunks" doc:"null is unlimited, 0 is none." example:"5"`
	MaxQueues        nullable[limits.Limit] `json:"max_queues" doc:"null is unlimited, 0 is none." example:"10"`
	RecordingEnabled field[bool]            `json:"recording_enabled" example:"true"`
	WebhookEnabled   field[bool]            `json:"webhook_enabled" example:"false"`
	Features         field[featuresRequest] `json:"features" doc:"Call features."`
}

type featuresRequest struct {
	CallTransfer  field[bool] `json:"call_transfer" example:"true"`
	CallRecording field[bool] `json:"call_recording" example:"true"`
	Voicemail     field[bool] `json:"voicemail" example:"true"`
	Conference    field[bool] `json:"conference" example:"true"`
	IVR           field[bool] `json:"ivr" example:"true"`
	AIAgent       field[bool] `json:"ai_agent" example:"false"`
}

type callLimitsRequest struct {
	ConcurrentCalls nullable[limits.Limit] `json:"concurrent_calls" doc:"Calls at a time that touch a trunk; null is unlimited." example:"30"`
	MonthlyMinutes  nullable[limits.Limit] `json:"monthly_minutes" doc:"Reported, never enforced; null is unlimited." example:"50000"`
	StorageGB       nullable[limits.Limit] `json:"storage_gb" doc:"Reported, never enforced; null is unlimited." example:"50"`
}

type complianceRequest struct {
	RecordingConsent       field[org.Consent] `json:"recording_consent" enum:"announcement,external_consent,opt_out,explicit_opt_in" doc:"How callers agree to being recorded." example:"announcement"`
	RetentionCDRDays       nullable[int]      `json:"retention_cdr_days" minimum:"1" maximum:"36500" doc:"null keeps for ever." example:"365"`
	RetentionRecordingDays nullable[int]      `json:"retention_recording_days" minimum:"1" maximum:"36500" doc:"null keeps for ever." example:"180"`
	PIIMasking             field[bool]        `json:"pii_masking" doc:"Hide phone numbers and caller names." example:"false"`
}

func (r organizationRequest) apply(p *org.Profile) {
	r.Name.into(&p.Name)
	r.Industry.into(&p.Industry)
	r.Status.into(&p.Status)
	r.Contact.value.Email.into(&p.Contact.Email)
	r.Contact.value.Phone.into(&p.Contact.Phone)
	r.Settings.value.apply(&p.Settings)
	r.Limits.value.ConcurrentCalls.into(&p.Limits.ConcurrentCalls)
	r.Limits.value.MonthlyMinutes.into(&p.Limits.MonthlyMinutes)
	r.Limits.value.StorageGB.into(&p.Limits.StorageGB)
	r.Compliance.value.apply(&p.Compliance)
}

func (r settingsRequest) apply(s *org.Settings) {
	r.MaxUsers.into(&s.MaxUsers)
	r.MaxDIDs.into(&s.MaxDIDs)
	r.MaxTrunks.into(&s.MaxTrunks)
	r.MaxQueues.into(&s.MaxQueues)
	r.RecordingEnabled.into(&s.RecordingEnabled)
	r.WebhookEnabled.into(&s.WebhookEnabled)
	features := r.Features.value
	features.CallTransfer.into(&s.Features.CallTransfer)
	features.CallRecording.into(&s.Features.CallRecording)
	features.Voicemail.into(&s.Features.Voicemail)
	features.Conference.into(&s.Features.Conference)
	features.IVR.into(&s.Features.IVR)
	features.AIAgent.into(&s.Features.AIAgent)
}

func (r complianceRequest) apply(c *org.Compliance) {
	r.RecordingConsent.into(&c.RecordingConsent)
	r.RetentionCDRDays.intoPtr(&c.RetentionCDRDays)
	r.RetentionRecordingDays.intoPtr(&c.RetentionRecordingDays)
	r.PIIMasking.into(&c.PIIMasking)
}
