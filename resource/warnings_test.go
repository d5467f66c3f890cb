package resource_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

func id(s string) resource.Meta { return resource.Meta{ID: s} }

// soundSnapshot has one of everything, and nothing to warn of.
func soundSnapshot() resource.Snapshot {
	var s resource.Snapshot
	s.Organization.ID = "o"
	s.Organization.EmergencyNumbers = []string{"112"}
	s.Organization.Settings = org.Settings{
		RecordingEnabled: true,
		Features: org.Features{
			CallTransfer: true, CallRecording: true, Voicemail: true, Conference: true, IVR: true, AIAgent: true,
		},
	}
	s.Users = []resource.User{
		{Meta: id("u1"), Extension: "1001", RingTarget: resource.RingExtension, VoicemailEnabled: true, OutboundCallerID: "+4930111111"},
		{Meta: id("u2"), Extension: "1002", RingTarget: resource.RingPhone, PhoneNumber: "+4930999999"},
	}
	s.Trunks = []resource.Trunk{{Meta: id("t1")}}
	s.DIDs = []resource.DID{{
		Meta: id("d1"), Number: "+4930111111", TrunkID: "t1", RecordingEnabled: true, Routing: *to(resource.ToIVR, "700"),
	}}
	s.Queues = []resource.Queue{{
		Meta: id("q1"), Number: "600", RecordingEnabled: true, Overflow: to(resource.ToVoicemail, "1001"),
		Members: []resource.QueueMember{{UserID: "u1"}},
	}}
	s.OutboundRoutes = []resource.OutboundRoute{{
		Meta: id("r1"), DialPattern: "_+X.", TrunkID: "t1", CallerID: "+4930111111", RecordingEnabled: true,
	}}
	s.IVRs = []resource.IVR{{
		Meta: id("i1"), Number: "700", Fallback: to(resource.ToQueue, "600"),
		Options: map[string]resource.Destination{
			"1": *to(resource.ToConference, "500"), "2": *to(resource.ToAIAgent, "400"), "#": *to(resource.ToExternal, "+4930999999"),
		},
	}}
	s.Conferences = []resource.Conference{{Meta: id("c1"), Number: "500"}}
	s.AIAgents = []resource.AIAgent{{Meta: id("a1"), Number: "400", Protocol: resource.AudioSocket, Address: "ai.example.com:9092"}}
	return s
}

func TestNothingIsSaidOfWhatWorks(t *testing.T) {
	t.Parallel()
	require.Empty(t, soundSnapshot().Warnings())
	require.Empty(t, resource.Snapshot{}.Warnings())
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		edit func(*resource.Snapshot)
		want []string // code, kind, id and field of each
	}{
		{
			"voicemail is off",
			func(s *resource.Snapshot) { s.Organization.Settings.Features.Voicemail = false },
			[]string{"feature_off user u1 voicemail_enabled", "feature_off queue q1 overflow.destination"},
		},
		{
			"IVR is off",
			func(s *resource.Snapshot) { s.Organization.Settings.Features.IVR = false },
			[]string{"feature_off did d1 routing_destination", "feature_off ivr i1 number"},
		},
		{
			"conference is off",
			func(s *resource.Snapshot) { s.Organization.Settings.Features.Conference = false },
			[]string{"feature_off ivr i1 options.1.destination", "feature_off conference c1 number"},
		},
		{
			"AI agent is off",
			func(s *resource.Snapshot) { s.Organization.Settings.Features.AIAgent = false },
			[]string{"feature_off ivr i1 options.2.destination", "feature_off ai_agent a1 number"},
		},
		{
			"recording is not bought",
			func(s *resource.Snapshot) { s.Organization.Settings.Features.CallRecording = false },
			[]string{
				"recording_off did d1 recording_enabled", "recording_off queue q1 recording_enabled",
				"recording_off outbound_route r1 recording_enabled",
			},
		},
		{
			"recording is switched off, and wanted by one",
			func(s *resource.Snapshot) {
				s.Organization.Settings.RecordingEnabled = false
				s.DIDs[0].RecordingEnabled, s.Queues[0].RecordingEnabled = false, false
			},
			[]string{"recording_off outbound_route r1 recording_enabled"},
		},
		{
			"the menu is gone",
			func(s *resource.Snapshot) { s.IVRs = nil },
			[]string{"destination_gone did d1 routing_destination"},
		},
		{
			"the mailbox is gone, and voicemail is off as well",
			func(s *resource.Snapshot) {
				s.Users[0].VoicemailEnabled = false
				s.Organization.Settings.Features.Voicemail = false
			},
			[]string{"destination_gone queue q1 overflow.destination"},
		},
		{
			"a number is of another kind now",
			func(s *resource.Snapshot) { s.Conferences, s.IVRs[0].Number = nil, "500" },
			[]string{"destination_gone did d1 routing_destination", "destination_gone ivr i1 options.1.destination"},
		},
		{
			"a ring of a queue and a menu, and a DID that leads into it",
			func(s *resource.Snapshot) { s.Queues[0].Overflow = to(resource.ToIVR, "700") },
			[]string{
				"routing_loop did d1 routing_destination", "routing_loop queue q1 overflow.destination",
				"routing_loop ivr i1 fallback.destination",
			},
		},
		{
			"a ring over the carrier",
			func(s *resource.Snapshot) {
				s.Users[1].PhoneNumber, s.DIDs[0].Routing = "+4930111111", *to(resource.ToExtension, "1002")
			},
			[]string{"routing_loop user u2 phone_number", "routing_loop did d1 routing_destination"},
		},
		{
			"nothing leads outside",
			func(s *resource.Snapshot) { s.OutboundRoutes = nil },
			[]string{"no_route user u2 phone_number", "no_route ivr i1 options.#.destination"},
		},
		{
			"the trunk is gone",
			func(s *resource.Snapshot) { s.Trunks = nil },
			[]string{
				"no_emergency_trunk organization o emergency_numbers",
				"trunk_gone did d1 trunk_id", "trunk_gone outbound_route r1 trunk_id",
			},
		},
		{
			"there are no emergency numbers",
			func(s *resource.Snapshot) {
				s.Organization.EmergencyNumbers, s.Trunks, s.DIDs, s.OutboundRoutes = nil, nil, nil, nil
			},
			[]string{
				"caller_id_not_owned user u1 outbound_caller_id",
				"no_route user u2 phone_number", "no_route ivr i1 options.#.destination",
			},
		},
		{
			"a pattern that Asterisk cannot parse",
			func(s *resource.Snapshot) { s.OutboundRoutes[0].DialPattern = "_9[" },
			[]string{"no_route user u2 phone_number", "bad_pattern outbound_route r1 dial_pattern", "no_route ivr i1 options.#.destination"},
		},
		{
			"caller ids of somebody else",
			func(s *resource.Snapshot) {
				s.Users[0].OutboundCallerID, s.OutboundRoutes[0].CallerID = "+4930222222", "+4930333333"
			},
			[]string{"caller_id_not_owned user u1 outbound_caller_id", "caller_id_not_owned outbound_route r1 caller_id"},
		},
		{
			"nobody answers",
			func(s *resource.Snapshot) { s.Queues[0].Members = nil },
			[]string{"no_members queue q1 members"},
		},
		{
			"a member left",
			func(s *resource.Snapshot) {
				s.Queues[0].Members = []resource.QueueMember{{UserID: "u1"}, {UserID: "u9"}}
			},
			[]string{"member_gone queue q1 members[1].user_id"},
		},
		{
			"an address that is none",
			func(s *resource.Snapshot) { s.AIAgents[0].Address = "ai" },
			[]string{"bad_address ai_agent a1 address"},
		},
		{
			"numbers that became emergency numbers",
			func(s *resource.Snapshot) {
				s.Organization.EmergencyNumbers = []string{"1001", "600", "700", "500", "400"}
			},
			[]string{
				"emergency_number user u1 extension", "emergency_number queue q1 number", "emergency_number ivr i1 number",
				"emergency_number conference c1 number", "emergency_number ai_agent a1 number",
			},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := soundSnapshot()
			tc.edit(&s)
			var got []string
			for _, w := range s.Warnings() {
				require.NotEmpty(t, w.Message)
				got = append(got, string(w.Code)+" "+string(w.Kind)+" "+w.ID+" "+w.Field)
			}
			require.Equal(t, tc.want, got)
		})
	}
}
