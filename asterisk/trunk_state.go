package asterisk

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/orgpbx/orgpbx/resource"
)

// TrunkQueries are the console commands whose output [TrunkStates] reads. They
// show what one organisation has, and nothing of others.
func TrunkQueries(prefix string) (registrations, contacts string) {
	prefix = string(contextPrefix(prefix))
	return "pjsip show registrations like ^" + prefix + "-trunk-", "pjsip show aors like ^" + prefix + "-(trunk|in)-"
}

// TrunkStates reads the output of [TrunkQueries]. A trunk that Asterisk does not
// have is left out.
func TrunkStates(s resource.Snapshot, registrations, contacts string) map[string]resource.TrunkState {
	registered, aors := parseRegistrations(registrations), parseContacts(contacts)
	states := map[string]resource.TrunkState{}
	for _, t := range s.Trunks {
		name := string(trunkEndpoint(contextPrefix(s.Organization.ContextPrefix), t))
		found, there := aors[name]
		if !there {
			continue
		}
		var state resource.TrunkState
		switch t.Type {
		case resource.OutboundTrunk:
			r, tried := registered[name]
			if !tried {
				continue
			}
			state = outboundState(r, found)
		case resource.InboundTrunk:
			state = inboundState(found)
		default:
			state = peerState(found)
		}
		states[t.ID] = state
	}
	return states
}

// outboundState is that of a trunk that registers with others. Asterisk calls a
// registration rejected also where nothing came back; whether the other side is
// there at all tells the two apart.
func outboundState(r registrationShown, contacts []contactShown) resource.TrunkState {
	state := resource.TrunkState{Line: resource.LineUnregistered, Answers: answering(contacts), NextTry: r.next}
	switch {
	case r.status == "Registered":
		state.Line = resource.LineRegistered
	case state.Answers != nil && !*state.Answers:
		state.Line = resource.LineUnreachable
	case r.status == "Rejected":
		state.Line = resource.LineRejected
	}
	return state
}

// inboundState is that of a trunk whose other side registers here.
func inboundState(contacts []contactShown) resource.TrunkState {
	state := resource.TrunkState{Line: resource.LineRegistered, Answers: answering(contacts)}
	switch {
	case len(contacts) == 0:
		state.Line = resource.LineUnregistered
	case state.Answers != nil && !*state.Answers:
		state.Line = resource.LineUnreachable
	}
	return state
}

// peerState is that of a trunk where nobody registers.
func peerState(contacts []contactShown) resource.TrunkState {
	state := resource.TrunkState{Line: resource.LineUnknown, Answers: answering(contacts)}
	switch {
	case state.Answers == nil:
	case *state.Answers:
		state.Line = resource.LineReachable
	default:
		state.Line = resource.LineUnreachable
	}
	return state
}

// contactShown is whether a contact answers, in Asterisk's short words.
type contactShown string

// answering tells whether one of the contacts answers; nil where none was asked.
func answering(contacts []contactShown) *bool {
	yes, no := slices.Contains(contacts, "Avail"), slices.Contains(contacts, "Unavail")
	if !yes && !no {
		return nil
	}
	return &yes
}

// parseContacts reads lines such as
//
//	Aor:  k3v9x2m4-trunk-8c2d1e07          0
//	  Contact:  k3v9x2m4-trunk-8c2d1e07/sip:192.0.2.1:5060  4ad1e3f29a Avail   11.362
//
// by the name of the AOR. One without contacts has an empty list.
func parseContacts(output string) map[string][]contactShown {
	found := map[string][]contactShown{}
	for line := range strings.Lines(output) {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		switch name, _, _ := strings.Cut(words[1], "/"); words[0] {
		case "Aor:":
			if found[name] == nil {
				found[name] = []contactShown{}
			}
		case "Contact:":
			if len(words) >= 4 {
				found[name] = append(found[name], contactShown(words[len(words)-2]))
			}
		}
	}
	return found
}

// registrationShown is how Asterisk shows a registration.
type registrationShown struct {
	status string        // Registered, Rejected or Unregistered
	next   time.Duration // to the next REGISTER; 0 when it is not known
}

// registrationLine is such as
//
//	k3v9x2m4-trunk-8c2d1e07/sip:192.0.2.1:5060   k3v9x2m4-trunk-8c2d1e07   Rejected (exp. 57s)
var registrationLine = regexp.MustCompile(`^\s*([A-Za-z0-9_.+-]+)/\S+\s+\S+\s+(Registered|Rejected|Unregistered)\s*(?:\(exp\. (\d+)s\))?`)

// parseRegistrations reads registrations by their name.
func parseRegistrations(output string) map[string]registrationShown {
	found := map[string]registrationShown{}
	for line := range strings.Lines(output) {
		part := registrationLine.FindStringSubmatch(line)
		if part == nil {
			continue
		}
		seconds, _ := strconv.Atoi(part[3]) // what is over, as in "3s ago", has none
		found[part[1]] = registrationShown{part[2], time.Duration(seconds) * time.Second}
	}
	return found
}
