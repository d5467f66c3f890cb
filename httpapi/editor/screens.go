package editor

import (
	"context"
	"strings"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
)

// screens are those of all kinds of resource, in the order of their tabs. They
// ask of a member what the API asks.
func (e *Editor) screens() []mounted {
	r := e.config.Resources
	all := []mounted{
		screen[resource.User]{
			editor: e, key: "users", kind: resource.KindUser, see: member.ReadDirectory, write: member.WriteSetup, deployed: true,
			set: setOf[resource.User](r.Users()), create: e.createUser,
			defaults: resource.UserDefaults, meta: func(u resource.User) resource.Meta { return u.Meta },
			title: func(u resource.User) string { return u.Extension }, columns: []string{"full_name", "username", "email"},
			inputs: userInputs, deeds: []deedOn[resource.User]{e.newSIPPassword()},
		},
		screen[resource.Trunk]{
			editor: e, key: "trunks", kind: resource.KindTrunk, see: member.ReadSetup, write: member.WriteSetup, deployed: true,
			set: setOf[resource.Trunk](r.Trunks()), create: plain(r.Trunks()),
			defaults: resource.TrunkDefaults, meta: func(t resource.Trunk) resource.Meta { return t.Meta },
			title: func(t resource.Trunk) string { return t.Name }, columns: []string{"state", "trunk_type", "host", "max_channels"},
			inputs: e.trunkInputs, watched: e.trunkStates,
		},
		screen[resource.DID]{
			editor: e, key: "dids", kind: resource.KindDID, see: member.ReadSetup, write: member.WriteSetup, deployed: true,
			set: setOf[resource.DID](r.DIDs()), create: plain(r.DIDs()),
			defaults: func() resource.DID { return resource.DID{} }, meta: func(d resource.DID) resource.Meta { return d.Meta },
			title: func(d resource.DID) string { return d.Number }, columns: []string{"trunk_id", "routing_destination", "description"},
			inputs: didInputs,
		},
		screen[resource.Queue]{
			editor: e, key: "queues", kind: resource.KindQueue, see: member.ReadDirectory, write: member.WriteSetup, deployed: true,
			set: setOf[resource.Queue](r.Queues()), create: plain(r.Queues()),
			defaults: resource.QueueDefaults, meta: func(q resource.Queue) resource.Meta { return q.Meta },
			title: func(q resource.Queue) string { return q.Name }, columns: []string{"number", "strategy", "members"},
			inputs: queueInputs,
		},
		screen[resource.OutboundRoute]{
			editor: e, key: "outbound-routes", kind: resource.KindOutboundRoute, see: member.ReadSetup, write: member.WriteSetup, deployed: true,
			set: setOf[resource.OutboundRoute](r.OutboundRoutes()), create: plain(r.OutboundRoutes()),
			defaults: func() resource.OutboundRoute { return resource.OutboundRoute{} },
			meta:     func(o resource.OutboundRoute) resource.Meta { return o.Meta },
			title:    func(o resource.OutboundRoute) string { return o.Name }, columns: []string{"dial_pattern", "trunk_id", "priority"},
			inputs: routeInputs,
		},
		screen[resource.IVR]{
			editor: e, key: "ivrs", kind: resource.KindIVR, see: member.ReadDirectory, write: member.WriteSetup, deployed: true,
			set: setOf[resource.IVR](r.IVRs()), create: plain(r.IVRs()),
			defaults: resource.IVRDefaults, meta: func(i resource.IVR) resource.Meta { return i.Meta },
			title: func(i resource.IVR) string { return i.Name }, columns: []string{"number", "greeting"},
			inputs: ivrInputs,
		},
		screen[resource.Conference]{
			editor: e, key: "conferences", kind: resource.KindConference, see: member.ReadDirectory, write: member.WriteSetup, deployed: true,
			set: setOf[resource.Conference](r.Conferences()), create: plain(r.Conferences()),
			defaults: func() resource.Conference { return resource.Conference{} },
			meta:     func(c resource.Conference) resource.Meta { return c.Meta },
			title:    func(c resource.Conference) string { return c.Name }, columns: []string{"number", "max_members"},
			inputs: conferenceInputs,
		},
		screen[resource.AIAgent]{
			editor: e, key: "ai-agents", kind: resource.KindAIAgent, see: member.ReadDirectory, write: member.WriteSetup, deployed: true,
			set: setOf[resource.AIAgent](r.AIAgents()), create: plain(r.AIAgents()),
			defaults: func() resource.AIAgent { return resource.AIAgent{Protocol: resource.AudioSocket} },
			meta:     func(a resource.AIAgent) resource.Meta { return a.Meta },
			title:    func(a resource.AIAgent) string { return a.Name }, columns: []string{"number", "protocol", "address"},
			inputs: agentInputs,
		},
		e.people(),
	}
	if e.config.Webhooks != nil {
		all = append(all, e.webhooks())
	}
	if e.config.APIKeys != nil {
		all = append(all, e.apiKeys())
	}
	return all
}

// setOf is a set that is the same for every caller.
func setOf[T any](set resourceSet[T]) func(*request) resourceSet[T] {
	return func(*request) resourceSet[T] { return set }
}

// plain adds a resource that brings no secret.
func plain[T any](set *resource.Set[T]) func(context.Context, *request, string, T) (T, afterwards, error) {
	return func(ctx context.Context, _ *request, organizationID string, v T) (T, afterwards, error) {
		made, err := set.Create(ctx, organizationID, v)
		return made, nil, err
	}
}

func userInputs(resource.Snapshot) []input[resource.User] {
	return []input[resource.User]{
		line("extension", lineInput, func(u *resource.User) *string { return &u.Extension }),
		line("full_name", lineInput, func(u *resource.User) *string { return &u.FullName }),
		line("username", lineInput, func(u *resource.User) *string { return &u.Username }),
		line("email", emailInput, func(u *resource.User) *string { return &u.Email }),
		choice("role", []string{"agent", "supervisor", "admin"}, func(u *resource.User) *string { return &u.Role }),
		choice("ring_target", []string{string(resource.RingExtension), string(resource.RingPhone)},
			func(u *resource.User) *resource.RingTarget { return &u.RingTarget }),
		line("phone_number", phoneInput, func(u *resource.User) *string { return &u.PhoneNumber }),
		line("outbound_caller_id", phoneInput, func(u *resource.User) *string { return &u.OutboundCallerID }),
		toggle("voicemail_enabled", func(u *resource.User) *bool { return &u.VoicemailEnabled }),
	}
}

func (e *Editor) trunkInputs(s resource.Snapshot) []input[resource.Trunk] {
	types := []string{string(resource.OutboundTrunk), string(resource.InboundTrunk), string(resource.PeerToPeerTrunk)}
	transports := []string{string(resource.UDP), string(resource.TCP), string(resource.TLS)}
	return []input[resource.Trunk]{
		line("name", lineInput, func(t *resource.Trunk) *string { return &t.Name }),
		choice("trunk_type", types, func(t *resource.Trunk) *resource.TrunkType { return &t.Type }),
		line("host", lineInput, func(t *resource.Trunk) *string { return &t.Host }),
		whole("port", func(t *resource.Trunk) *int { return &t.Port }),
		choice("transport", transports, func(t *resource.Trunk) *resource.Transport { return &t.Transport }),
		line("username", lineInput, func(t *resource.Trunk) *string { return &t.Username }),
		e.trunkPassword(s.Organization.ID),
		limit("max_channels", func(t *resource.Trunk) *limits.Limit { return &t.MaxChannels }),
		whole("retry_interval", func(t *resource.Trunk) *int { return &t.RetryInterval }),
		whole("expiration", func(t *resource.Trunk) *int { return &t.Expiration }),
		line("contact_user", lineInput, func(t *resource.Trunk) *string { return &t.ContactUser }),
		line("from_domain", lineInput, func(t *resource.Trunk) *string { return &t.FromDomain }),
	}
}

// trunkPassword is never shown again. Left empty, the one there is stays.
func (e *Editor) trunkPassword(organizationID string) input[resource.Trunk] {
	return input[resource.Trunk]{
		name: "password", kind: passwordInput,
		read: func(*resource.Trunk) string { return "" },
		write: func(t *resource.Trunk, given string) error {
			if given == "" {
				return nil
			}
			sealed, err := e.config.Resources.SealTrunkPassword(organizationID, org.Secret(given))
			if err == nil {
				t.Password = sealed
			}
			return err
		},
	}
}

func didInputs(s resource.Snapshot) []input[resource.DID] {
	return append([]input[resource.DID]{
		line("number", phoneInput, func(d *resource.DID) *string { return &d.Number }),
		trunk(s, func(d *resource.DID) *string { return &d.TrunkID }),
	}, append(
		leadsTo(s, "routing_destination", func(d *resource.DID) resource.Destination { return d.Routing },
			func(d *resource.DID, to resource.Destination) { d.Routing = to }),
		line("description", lineInput, func(d *resource.DID) *string { return &d.Description }),
		toggle("recording_enabled", func(d *resource.DID) *bool { return &d.RecordingEnabled }),
	)...)
}

func queueInputs(s resource.Snapshot) []input[resource.Queue] {
	strategies := []string{
		string(resource.RingAll), string(resource.LeastRecent), string(resource.FewestCalls),
		string(resource.Random), string(resource.RRMemory), string(resource.Linear),
	}
	return append([]input[resource.Queue]{
		line("name", lineInput, func(q *resource.Queue) *string { return &q.Name }),
		line("number", lineInput, func(q *resource.Queue) *string { return &q.Number }),
		members(s),
		choice("strategy", strategies, func(q *resource.Queue) *resource.Strategy { return &q.Strategy }),
		whole("timeout", func(q *resource.Queue) *int { return &q.Timeout }),
		whole("retry", func(q *resource.Queue) *int { return &q.Retry }),
		whole("max_wait", func(q *resource.Queue) *int { return &q.MaxWait }),
		line("music_on_hold", lineInput, func(q *resource.Queue) *string { return &q.MusicOnHold }),
		toggle("recording_enabled", func(q *resource.Queue) *bool { return &q.RecordingEnabled }),
	}, mayLeadTo(s, "overflow.destination", func(q *resource.Queue) **resource.Destination { return &q.Overflow })...)
}

func ivrInputs(s resource.Snapshot) []input[resource.IVR] {
	all := append([]input[resource.IVR]{
		line("name", lineInput, func(i *resource.IVR) *string { return &i.Name }),
		line("number", lineInput, func(i *resource.IVR) *string { return &i.Number }),
		line("greeting", lineInput, func(i *resource.IVR) *string { return &i.Greeting }),
		whole("timeout", func(i *resource.IVR) *int { return &i.Timeout }),
	}, mayLeadTo(s, "fallback.destination", func(i *resource.IVR) **resource.Destination { return &i.Fallback })...)
	for _, key := range strings.Split(resource.IVRKeys, "") {
		all = append(all, leadsTo(s, "options."+key+".destination",
			func(i *resource.IVR) resource.Destination { return i.Options[key] },
			func(i *resource.IVR, to resource.Destination) {
				if to == (resource.Destination{}) {
					delete(i.Options, key)
					return
				}
				if i.Options == nil {
					i.Options = map[string]resource.Destination{}
				}
				i.Options[key] = to
			})...)
	}
	return all
}

func routeInputs(s resource.Snapshot) []input[resource.OutboundRoute] {
	return []input[resource.OutboundRoute]{
		line("name", lineInput, func(r *resource.OutboundRoute) *string { return &r.Name }),
		line("dial_pattern", lineInput, func(r *resource.OutboundRoute) *string { return &r.DialPattern }),
		trunk(s, func(r *resource.OutboundRoute) *string { return &r.TrunkID }),
		whole("priority", func(r *resource.OutboundRoute) *int { return &r.Priority }),
		whole("strip_digits", func(r *resource.OutboundRoute) *int { return &r.StripDigits }),
		line("prepend_digits", lineInput, func(r *resource.OutboundRoute) *string { return &r.PrependDigits }),
		line("caller_id", phoneInput, func(r *resource.OutboundRoute) *string { return &r.CallerID }),
		toggle("recording_enabled", func(r *resource.OutboundRoute) *bool { return &r.RecordingEnabled }),
	}
}

func conferenceInputs(resource.Snapshot) []input[resource.Conference] {
	return []input[resource.Conference]{
		line("name", lineInput, func(c *resource.Conference) *string { return &c.Name }),
		line("number", lineInput, func(c *resource.Conference) *string { return &c.Number }),
		line("pin", lineInput, func(c *resource.Conference) *string { return &c.PIN }),
		whole("max_members", func(c *resource.Conference) *int { return &c.MaxMembers }),
	}
}

func agentInputs(resource.Snapshot) []input[resource.AIAgent] {
	return []input[resource.AIAgent]{
		line("name", lineInput, func(a *resource.AIAgent) *string { return &a.Name }),
		line("number", lineInput, func(a *resource.AIAgent) *string { return &a.Number }),
		choice("protocol", []string{string(resource.AudioSocket), string(resource.AgentSIP)},
			func(a *resource.AIAgent) *resource.AIAgentProtocol { return &a.Protocol }),
		line("address", lineInput, func(a *resource.AIAgent) *string { return &a.Address }),
	}
}
