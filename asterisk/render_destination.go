package asterisk

import "github.com/orgpbx/orgpbx/resource"

// destination sends a call where a DID or a full queue points. What is not
// there is answered by a prompt.
func (r *renderer) destination(d resource.Destination) application {
	n := digits(d.Number)
	switch {
	case d.Type == resource.ToExternal && dialled(d.Number) != "":
		return gosub("orgpbx-external", r.prefix, dialled(d.Number))
	case d.Type == resource.ToVoicemail && !r.Organization.Settings.Features.Voicemail:
		return jump("orgpbx-refuse", "feature_off")
	case d.Type == resource.ToVoicemail && r.boxes[string(n)]:
		return gosub("orgpbx-voicemail", r.mailbox(n))
	case (d.Type == resource.ToExtension || d.Type == resource.ToQueue) && n != "" && r.numbers[string(n)]:
		return jump(r.context("internal"), n)
	default:
		return jump("orgpbx-refuse", "noservice")
	}
}
