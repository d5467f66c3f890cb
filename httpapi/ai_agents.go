package httpapi

import (
	"encoding/json"

	"github.com/orgpbx/orgpbx/resource"
)

type aiAgentRequest struct {
	Name     field[string]                   `json:"name" doc:"Unique in the organisation, ignoring case." example:"night desk"`
	Number   field[string]                   `json:"number" doc:"What to dial: 2 to 6 digits, unique among everything of the organisation that can be dialled, and no emergency number." example:"4000"`
	Protocol field[resource.AIAgentProtocol] `json:"protocol" enum:"audiosocket,sip" doc:"audiosocket: a TCP connection that carries the sound of the call; sip: a SIP call." example:"audiosocket"`
	Address  field[string]                   `json:"address" doc:"host:port for audiosocket; sip:user@host for sip, with :port and ;transport=udp, tcp or tls if wanted." example:"ai.example.com:9092"`
}

type aiAgentResponse struct {
	resourceHead
	Name     string                   `json:"name" example:"night desk"`
	Number   string                   `json:"number" example:"4000"`
	Protocol resource.AIAgentProtocol `json:"protocol" enum:"audiosocket,sip" example:"audiosocket"`
	Address  string                   `json:"address" example:"ai.example.com:9092"`
}

func (r aiAgentRequest) apply(a *resource.AIAgent) {
	r.Name.into(&a.Name)
	r.Number.into(&a.Number)
	r.Protocol.into(&a.Protocol)
	r.Address.into(&a.Address)
}

func showAIAgent(a resource.AIAgent, config *configState) aiAgentResponse {
	return aiAgentResponse{
		resourceHead: showHead(a.Meta, config), Name: a.Name, Number: a.Number, Protocol: a.Protocol, Address: a.Address,
	}
}

func (a *API) registerAIAgents() {
	agents := resourceKind[resource.AIAgent, aiAgentRequest, aiAgentResponse]{
		tag: "AI agents", path: "/ai-agents", id: "ai-agent", name: "an AI agent", plural: "AI agents",
		required: []string{"name", "number", "protocol", "address"},
		example:  json.RawMessage(`{"name": "night desk", "number": "4000", "protocol": "audiosocket", "address": "ai.example.com:9092"}`),
		set:      a.config.Resources.AIAgents(),
		apply:    func(_ string, req aiAgentRequest, v *resource.AIAgent) error { req.apply(v); return nil },
		meta:     func(v resource.AIAgent) resource.Meta { return v.Meta },
		show:     showAIAgent,
	}
	registerResource(a, agents)
	registerCreate(a, agents, "The PBX connects to the address when a call comes.",
		createPlain(agents, a.config.Resources.AIAgents(), func() resource.AIAgent { return resource.AIAgent{} }))
}
