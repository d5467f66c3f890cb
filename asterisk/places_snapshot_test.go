package asterisk_test

import "github.com/orgpbx/orgpbx/resource"

// placesSnapshot is the example with what an organisation may switch on and
// off, two of each that can be told apart.
func placesSnapshot() resource.Snapshot {
	s := exampleSnapshot()
	s.Organization.Settings.Features.AIAgent = true
	s.IVRs = []resource.IVR{
		{
			Meta: resource.Meta{ID: "0198f2a6-0000-7000-8000-0000000000e1"}, Name: "Main menu", Number: "3001",
			Greeting: "welcome", Timeout: 5,
			Options: map[string]resource.Destination{
				"1": {Type: resource.ToExtension, Number: "1001"},
				"2": {Type: resource.ToQueue, Number: "2001"},
				"3": {Type: resource.ToConference, Number: "4001"},
				"4": {Type: resource.ToAIAgent, Number: "5001"},
				"5": {Type: resource.ToVoicemail, Number: "1001"},
				"6": {Type: resource.ToExternal, Number: "+15550108888"},
				"9": {Type: resource.ToIVR, Number: "3001"},
				"0": {Type: resource.ToExtension, Number: "7777"},
				"*": {Type: resource.ToIVR, Number: "3002"},
				"#": {Type: resource.ToQueue, Number: "1001"},
			},
			Fallback: &resource.Destination{Type: resource.ToExtension, Number: "1001"},
		},
		{
			Meta: resource.Meta{ID: "0198f2a6-0000-7000-8000-0000000000e2"}, Name: "Closed", Number: "3002",
			Greeting: "closed", Timeout: 1,
		},
	}
	s.Conferences = []resource.Conference{
		{
			Meta: resource.Meta{ID: "0198f2a7-0000-7000-8000-0000000000f1"}, Name: "Board", Number: "4001",
			PIN: "471100", MaxMembers: 12,
		},
		{Meta: resource.Meta{ID: "0198f2a7-0000-7000-8000-0000000000f2"}, Name: "Everybody", Number: "4002"},
	}
	s.AIAgents = []resource.AIAgent{
		{
			Meta: resource.Meta{ID: "0198f2a8-0000-7000-8000-0000000000a1"}, Name: "Reception", Number: "5001",
			Protocol: resource.AudioSocket, Address: "agent.example.com:9092",
		},
		{
			Meta: resource.Meta{ID: "0198f2a8-0000-7000-8000-0000000000a2"}, Name: "Booking", Number: "5002",
			Protocol: resource.AgentSIP, Address: "sip:booking@ai.example.com:5080;transport=tcp",
		},
	}
	return s
}

// featurelessSnapshot has the same places, all switched off.
func featurelessSnapshot() resource.Snapshot {
	s := placesSnapshot()
	f := &s.Organization.Settings.Features
	f.IVR, f.Conference, f.AIAgent, f.Voicemail = false, false, false, false
	return s
}
