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

	EmergencyNumbers field[[]string] `json:"emergency_numbers" nullable:"false" maxItems:"20" doc:"Dialled past every limit and switch, and when suspended: 2 to 6 digits each, none twice. The list replaces the one that is there. They go before everything else of that number in the organisation." example:"[\"112\",\"911\"]"`
}

// createOrganizationRequest is organizationRequest with the administrator's
// name and password, which [call.authorize] reads.
type createOrganizationRequest struct {
	AdminUsername field[string]     `json:"admin_username" doc:"The administrator's name, where no other credential is sent." example:"admin"`
	AdminPassword field[org.Secret] `json:"admin_password" writeOnly:"true" doc:"The administrator's password." example:"correct-horse-battery"`
	Node          field[string]     `json:"node" doc:"The node to have it, one of GET /nodes; the one with the fewest endpoints when left out." example:"pbx1"`
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
	RecordingEnabled field[bool]            `json:"recording_enabled" doc:"The main switch of recording, with features.call_recording: while either is off nothing is recorded. With both on a call is recorded when the DID, the queue or the outbound route it passes has its recording_enabled." example:"true"`
	WebhookEnabled   field[bool]            `json:"webhook_enabled" example:"false"`
	TimeZone         field[string]          `json:"time_zone" doc:"Where the organisation's months begin, by which its minutes are counted: a name of the IANA database." example:"Asia/Kolkata"`
	Features         field[featuresRequest] `json:"features" doc:"Call features. What leads to one that is switched off is kept, and callers hear that it is off; the plan warns of it."`
}

type featuresRequest struct {
	CallTransfer  field[bool] `json:"call_transfer" doc:"Users transfer calls, by feature code and by REFER of their phones." example:"true"`
	CallRecording field[bool] `json:"call_recording" doc:"Calls may be recorded: see recording_enabled." example:"true"`
	Voicemail     field[bool] `json:"voicemail" doc:"Users with voicemail_enabled have a mailbox." example:"true"`
	Conference    field[bool] `json:"conference" doc:"Conferences can be called." example:"true"`
	IVR           field[bool] `json:"ivr" doc:"IVRs can be called." example:"true"`
	AIAgent       field[bool] `json:"ai_agent" doc:"AI agents can be called." example:"false"`
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
	PIIMasking             field[bool]        `json:"pii_masking" doc:"Mask phone numbers and caller names that are not the organisation's own, in all that shows calls. Only who has calls:reveal may switch it off." example:"false"`
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
	r.EmergencyNumbers.into(&p.EmergencyNumbers)
}

func (r settingsRequest) apply(s *org.Settings) {
	r.MaxUsers.into(&s.MaxUsers)
	r.MaxDIDs.into(&s.MaxDIDs)
	r.MaxTrunks.into(&s.MaxTrunks)
	r.MaxQueues.into(&s.MaxQueues)
	r.RecordingEnabled.into(&s.RecordingEnabled)
	r.WebhookEnabled.into(&s.WebhookEnabled)
	r.TimeZone.into(&s.TimeZone)
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
