package asterisk_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/resource"
)

func TestAnAgentThatSpeaksAudioSocketTakesCalls(t *testing.T) {
	t.Parallel()
	p := startPlaces(t, "127.0.0.65", func(_ string, s *resource.Snapshot) {
		s.DIDs[4].Routing = resource.Destination{Type: resource.ToAIAgent, Number: "5001"}
		s.AIAgents = append(s.AIAgents, resource.AIAgent{
			Meta: resource.Meta{ID: "0198f2a8-0000-7000-8000-0000000000a9"}, Name: "Away", Number: "5009",
			Protocol: resource.AudioSocket, Address: "127.0.0.1:1",
		})
	})
	phone := p.phone(t, "aaaa1111", 1)
	arrived := func() *asterisktest.AudioCall {
		call, err := p.agent.WaitCall(patient(t))
		require.NoError(t, err)
		return call
	}
	caller := answered(t, phone, "5001")
	call := arrived()
	require.NoError(t, caller.HearsVoice(patient(t)))
	require.NoError(t, call.Hears(patient(t), caller))
	require.NoError(t, caller.SendDTMF(patient(t), "42#"))
	require.NoError(t, call.WaitKeys(patient(t), "42#"))
	require.NoError(t, call.Hangup())
	require.NoError(t, caller.WaitDone(patient(t)))
	require.Equal(t, call.ID(), p.recordOf(t, "1001")["orgpbx_agent_call"])

	outside := p.callFrom(t, "+15557000001", "+15550101005")
	require.True(t, outside.Answered())
	second := arrived()
	require.NoError(t, outside.HearsVoice(patient(t)))
	require.NotEqual(t, call.ID(), second.ID(), "each call has an id of its own")
	require.NoError(t, outside.Hangup(patient(t)))
	require.NoError(t, second.WaitDone(patient(t)))
	require.Equal(t, second.ID(), p.recordOf(t, "+15557000001")["orgpbx_agent_call"])

	lost := answered(t, phone, "5001")
	third := arrived()
	require.NoError(t, lost.HearsVoice(patient(t)))
	require.NoError(t, third.Confuse())
	requirePromptAndEnd(t, lost)
	requirePromptAndEnd(t, answered(t, phone, "5009"))
}

// requirePromptAndEnd checks that an answered caller is told something before
// the call ends.
func requirePromptAndEnd(t *testing.T, call *asterisktest.Call) {
	t.Helper()
	require.NoError(t, call.HeardAudio(patient(t), call.Heard()+500*time.Millisecond))
	require.NoError(t, call.WaitDone(patient(t)))
}

func TestAnAgentThatIsCalledBySIPKnowsWhoseCallItIs(t *testing.T) {
	t.Parallel()
	p := startPlaces(t, "127.0.0.66", func(_ string, s *resource.Snapshot) {
		s.DIDs[4].Routing = resource.Destination{Type: resource.ToAIAgent, Number: "5002"}
	})
	outside := p.callFrom(t, "+15557000001", "+15550102005")
	require.True(t, outside.Answered())
	call := incoming(t, p.sipAgent)
	requireBoth(t, outside, call)
	require.Equal(t, "booking", call.To())
	require.Equal(t, "+15557000001", call.From())
	require.Equal(t, "bbbb2222", call.InviteHeader("X-Orgpbx-Organization"))
	require.Equal(t, "15550102005", call.InviteHeader("X-Orgpbx-Called"))
	id := call.InviteHeader("X-Orgpbx-Call")
	require.NoError(t, uuid.Validate(id))
	require.NoError(t, call.Hangup(patient(t)))
	require.NoError(t, outside.WaitDone(patient(t)))
	require.Equal(t, id, p.recordOf(t, "+15557000001")["orgpbx_agent_call"])

	inside := answered(t, p.phone(t, "bbbb2222", 2), "5002")
	requireBoth(t, inside, incoming(t, p.sipAgent))
	require.Equal(t, 1, p.taken(t, "bbbb2222"), "it leaves the PBX, as a call over a trunk does")
	p.setGlobal(t, "ORGPBX_bbbb2222_CALLS", "1")
	full, err := p.phone(t, "bbbb2222", 1).Call(patient(t), "5002")
	require.NoError(t, err)
	require.Equal(t, 503, full.StatusCode())
	require.True(t, answered(t, p.phone(t, "bbbb2222", 1), "5001").Answered(), "AudioSocket is no way out")

	p.sipAgent.OnIncoming(asterisktest.Unavailable)
	refused, err := p.phone(t, "aaaa1111", 1).Call(patient(t), "5002")
	require.NoError(t, err)
	require.False(t, refused.Answered())
	require.True(t, refused.EarlyMedia(), "the caller hears why")
	require.Equal(t, "aaaa1111", incoming(t, p.sipAgent).InviteHeader("X-Orgpbx-Organization"))
}

// An agent is called and calls nobody, whatever name it gives itself.
func TestAnAgentIsNoTrunk(t *testing.T) {
	t.Parallel()
	p := startPlaces(t, "127.0.0.67", nil)
	for _, from := range []string{"+15557654321", "aaaa1111-ai-0000000000a2", "booking"} {
		for _, to := range []string{"+15550101001", "1001", "5001"} {
			call, err := p.sipAgent.Call(patient(t), p.SIPAddr(), asterisktest.InboundCall{From: from, To: to})
			require.NoError(t, err)
			require.Equal(t, 401, call.StatusCode(), "%s calls %s", from, to)
		}
	}
}

func TestAnAgentIsReachedAtAnAddressOnly(t *testing.T) {
	t.Parallel()
	tests := map[resource.AIAgentProtocol]map[string]string{
		resource.AudioSocket: {
			"agent.example.com:9092": "Gosub(orgpbx-audiosocket,s,1(k3v9x2m4,agent.example.com:9092))",
			"192.0.2.1:1":            "Gosub(orgpbx-audiosocket,s,1(k3v9x2m4,192.0.2.1:1))",
			"[2001:db8::1]:65535":    "Gosub(orgpbx-audiosocket,s,1(k3v9x2m4,[2001:db8::1]:65535))",
			"agent.example.com":      "", ":9092": "", "agent:0": "", "agent:65536": "", "agent:http": "", "agent:09": "",
			"a b:1": "", "a,b:1": "", "[::1%eth0]:1": "", "[1:2]:1": "", "${X}:1": "", "agent:1)": "",
		},
		resource.AgentSIP: {
			"sip:ai.example.com":                     "contact = sip:ai.example.com\n",
			"sip:agent@ai.example.com:5080":          "contact = sip:agent@ai.example.com:5080\n",
			"sip:agent@192.0.2.1;transport=tls":      "contact = sip:agent@192.0.2.1\\;transport=tls\n",
			"sip:agent@[2001:db8::1]:5060":           "contact = sip:agent@[2001:db8::1]:5060\n",
			"sips:agent@ai.example.com":              "",
			"agent@ai.example.com":                   "",
			"sip:@ai.example.com":                    "",
			"sip:a@ai.example.com;transport=ws":      "",
			"sip:a@ai.example.com;transport=tcp;x=y": "",
			"sip:a@ai.example.com:0":                 "",
			"sip:a b@ai.example.com":                 "",
			"sip:a@ai.example.com?X=1":               "",
			"sip:a@ai.example.com>\nx=1":             "",
		},
	}
	for protocol, addresses := range tests {
		for address, rendered := range addresses {
			s := placesSnapshot()
			s.AIAgents = s.AIAgents[:1]
			s.AIAgents[0].Protocol, s.AIAgents[0].Address = protocol, address
			text := allText(asterisk.Render(s))
			require.Equal(t, rendered == "", strings.Contains(text, "exten => 5001,1,Goto(orgpbx-refuse,no_route,1)\n"), address)
			require.Contains(t, text, rendered, address)
			require.Equal(t, protocol == resource.AgentSIP && rendered != "", strings.Contains(text, "[k3v9x2m4-ai-"), address)
		}
	}
}
