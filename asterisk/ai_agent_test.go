package asterisk_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

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
