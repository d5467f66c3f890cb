package org

import (
	"slices"

	"github.com/orgpbx/orgpbx/limits"
)

// Industry names a [Preset].
type Industry string

// The industries of [DefaultPresets].
const (
	Hotel    Industry = "hotel"
	Hospital Industry = "hospital"
	General  Industry = "general"
)

// Preset is what an organisation of one industry starts with. It is plain
// data: an embedder passes his own list in [Options].
type Preset struct {
	Industry   Industry   `json:"industry"`
	Label      string     `json:"label"` // for people
	Settings   Settings   `json:"settings"`
	Limits     CallLimits `json:"limits"`
	Compliance Compliance `json:"compliance"`
	// EmergencyNumbers are those of the country: see [Profile].
	EmergencyNumbers []string `json:"emergency_numbers"`
}

// DefaultPresets returns the presets for hotels, hospitals and everybody else,
// in that order. The slice is the caller's to change.
func DefaultPresets() []Preset {
	settings := Settings{
		MaxUsers:  limits.AtMost(50),
		MaxDIDs:   limits.AtMost(10),
		MaxTrunks: limits.AtMost(5),
		MaxQueues: limits.AtMost(10),
		TimeZone:  "UTC",
		// Recording and webhooks send data to places somebody has to have
		// chosen, so they start switched off.
		Features: Features{CallTransfer: true, CallRecording: true, Voicemail: true, Conference: true, IVR: true},
	}
	calls := CallLimits{
		ConcurrentCalls: limits.AtMost(30),
		MonthlyMinutes:  limits.AtMost(50_000),
		StorageGB:       limits.AtMost(50),
	}
	return []Preset{
		{Hotel, "Hotel", settings, calls, keep(Announcement, 365, 180, false), emergencyNumbers()},
		{Hospital, "Hospital", settings, calls, keep(ExplicitOptIn, 1825, 1095, true), emergencyNumbers()},
		{General, "General", settings, calls, keep(Announcement, 365, 365, false), emergencyNumbers()},
	}
}

func keep(consent Consent, cdrDays, recordingDays int, masking bool) Compliance {
	return Compliance{
		RecordingConsent:       consent,
		RetentionCDRDays:       &cdrDays,
		RetentionRecordingDays: &recordingDays,
		PIIMasking:             masking,
	}
}

// emergencyNumbers are those of GSM, which carriers of most countries take.
func emergencyNumbers() []string { return []string{"112", "911"} }

func findPreset(presets []Preset, industry Industry) (Preset, bool) {
	i := slices.IndexFunc(presets, func(p Preset) bool { return p.Industry == industry })
	if i < 0 {
		return Preset{}, false
	}
	return presets[i], true
}
