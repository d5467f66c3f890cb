package asterisk

import (
	"strings"

	"github.com/orgpbx/orgpbx/org"
)

// record returns the step that records a call on a line where recording is on
// or off, and none where the call is not recorded.
func (r *renderer) record(on bool) []application {
	mode := r.consent(on)
	if mode == "" {
		return nil
	}
	return []application{gosub("orgpbx-record", r.prefix, mode)}
}

// consent returns how the parties of a call agree to being recorded on a line
// where recording is on or off, and "" where the call is not recorded: the
// feature, the organisation's switch and the line's must all be on. A mode that
// nobody knows is taken for the strictest.
func (r *renderer) consent(on bool) safe {
	settings := r.Organization.Settings
	if !on || !settings.RecordingEnabled || !settings.Features.CallRecording {
		return ""
	}
	switch mode := r.Organization.Compliance.RecordingConsent; mode {
	case org.Announcement, org.ExternalConsent, org.OptOut:
		return safe(mode)
	default:
		return safe(org.ExplicitOptIn)
	}
}

// refuses reports whether a step only says why a call cannot be. Nobody is
// asked for consent before that.
func (a application) refuses() bool { return strings.HasPrefix(string(a), "Goto(orgpbx-refuse,") }
