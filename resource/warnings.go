package resource

import (
	"fmt"
	"slices"

	"github.com/orgpbx/orgpbx/org"
)

// Warnings returns what of the snapshot will not work as it looks, in a fixed
// order: by kind, and by id inside. Most of it cannot be written at all; switches come and go,
// though, and so do rules.
func (s Snapshot) Warnings() []Warning {
	l := &lookout{
		Snapshot: s, places: s.places(), ways: s.onward(),
		owned:  namesOf(s.DIDs, func(d DID) string { return d.Number }),
		users:  namesOf(s.Users, User.id),
		trunks: namesOf(s.Trunks, Trunk.id),
	}
	l.organization()
	each(l, s.Users, (*lookout).user)
	each(l, s.DIDs, (*lookout).did)
	each(l, s.Queues, (*lookout).queue)
	each(l, s.OutboundRoutes, (*lookout).route)
	each(l, s.IVRs, (*lookout).ivr)
	each(l, s.Conferences, (*lookout).conference)
	each(l, s.AIAgents, (*lookout).agent)
	return l.found
}

func namesOf[T any](list []T, name func(T) string) map[string]bool {
	names := make(map[string]bool, len(list))
	for _, v := range list {
		names[name(v)] = true
	}
	return names
}

func each[T any](l *lookout, list []T, look func(*lookout, T)) {
	for _, v := range list {
		look(l, v)
	}
}

// lookout looks at one resource after the other.
type lookout struct {
	Snapshot
	places map[Destination]Ref
	ways   onward
	owned  map[string]bool // DID numbers
	users  map[string]bool // ids
	trunks map[string]bool // ids
	found  []Warning
}

func (l *lookout) warn(code WarningCode, about Ref, field, message string) {
	l.found = append(l.found, Warning{Code: code, Kind: about.Kind, ID: about.ID, Field: field, Message: message})
}

func (l *lookout) organization() {
	if len(l.Organization.EmergencyNumbers) > 0 && len(l.Users) > 0 && len(l.Trunks) == 0 {
		l.warn(WarnNoEmergencyTrunk, Ref{KindOrganization, l.Organization.ID}, "emergency_numbers",
			"there is no trunk that takes emergency calls out")
	}
}

func (l *lookout) user(u User) {
	about := Ref{KindUser, u.ID}
	l.number(about, "extension", u.Extension)
	if u.VoicemailEnabled && !l.Organization.Settings.Features.Voicemail {
		l.warn(WarnFeatureOff, about, "voicemail_enabled", featureOffMessage("voicemail")+": there is no mailbox")
	}
	if u.RingTarget == RingPhone {
		l.leads(about, Destination{ToExtension, u.Extension}, Destination{ToExternal, u.PhoneNumber}, "phone_number")
	}
	l.callerID(about, "outbound_caller_id", u.OutboundCallerID)
}

func (l *lookout) did(d DID) {
	about := Ref{KindDID, d.ID}
	l.trunk(about, d.TrunkID)
	l.leads(about, Destination{ToExternal, d.Number}, d.Routing, "routing_destination")
	l.recording(about, d.RecordingEnabled)
}

func (l *lookout) queue(q Queue) {
	about := Ref{KindQueue, q.ID}
	l.number(about, "number", q.Number)
	if q.Overflow != nil {
		l.leads(about, Destination{ToQueue, q.Number}, *q.Overflow, "overflow.destination")
	}
	l.recording(about, q.RecordingEnabled)
	if len(q.Members) == 0 {
		l.warn(WarnNoMembers, about, "members", "the queue has no member: nobody answers")
	}
	for i, m := range q.Members {
		if !l.users[m.UserID] {
			l.warn(WarnMemberGone, about, memberField(i), "is no user of the organisation")
		}
	}
}

func (l *lookout) route(r OutboundRoute) {
	about := Ref{KindOutboundRoute, r.ID}
	l.trunk(about, r.TrunkID)
	if !CheckPattern(r.DialPattern) {
		l.warn(WarnBadPattern, about, "dial_pattern", "cannot be parsed: the route is left out")
	}
	l.callerID(about, "caller_id", r.CallerID)
	l.recording(about, r.RecordingEnabled)
}

func (l *lookout) ivr(i IVR) {
	about := Ref{KindIVR, i.ID}
	l.number(about, "number", i.Number)
	l.feature(about, ToIVR)
	for _, key := range i.keys() {
		l.reaches(about, i.Options[key], optionField(key)+".destination")
	}
	if i.Fallback != nil {
		l.leads(about, Destination{ToIVR, i.Number}, *i.Fallback, "fallback.destination")
	}
}

func (l *lookout) conference(c Conference) {
	about := Ref{KindConference, c.ID}
	l.number(about, "number", c.Number)
	l.feature(about, ToConference)
}

func (l *lookout) agent(a AIAgent) {
	about := Ref{KindAIAgent, a.ID}
	l.number(about, "number", a.Number)
	l.feature(about, ToAIAgent)
	if !CheckAgentAddress(a.Protocol, a.Address) {
		l.warn(WarnBadAddress, about, "address", "is no address of the protocol: callers hear that the agent is not there")
	}
}

// leads looks at where calls go on to by themselves.
func (l *lookout) leads(about Ref, from, to Destination, field string) {
	l.reaches(about, to, field)
	if l.ways.loops(from) {
		l.warn(WarnRoutingLoop, about, field, "calls go round in a ring until the caller hangs up")
	}
}

// reaches looks at whether a call that is sent somewhere arrives.
func (l *lookout) reaches(about Ref, to Destination, field string) {
	_, there := l.places[to]
	feature, on := featureOf(to.Type, l.Organization.Settings.Features)
	switch {
	case to.Type == ToExternal:
		l.leaves(about, to.Number, field)
	case !there:
		l.warn(WarnDestinationGone, about, field, "leads to something that is not there")
	case !on:
		l.warn(WarnFeatureOff, about, field, featureOffMessage(feature)+", and calls lead to it")
	}
}

// leaves looks at whether a number outside can be called.
func (l *lookout) leaves(about Ref, number, field string) {
	matches := func(r OutboundRoute) bool { return MatchPattern(r.DialPattern, number) }
	if !slices.ContainsFunc(l.OutboundRoutes, matches) {
		l.warn(WarnNoRoute, about, field, "leads outside, and no outbound route has this number")
	}
}

// feature looks at a resource that cannot be dialled while its feature is
// switched off.
func (l *lookout) feature(about Ref, t DestinationType) {
	if feature, on := featureOf(t, l.Organization.Settings.Features); !on {
		l.warn(WarnFeatureOff, about, "number", featureOffMessage(feature)+": callers hear that instead")
	}
}

// featureOf returns the feature that a destination belongs to, by its name in
// the API, and whether it is on. What belongs to none is always on.
func featureOf(t DestinationType, f org.Features) (name string, on bool) {
	switch t {
	case ToVoicemail:
		return "voicemail", f.Voicemail
	case ToConference:
		return "conference", f.Conference
	case ToIVR:
		return "ivr", f.IVR
	case ToAIAgent:
		return "ai_agent", f.AIAgent
	default:
		return "", true
	}
}

func featureOffMessage(feature string) string {
	return fmt.Sprintf("the organisation's feature %s is switched off", feature)
}

func (l *lookout) number(about Ref, field, number string) {
	if slices.Contains(l.Organization.EmergencyNumbers, number) {
		l.warn(WarnEmergencyNumber, about, field, "is an emergency number: who dials it reaches the emergency service")
	}
}

func (l *lookout) trunk(about Ref, id string) {
	if !l.trunks[id] {
		l.warn(WarnTrunkGone, about, "trunk_id", "is no trunk of the organisation")
	}
}

func (l *lookout) callerID(about Ref, field, number string) {
	if number != "" && !l.owned[number] {
		l.warn(WarnCallerIDNotOwned, about, field, "is no DID of the organisation: another number is shown")
	}
}

func (l *lookout) recording(about Ref, wanted bool) {
	settings := l.Organization.Settings
	switch {
	case !wanted:
	case !settings.Features.CallRecording:
		l.warn(WarnRecordingOff, about, "recording_enabled", featureOffMessage("call_recording")+": nothing is recorded")
	case !settings.RecordingEnabled:
		l.warn(WarnRecordingOff, about, "recording_enabled",
			"the organisation's recording_enabled is off: nothing is recorded")
	}
}
