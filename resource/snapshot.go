package resource

import (
	"fmt"
	"slices"

	"github.com/orgpbx/orgpbx/org"
)

// Snapshot is all that a PBX must know of one organisation, as it was at one
// revision. Each list is in order of id.
type Snapshot struct {
	Organization   org.Organization // its Config.DesiredRevision is the snapshot's revision
	Users          []User
	Trunks         []Trunk
	DIDs           []DID
	Queues         []Queue
	OutboundRoutes []OutboundRoute
	IVRs           []IVR
	Conferences    []Conference
	AIAgents       []AIAgent

	// TrunkPasswords holds the passwords in clear, by trunk id, once Unseal
	// was called.
	TrunkPasswords map[string]org.Secret
}

// Revision returns the revision the snapshot was taken at.
func (s Snapshot) Revision() int64 { return s.Organization.Config.DesiredRevision }

// Unseal fills TrunkPasswords in. It returns [ErrSealed] when the key is not
// the one the passwords were sealed with. sealer may be nil where no trunk has
// a password.
func (s *Snapshot) Unseal(sealer *Sealer) error {
	s.TrunkPasswords = make(map[string]org.Secret, len(s.Trunks))
	for _, t := range s.Trunks {
		if len(t.Password) == 0 {
			continue
		}
		if sealer == nil {
			return fmt.Errorf("trunk %s: %w", t.ID, ErrSealed)
		}
		password, err := sealer.Open(s.Organization.ID, t.Password)
		if err != nil {
			return fmt.Errorf("trunk %s: %w", t.ID, err)
		}
		s.TrunkPasswords[t.ID] = password
	}
	return nil
}

// Kind names a kind of resource, in the API's words.
type Kind string

// The kinds of resource.
const (
	KindUser          Kind = "user"
	KindTrunk         Kind = "trunk"
	KindDID           Kind = "did"
	KindQueue         Kind = "queue"
	KindOutboundRoute Kind = "outbound_route"
	KindIVR           Kind = "ivr"
	KindConference    Kind = "conference"
	KindAIAgent       Kind = "ai_agent"
	// KindOrganization is no kind of resource: a [Warning] may be about the
	// organisation itself.
	KindOrganization Kind = "organization"
)

// Ref points at one resource.
type Ref struct {
	Kind Kind   `json:"kind"`
	ID   string `json:"id"`
}

// References returns what points at the target and would break without it.
func (s Snapshot) References(target Ref) []Ref {
	refs := s.SendingTo(s.destinationsOf(target)...)
	for _, d := range s.DIDs {
		if target == (Ref{KindTrunk, d.TrunkID}) {
			refs = append(refs, Ref{KindDID, d.ID})
		}
	}
	for _, q := range s.Queues {
		if slices.ContainsFunc(q.Members, func(m QueueMember) bool { return target == Ref{KindUser, m.UserID} }) {
			refs = append(refs, Ref{KindQueue, q.ID})
		}
	}
	for _, r := range s.OutboundRoutes {
		if target == (Ref{KindTrunk, r.TrunkID}) {
			refs = append(refs, Ref{KindOutboundRoute, r.ID})
		}
	}
	return refs
}

// SendingTo returns what sends calls to any of the destinations.
func (s Snapshot) SendingTo(destinations ...Destination) []Ref {
	var refs []Ref
	for _, d := range s.DIDs {
		if slices.Contains(destinations, d.Routing) {
			refs = append(refs, Ref{KindDID, d.ID})
		}
	}
	for _, q := range s.Queues {
		if q.Overflow != nil && slices.Contains(destinations, *q.Overflow) {
			refs = append(refs, Ref{KindQueue, q.ID})
		}
	}
	for _, i := range s.IVRs {
		sends := func(d Destination) bool { return slices.Contains(destinations, d) }
		if slices.ContainsFunc(i.leadsTo(), sends) {
			refs = append(refs, Ref{KindIVR, i.ID})
		}
	}
	return refs
}

// destinationsOf returns the destinations that lead to the target.
func (s Snapshot) destinationsOf(target Ref) []Destination {
	var list []Destination
	for place, holder := range s.places() {
		if holder == target {
			list = append(list, place)
		}
	}
	return list
}

// places returns every place inside the organisation that a call can be sent
// to, and whose it is. The mailbox of a user without voicemail is none.
func (s Snapshot) places() map[Destination]Ref {
	places := map[Destination]Ref{}
	for _, u := range s.Users {
		places[Destination{ToExtension, u.Extension}] = Ref{KindUser, u.ID}
		if u.VoicemailEnabled {
			places[Destination{ToVoicemail, u.Extension}] = Ref{KindUser, u.ID}
		}
	}
	for _, q := range s.Queues {
		places[Destination{ToQueue, q.Number}] = Ref{KindQueue, q.ID}
	}
	for _, i := range s.IVRs {
		places[Destination{ToIVR, i.Number}] = Ref{KindIVR, i.ID}
	}
	for _, c := range s.Conferences {
		places[Destination{ToConference, c.Number}] = Ref{KindConference, c.ID}
	}
	for _, a := range s.AIAgents {
		places[Destination{ToAIAgent, a.Number}] = Ref{KindAIAgent, a.ID}
	}
	return places
}
