package resource

// AIAgent is a program somewhere else that answers calls.
type AIAgent struct {
	Meta
	Name string `json:"name" validate:"required,label"` // unique in the organisation, ignoring case
	// Number is what to dial: 2 to 6 digits, unique among everything of the
	// organisation that can be dialled.
	Number   string          `json:"number" validate:"required,extension"`
	Protocol AIAgentProtocol `json:"protocol" validate:"oneof=audiosocket sip"`
	// Address is "host:port" for AudioSocket, and a URI such as
	// "sip:agent@ai.example.com:5060;transport=tcp" for SIP.
	Address string `json:"address" validate:"required"`
}

// AIAgentProtocol is how Asterisk hands a call to an AI agent.
type AIAgentProtocol string

// The protocols.
const (
	// AudioSocket is a TCP connection that carries the sound of one call.
	AudioSocket AIAgentProtocol = "audiosocket"
	// AgentSIP is a SIP call to the address.
	AgentSIP AIAgentProtocol = "sip"
)
