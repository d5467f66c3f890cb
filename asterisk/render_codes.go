package asterisk

// refusedCodes are the feature codes of what the organisation has not bought.
// The others are the same for everybody, in the base dialplan.
func (r *renderer) refusedCodes() [][]Line {
	var codes []safe
	if !r.Organization.Settings.Features.Voicemail {
		codes = append(codes, "*97")
	}
	if !r.Organization.Settings.Features.CallTransfer {
		codes = append(codes, "*700", "_*70[1-9]", "_*71X", "*720")
	}
	extensions := make([][]Line, len(codes))
	for i, code := range codes {
		extensions[i] = exten(code, refuseFeature())
	}
	return extensions
}

// transferContexts is where a phone hands a call on to. A number that is dialled
// by keys ends with # or a pause, because more digits always match. Asterisk
// takes a call for parked, and tells the phone where, only when Park is the first
// step.
func (r *renderer) transferContexts() []Section {
	if !r.Organization.Settings.Features.CallTransfer {
		return nil
	}
	return []Section{r.contextSection("transfer",
		exten("*700", call("Park", r.prefix, "c(orgpbx-unparked,s,1)")), r.fromPhone("_[0-9*+]."))}
}

// agentsContexts is where a queue calls its members, by their endpoints, so
// that all devices of one ring, or his phone number.
func (r *renderer) agentsContexts() []Section {
	var extensions [][]Line
	for _, p := range r.phones {
		if r.members[p.endpoint] {
			extensions = append(extensions, exten(p.endpoint, gosub("orgpbx-agent", r.prefix, p.endpoint, p.ring())))
		}
	}
	if len(extensions) == 0 {
		return nil
	}
	return []Section{r.contextSection("agents", extensions...)}
}

// hints are what a phone of the organisation may watch: its colleagues, the
// members of queues by the code that logs them out or pauses them, and the slots
// of parked calls.
func (r *renderer) hints() [][]Line {
	var colleagues [][]Line
	var members []safe
	taken := map[safe]bool{"": true}
	for _, p := range r.phones {
		extension := digits(p.Extension)
		if p.endpoint == "" || taken[extension] {
			continue
		}
		taken[extension] = true
		colleagues = append(colleagues, hint(extension, "PJSIP/"+p.endpoint+"&Custom:"+p.endpoint+"-dnd"))
		if r.members[p.endpoint] {
			members = append(members, extension)
		}
	}
	hints := append(r.memberHints(members), colleagues...)
	if r.Organization.Settings.Features.CallTransfer {
		hints = append(hints, hint("_*7[0-2]X", "park:${EXTEN:1}@"+r.context("parking")))
	}
	return hints
}

// memberHints are patterns that match the members of queues and nobody else. For
// each new hint Asterisk walks through those of all organisations, so they are few:
// Asterisk makes one of the pattern when a phone watches a member, and finds his
// endpoint in the second device of his own hint, Custom:<endpoint>-dnd. They
// come before those, because live adds the last lines of a context first.
func (r *renderer) memberHints(extensions []safe) [][]Line {
	device := "${CUT(HINT(${FILTER(0-9,${EXTEN:3})}@" + r.context("internal") + "),&,2):0:-3}"
	var hints [][]Line
	for _, pattern := range patternsOf(extensions) {
		hints = append(hints, hint("_*4[56]"+pattern, device+"${IF($[${EXTEN:2:1} = 5]?out:paused)}"))
	}
	return hints
}
