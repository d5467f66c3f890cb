package resource_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

func (f *fixture) conference(t *testing.T, number string, edit func(*resource.Conference)) (resource.Conference, error) {
	t.Helper()
	room := resource.Conference{Name: "Room " + number, Number: number}
	if edit != nil {
		edit(&room)
	}
	return f.Conferences().Create(t.Context(), f.org.ID, room)
}

func (f *fixture) agent(t *testing.T, number string, protocol resource.AIAgentProtocol, address string) (resource.AIAgent, error) {
	t.Helper()
	return f.AIAgents().Create(t.Context(), f.org.ID, resource.AIAgent{
		Name: "Agent " + number, Number: number, Protocol: protocol, Address: address,
	})
}

func TestEverythingThatCanBeDialledSharesOneSpaceOfNumbers(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	takes := map[string]func(number string) error{
		"extension": func(n string) error {
			_, _, err := f.Users().Create(t.Context(), f.org.ID, resource.User{Extension: n, Role: "agent", RingTarget: resource.RingExtension})
			return err
		},
		"queue": func(n string) error {
			queue := resource.QueueDefaults()
			queue.Name, queue.Number = "Queue "+n, n
			_, err := f.Queues().Create(t.Context(), f.org.ID, queue)
			return err
		},
		"ivr":        func(n string) error { _, err := f.ivr(t, n, nil); return err },
		"conference": func(n string) error { _, err := f.conference(t, n, nil); return err },
		"agent":      func(n string) error { _, err := f.agent(t, n, resource.AudioSocket, "ai.example.com:9092"); return err },
	}
	numbers := map[string]string{"extension": "1001", "queue": "1002", "ivr": "1003", "conference": "1004", "agent": "1005"}
	for kind, take := range takes {
		require.NoError(t, take(numbers[kind]), kind)
	}
	for kind, take := range takes {
		field := "number"
		if kind == "extension" {
			field = "extension"
		}
		for holder, number := range numbers {
			err := take(number)
			var taken *org.DuplicateError
			require.ErrorAs(t, err, &taken, "%s takes the number of %s", kind, holder)
			require.Contains(t, []string{field, "name"}, taken.Field)
		}
		for _, emergency := range []string{"112", "911"} {
			requireInvalid(t, take(emergency), field, "emergency")
		}
	}
}

func TestIVRRules(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	for _, tc := range []struct {
		name        string
		edit        func(*resource.IVR)
		field, rule string
	}{
		{"no greeting", func(i *resource.IVR) { i.Greeting = "" }, "greeting", "required"},
		{"a greeting that is a path", func(i *resource.IVR) { i.Greeting = "../secret" }, "greeting", "class"},
		{"no time to think", func(i *resource.IVR) { i.Timeout = 0 }, "timeout", "min"},
		{"a key of two", func(i *resource.IVR) { i.Options = options("12") }, "options", "key"},
		{"a key that no phone has", func(i *resource.IVR) { i.Options = options("A") }, "options", "key"},
		{"no key", func(i *resource.IVR) { i.Options = options("") }, "options", "key"},
		{"a key with a newline", func(i *resource.IVR) { i.Options = options("1\n") }, "options", "key"},
		{"a key to nowhere", func(i *resource.IVR) { i.Options = options("#") }, "options.#.destination", "exists"},
		{"a fallback to nowhere", func(i *resource.IVR) { i.Fallback = to(resource.ToQueue, "600") }, "fallback.destination", "exists"},
		{"a fallback of no type", func(i *resource.IVR) { i.Fallback = to("", "600") }, "fallback.type", "required"},
	} {
		_, err := f.ivr(t, "700", tc.edit)
		requireInvalid(t, err, tc.field, tc.rule)
		require.NotContains(t, err.Error(), "secret", tc.name)
	}
}

func options(key string) map[string]resource.Destination {
	return map[string]resource.Destination{key: *to(resource.ToExtension, "1001")}
}

func TestConferenceRules(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	for _, tc := range []struct {
		edit        func(*resource.Conference)
		field, rule string
	}{
		{func(c *resource.Conference) { c.PIN = "123" }, "pin", "pin"},
		{func(c *resource.Conference) { c.PIN = "12345#" }, "pin", "pin"},
		{func(c *resource.Conference) { c.MaxMembers = -1 }, "max_members", "min"},
		{func(c *resource.Conference) { c.MaxMembers = 501 }, "max_members", "max"},
		{func(c *resource.Conference) { c.Name = "" }, "name", "required"},
	} {
		_, err := f.conference(t, "500", tc.edit)
		requireInvalid(t, err, tc.field, tc.rule)
	}
	_, err := f.conference(t, "500", func(c *resource.Conference) { c.PIN, c.MaxMembers = "0000", 500 })
	require.NoError(t, err)
}

func TestAnAIAgentsAddressIsOneOfItsProtocol(t *testing.T) {
	t.Parallel()
	for address, fits := range map[string]resource.AIAgentProtocol{
		"ai.example.com:9092":                          resource.AudioSocket,
		"10.0.0.1:1":                                   resource.AudioSocket,
		"[2001:db8::1]:65535":                          resource.AudioSocket,
		"sip:agent@ai.example.com":                     resource.AgentSIP,
		"sip:+4930123@10.0.0.1:5070":                   resource.AgentSIP,
		"sip:a.b_c-d@[2001:db8::1]:5061;transport=tls": resource.AgentSIP,
		"sip:agent@ai;transport=udp":                   resource.AgentSIP,
		"":                                             "",
		"ai.example.com":                               "",
		"ai.example.com:":                              "",
		":9092":                                        "",
		"ai.example.com:0":                             "",
		"ai.example.com:65536":                         "",
		"ai.example.com:+80":                           "",
		"[ai.example.com]:80":                          "",
		"2001:db8::1:80":                               "",
		"1.2.3:80":                                     "",
		"a b:80":                                       "",
		"ai,evil:80":                                   "",
		"${SHELL(id)}:80":                              "",
		"tcp://ai:80":                                  "",
		"agent@ai.example.com":                         "",
		"sip:ai.example.com":                           "",
		"sips:agent@ai.example.com":                    "",
		"SIP:agent@ai.example.com":                     "",
		"sip:agent@ai.example.com:70000":               "",
		"sip:agent@ai.example.com:0":                   "",
		"sip:agent@[1.2.3.4]":                          "",
		"sip:agent@ai;transport=ws":                    "",
		"sip:agent@ai;transport=tcp;lr":                "",
		"sip:agent@ai?X=1":                             "",
		"sip:agent@ai&PJSIP/other":                     "",
		"sip:agent@ai,300":                             "",
		"sip:ag ent@ai":                                "",
		"sip:agent:secret@ai":                          "",
		"sip:agent@ai\n":                               "",
		"sip:agent@a..b":                               "",
		"sip:" + strings.Repeat("a", 65) + "@ai":       "",
		"sip:agent@" + strings.Repeat("a.", 127) + "aaaa": "",
	} {
		for _, protocol := range []resource.AIAgentProtocol{resource.AudioSocket, resource.AgentSIP, "smoke"} {
			require.Equal(t, protocol == fits, resource.CheckAgentAddress(protocol, address), "%s %q", protocol, address)
		}
	}
	f := newFixture(t, nil)
	_, err := f.agent(t, "400", resource.AudioSocket, "sip:secret@ai")
	requireInvalid(t, err, "address", "hostport")
	require.NotContains(t, err.Error(), "secret")
	_, err = f.agent(t, "400", resource.AgentSIP, "ai:80")
	requireInvalid(t, err, "address", "sipuri")
	_, err = f.agent(t, "400", "smoke", "ai:80")
	requireInvalid(t, err, "protocol", "oneof")
	_, err = f.agent(t, "400", resource.AgentSIP, "")
	requireInvalid(t, err, "address", "required")
}

func TestWhatCallsLeadToStays(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	u, queue := f.user(t, "1001"), f.queue(t, "600")
	sub, err := f.ivr(t, "701", nil)
	require.NoError(t, err)
	room, err := f.conference(t, "500", nil)
	require.NoError(t, err)
	agent, err := f.agent(t, "400", resource.AgentSIP, "sip:a@ai.example.com")
	require.NoError(t, err)
	menu, err := f.ivr(t, "700", func(i *resource.IVR) {
		i.Options = map[string]resource.Destination{
			"1": *to(resource.ToVoicemail, "1001"), "2": *to(resource.ToQueue, "600"), "3": *to(resource.ToIVR, "701"),
			"4": *to(resource.ToConference, "500"),
		}
		i.Fallback = to(resource.ToAIAgent, "400")
	})
	require.NoError(t, err)

	by := resource.Ref{Kind: resource.KindIVR, ID: menu.ID}
	ctx, id := t.Context(), f.org.ID
	requireInUse(t, f.Users().Delete(ctx, id, u.ID, 0), by)
	requireInUse(t, f.Queues().Delete(ctx, id, queue.ID, 0), by)
	requireInUse(t, f.IVRs().Delete(ctx, id, sub.ID, 0), by)
	requireInUse(t, f.Conferences().Delete(ctx, id, room.ID, 0), by)
	requireInUse(t, f.AIAgents().Delete(ctx, id, agent.ID, 0), by)
	_, err = f.IVRs().Update(ctx, id, sub.ID, 0, func(i *resource.IVR) error { i.Number = "702"; return nil })
	requireInUse(t, err, by)
	_, err = f.Conferences().Update(ctx, id, room.ID, 0, func(c *resource.Conference) error { c.Number = "501"; return nil })
	requireInUse(t, err, by)
	_, err = f.AIAgents().Update(ctx, id, agent.ID, 0, func(a *resource.AIAgent) error { a.Number = "401"; return nil })
	requireInUse(t, err, by)
	_, err = f.Users().Update(ctx, id, u.ID, 0, func(u *resource.User) error { u.VoicemailEnabled = false; return nil })
	requireInUse(t, err, by)

	_, err = f.IVRs().Update(ctx, id, menu.ID, 0, func(i *resource.IVR) error { i.Options, i.Fallback = nil, nil; return nil })
	require.NoError(t, err)
	require.NoError(t, f.Conferences().Delete(ctx, id, room.ID, 0))
	require.NoError(t, f.IVRs().Delete(ctx, id, sub.ID, 0))
	require.NoError(t, f.AIAgents().Delete(ctx, id, agent.ID, 0))
}
