package asterisk

import "github.com/orgpbx/orgpbx/resource"

// destination sends a call where a DID, a full queue or a menu points. What is
// not there is answered by a prompt, and so is what is switched off.
func (r *renderer) destination(d resource.Destination) application {
	n := digits(d.Number)
	switch d.Type {
	case resource.ToExternal:
		if to := dialled(d.Number); to != "" {
			return gosub("orgpbx-external", r.prefix, to)
		}
	case resource.ToVoicemail:
		if !r.Organization.Settings.Features.Voicemail {
			return refuseFeature()
		}
		if r.boxes[string(n)] {
			return gosub("orgpbx-voicemail", r.mailbox(n))
		}
	case resource.ToExtension:
		// Not by way of his extension: that is a step less for most calls that come in.
		for _, p := range r.phones {
			if n != "" && digits(p.Extension) == n {
				return r.user(p)
			}
		}
	default:
		if r.places[resource.Destination{Type: d.Type, Number: string(n)}] {
			return jump(r.context("internal"), n)
		}
	}
	return jump("orgpbx-refuse", "no_route")
}

// notePlaces notes what a call can be sent to inside the organisation. A place
// of another kind under the same number is another place.
func (r *renderer) notePlaces() {
	note := func(kind resource.DestinationType, number string) {
		if n := digits(number); n != "" {
			r.places[resource.Destination{Type: kind, Number: string(n)}] = true
		}
	}
	for _, u := range r.Users {
		note(resource.ToExtension, u.Extension)
	}
	for _, q := range r.Queues {
		note(resource.ToQueue, q.Number)
	}
	for _, i := range r.IVRs {
		note(resource.ToIVR, i.Number)
	}
	for _, c := range r.Conferences {
		note(resource.ToConference, c.Number)
	}
	for _, a := range r.AIAgents {
		note(resource.ToAIAgent, a.Number)
	}
}

// featureExtensions are the numbers of what an organisation may have switched
// off. A number that is taken is left out.
func (r *renderer) featureExtensions(taken map[safe]bool) [][]Line {
	features := r.Organization.Settings.Features
	var extensions [][]Line
	add := func(dial string, on bool, reach application) {
		n := digits(dial)
		if taken[n] {
			return
		}
		taken[n] = true
		if !on {
			reach = refuseFeature()
		}
		extensions = append(extensions, exten(n, reach))
	}
	for _, i := range r.IVRs {
		add(i.Number, features.IVR, r.ivr(i))
	}
	for _, c := range r.Conferences {
		add(c.Number, features.Conference, r.conference(c))
	}
	for _, a := range r.AIAgents {
		add(a.Number, features.AIAgent, r.aiAgent(a))
	}
	return extensions
}

// refuseFeature refuses what the organisation has not bought.
func refuseFeature() application { return jump("orgpbx-refuse", "feature_off") }
